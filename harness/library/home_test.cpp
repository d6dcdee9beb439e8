#include "harness/library/home.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>

namespace effgate {
namespace {

namespace fs = std::filesystem;

// Sets variables for the length of a test.
class HomeFolder : public testing::Test {
 protected:
  void set(const char* name, const char* value) {
    const char* before = std::getenv(name);
    before_.emplace(name, before != nullptr ? std::optional<std::string>(before) : std::nullopt);
    value != nullptr ? ::setenv(name, value, 1) : ::unsetenv(name);
  }
  void TearDown() override {
    for (const auto& [name, value] : before_) {
      value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
    }
  }

 private:
  std::map<std::string, std::optional<std::string>> before_;
};

TEST_F(HomeFolder, is_the_one_asked_for_or_the_users_own) {
  set("EFFGATE_HOME", "/shared/effgate");
  set("XDG_DATA_HOME", "/data");
  set("HOME", "/home/me");
  EXPECT_EQ(Home::find()->root(), "/shared/effgate");
  set("EFFGATE_HOME", nullptr);
  EXPECT_EQ(Home::find()->root(), "/data/effgate");
  set("XDG_DATA_HOME", "");
  EXPECT_EQ(Home::find()->root(), "/home/me/.local/share/effgate");
  set("HOME", nullptr);
  EXPECT_EQ(Home::find().error().kind, ErrorKind::usage);
}

TEST(Home, is_locked_by_one_at_a_time) {
  const auto directory = TemporaryDirectory::create();
  const Home home(directory->path() / "new");
  auto stop = StopRequest::manual();
  stop->request();
  {
    const auto first = home.lock();
    ASSERT_TRUE(first.ok());
    const auto second = home.lock(&*stop);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().kind, ErrorKind::timed_out);
  }
  EXPECT_TRUE(home.lock(&*stop).ok());
}

TEST(Home, clears_what_a_killed_process_has_left) {
  const auto directory = TemporaryDirectory::create();
  const Home home(directory->path());
  const auto lock = home.lock();
  ASSERT_TRUE(lock.ok());
  fs::path left;
  {
    const auto staging = home.staging();
    ASSERT_TRUE(staging.ok());
    left = home.libraries() / ".installing" / "left";
    fs::create_directories(left / "torch/lib");
  }
  EXPECT_TRUE(fs::exists(left));
  const auto staging = home.staging();
  ASSERT_TRUE(staging.ok());
  EXPECT_FALSE(fs::exists(left));
  EXPECT_TRUE(fs::is_directory(staging->path()));
}

TEST(Home, that_cannot_be_made_says_how_to_name_another) {
  const auto folder = TemporaryDirectory::create();
  const std::filesystem::path file = folder->path() / "file";
  ASSERT_TRUE(write_file_atomically(file, "").ok());
  const auto lock = Home(file).lock();
  ASSERT_FALSE(lock.ok());
  EXPECT_EQ(lock.error().next, "export EFFGATE_HOME=FOLDER");
  EXPECT_TRUE(Home(folder->path() / "home").lock().ok());
}

}  // namespace
}  // namespace effgate
