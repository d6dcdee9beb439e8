#include "harness/library/torch_tree.h"

#include <gtest/gtest.h>

#include "harness/base/files.h"

namespace effgate {
namespace {

// As in include/torch/headeronly/version.h of 2.15.0.
constexpr std::string_view kHeader = R"(#pragma once
/// Indicates the major version of LibTorch.
#define TORCH_VERSION_MAJOR 2
/// Indicates the minor version of LibTorch.
#define TORCH_VERSION_MINOR 15
/// Indicates the patch version of LibTorch.
#define TORCH_VERSION_PATCH 0
#define TORCH_VERSION \
  "2.15.0"
)";

TEST(TorchTree, has_the_version_of_its_macros) {
  const auto version = parse_version_header(kHeader);
  ASSERT_TRUE(version.ok());
  EXPECT_EQ(*version, "2.15.0");
}

TEST(TorchTree, is_refused_without_a_whole_version) {
  EXPECT_EQ(parse_version_header("#define TORCH_VERSION_MAJOR 2\n").error().message,
            "TORCH_VERSION_MINOR is not a number");
  EXPECT_FALSE(parse_version_header("#define TORCH_VERSION_MAJOR two\n").ok());
  EXPECT_FALSE(parse_version_header("").ok());
}

TEST(TorchTree, says_what_a_prefix_lacks) {
  const auto directory = TemporaryDirectory::create();
  const auto tree = read_torch_tree(directory->path());
  EXPECT_EQ(tree.error().kind, ErrorKind::not_found);
  EXPECT_NE(tree.error().message.find("has no lib/libtorch_cpu.so"), std::string::npos);
}

TEST(Release, is_the_first_three_numbers) {
  EXPECT_EQ(release_of("2.6.0"), "2.6.0");
  EXPECT_EQ(release_of("2.6.0+cu124"), "2.6.0");
  EXPECT_EQ(release_of("2.6.0a0"), "2.6.0");
  EXPECT_EQ(release_of("1.13.1.post2"), "1.13.1");
  EXPECT_EQ(release_of("2.15.0.dev20261001"), "2.15.0");
  EXPECT_EQ(release_of(""), "");
}

}  // namespace
}  // namespace effgate
