#include "harness/measure/timing.h"

#include <gtest/gtest.h>

#include "harness/backend/reference/reference.h"

namespace effgate {
namespace {

// input [1,3,8,8] -> sigmoid -> class/3
Graph small_graph() {
  Graph graph;
  graph.model = "sigmoid";
  graph.height = 8;
  graph.width = 8;
  graph.values = {{{1, 3, 8, 8}}, {{1, 3, 8, 8}}};
  graph.ops = {{.kind = OpKind::sigmoid, .inputs = {0}, .params = {}, .output = 1}};
  graph.outputs = {{"class/3", 1, 0}};
  return graph;
}

Result<std::span<const std::byte>> no_params(const ParamSpec&, DType) {
  return Error{ErrorKind::bug, "the graph has no parameters"};
}

class Timing : public testing::Test {
 protected:
  void SetUp() override {
    library_ = std::make_unique<Library>(*Library::from_table(reference_backend()));
    session_ = std::make_unique<Session>(*Session::open(*library_, default_environment()));
    executor_ = *Executor::create(*session_, graph_, DType::float32, no_params);
  }

  Status set_input() { return executor_->set_input(std::vector<std::byte>(3 * 8 * 8 * 4)); }

  Graph graph_ = small_graph();
  std::unique_ptr<Library> library_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<Executor> executor_;
};

TEST_F(Timing, keeps_every_sample_that_was_asked_for) {
  ASSERT_TRUE(set_input().ok());
  const auto samples = time_forward(*executor_, *session_, {.warm_up = 1, .samples = 7});
  ASSERT_TRUE(samples.ok()) << samples.error().message;
  ASSERT_EQ(samples->size(), 7);
  for (const ForwardSample& sample : *samples) EXPECT_GT(sample.seconds, 0);
}

TEST_F(Timing, has_the_devices_clock_where_the_session_has_events) {
  ASSERT_TRUE(set_input().ok());
  const auto samples = time_forward(*executor_, *session_, {.warm_up = 0, .samples = 2});
  ASSERT_TRUE(samples.ok());
  for (const ForwardSample& sample : *samples) {
    ASSERT_TRUE(sample.device_seconds.has_value());
    EXPECT_LE(*sample.device_seconds, sample.seconds);
  }
}

TEST_F(Timing, replays_of_a_recording_give_the_outputs_of_a_plain_run) {
  ASSERT_TRUE(set_input().ok());
  ASSERT_TRUE(executor_->run().ok());
  const auto plain = executor_->outputs();
  const auto samples =
      time_forward(*executor_, *session_, {.warm_up = 1, .samples = 3, .capture = true});
  ASSERT_TRUE(samples.ok()) << samples.error().message;
  EXPECT_EQ(samples->size(), 3);
  EXPECT_EQ(executor_->outputs()->front().bytes, plain->front().bytes);
}

TEST_F(Timing, a_forward_pass_that_fails_is_an_error) {
  const auto samples = time_forward(*executor_, *session_, {.warm_up = 0, .samples = 2});
  EXPECT_FALSE(samples.ok());
}

}  // namespace
}  // namespace effgate
