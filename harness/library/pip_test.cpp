#include "harness/library/pip.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace effgate {
namespace {

Finished failed_with(std::string output) {
  Finished finished;
  finished.outcome = Exited{1};
  finished.output = std::move(output);
  return finished;
}

// What pip 23.0.1 prints, versions shortened.
constexpr const char* kNoSuchVersion =
    "ERROR: Could not find a version that satisfies the requirement torch==2.66.0 (from versions: "
    "1.13.1, 2.0.1, 2.6.0, 2.15.0)\n"
    "ERROR: No matching distribution found for torch==2.66.0\n";
constexpr const char* kNoNetwork =
    "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken\n"
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n";

TEST(PipError, names_the_versions_next_to_one_that_does_not_exist) {
  const std::vector<std::string> asked = {"torch==2.66.0"};
  const Error error = pip_error(asked, failed_with(kNoSuchVersion));
  EXPECT_EQ(error.kind, ErrorKind::not_found);
  EXPECT_NE(error.message.find("downloading torch==2.66.0: "), std::string::npos);
  EXPECT_NE(error.message.find("did you mean 2.6.0"), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("the newest is 2.15.0"), std::string::npos);
  EXPECT_EQ(error.next, "effgate libs add torch==2.6.0");
}

// One that another package needs.
constexpr const char* kNoSuchDependency =
    "ERROR: Could not find a version that satisfies the requirement nvidia-nccl-cu13==2.30.7 (from "
    "versions: 2.27.3, 2.32.3)\n"
    "ERROR: No matching distribution found for nvidia-nccl-cu13==2.30.7\n";

TEST(PipError, names_the_package_that_is_missing_and_none_to_add_in_place_of_a_dependency) {
  const std::vector<std::string> asked = {"cuda-toolkit[cublas]==13.2.2",
                                          "nvidia-nccl-cu13==2.30.7"};
  const Error error = pip_error(asked, failed_with(kNoSuchDependency));
  EXPECT_EQ(error.kind, ErrorKind::not_found);
  EXPECT_NE(error.message.find("pip knows no nvidia-nccl-cu13==2.30.7 for Linux x86-64"),
            std::string::npos)
      << error.message;
  EXPECT_EQ(error.next, "");
}

TEST(WheelPlatforms, are_those_of_this_glibc_and_of_every_older_one) {
  const std::vector<std::string> platforms = wheel_platforms(36);
  const auto has = [&](const char* tag) {
    return std::find(platforms.begin(), platforms.end(), tag) != platforms.end();
  };
  EXPECT_EQ(platforms.front(), "manylinux_2_36_x86_64");
  for (const char* tag : {"manylinux_2_28_x86_64", "manylinux_2_18_x86_64", "manylinux_2_5_x86_64",
                          "manylinux2014_x86_64", "linux_x86_64"}) {
    EXPECT_TRUE(has(tag)) << tag;
  }
  EXPECT_FALSE(has("manylinux_2_37_x86_64"));
}

// What pip 23.0.1 prints on a machine without a network, shortened to the last try.
constexpr const char* kUnplugged =
    "WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after "
    "connection broken by 'NewConnectionError('<HTTPSConnection object>: Failed to establish a new "
    "connection: [Errno -3] Temporary failure in name resolution')': /simple/torch/\n"
    "ERROR: Could not find a version that satisfies the requirement torch==2.6.0 (from versions: "
    "none)\n"
    "ERROR: No matching distribution found for torch==2.6.0\n";

TEST(PipError, tells_an_index_that_cannot_be_reached_from_a_version_that_is_not_there) {
  const std::vector<std::string> asked = {"torch==2.6.0"};
  const Error error = pip_error(asked, failed_with(kUnplugged));
  EXPECT_EQ(error.kind, ErrorKind::io);
  EXPECT_EQ(error.message, "downloading torch==2.6.0: pip cannot reach the package index");
  EXPECT_EQ(error.next, "effgate libs add wheel:FILE");
}

TEST(PipError, keeps_the_end_of_what_pip_said) {
  const std::vector<std::string> asked = {"torch==2.6.0"};
  const Error error = pip_error(asked, failed_with(kNoNetwork));
  EXPECT_EQ(error.kind, ErrorKind::io);
  EXPECT_NE(error.message.find("exited with code 1"), std::string::npos);
  EXPECT_NE(error.message.find("No space left on device"), std::string::npos);
  EXPECT_EQ(error.message.find('\n'), std::string::npos);
}

TEST(PipError, of_a_pip_that_was_stopped_says_so) {
  Finished finished;
  finished.outcome = Killed{KillReason::interrupted};
  const std::vector<std::string> asked = {"torch==2.6.0"};
  EXPECT_EQ(pip_error(asked, finished).kind, ErrorKind::timed_out);
}

}  // namespace
}  // namespace effgate
