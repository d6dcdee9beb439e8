#include "harness/process/stop.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <csignal>

namespace effgate {
namespace {

TEST(StopRequest, stays_made_once_it_is_made) {
  auto stop = StopRequest::manual();
  ASSERT_TRUE(stop.ok());
  EXPECT_FALSE(stop->requested());
  stop->request();
  EXPECT_TRUE(stop->requested());
  EXPECT_TRUE(stop->requested());
}

class StopOnSignal : public testing::Test {
 protected:
  void TearDown() override {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    const timespec at_once{};
    ::sigtimedwait(&set, nullptr, &at_once);
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  }
};

TEST_F(StopOnSignal, is_made_by_its_signal_which_no_longer_kills) {
  const auto stop = StopRequest::on_signals({SIGUSR1});
  ASSERT_TRUE(stop.ok());
  EXPECT_FALSE(stop->requested());
  ::raise(SIGUSR1);
  EXPECT_TRUE(stop->requested());
}

}  // namespace
}  // namespace effgate
