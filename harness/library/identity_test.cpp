#include "harness/library/identity.h"

#include <gtest/gtest.h>

namespace effgate {
namespace {

TorchTree tree_of_260() {
  TorchTree tree;
  tree.root = "/home/libs/torch-2.6.0";
  tree.library = "/home/libs/torch-2.6.0/torch/lib";
  tree.header_version = "2.6.0";
  return tree;
}

LoadedIdentity sound() {
  return {"2.6.0",
          "2.6.0",
          {"/lib/x86_64-linux-gnu/libc.so.6", "/home/libs/torch-2.6.0/torch/lib/libtorch_cpu.so",
           "/home/libs/torch-2.6.0/torch/lib/libc10.so",
           "/home/libs/torch-2.6.0/nvidia/cuda_runtime/lib/libcudart.so.12"}};
}

std::string refusal(const LoadedIdentity& identity, const TorchTree& tree, bool system = false) {
  const Status outcome = check_identity(identity, tree, system);
  return outcome.ok() ? "" : outcome.error().message;
}

TEST(LoadedIdentity, is_accepted_where_all_parts_are_the_librarys_own) {
  EXPECT_EQ(refusal(sound(), tree_of_260()), "");
}

TEST(LoadedIdentity, of_a_local_build_counts_by_its_release) {
  LoadedIdentity identity = sound();
  identity.version = "2.6.0+cu124";
  EXPECT_EQ(refusal(identity, tree_of_260()), "");
}

TEST(LoadedIdentity, is_refused_with_another_version) {
  LoadedIdentity identity = sound();
  identity.version = "2.15.0";
  EXPECT_EQ(refusal(identity, tree_of_260()), "version 2.15.0 was loaded instead of 2.6.0");
  identity = sound();
  identity.header_version = "2.60.0";
  EXPECT_EQ(refusal(identity, tree_of_260()),
            "the adapter was compiled for 2.60.0 instead of 2.6.0");
}

TEST(LoadedIdentity, is_refused_where_a_part_comes_from_elsewhere) {
  LoadedIdentity identity = sound();
  identity.loaded_paths[3] = "/usr/local/cuda/lib64/libcudart.so.12";
  EXPECT_EQ(refusal(identity, tree_of_260()),
            "libcudart.so.12 was loaded from /usr/local/cuda/lib64/libcudart.so.12 instead of "
            "/home/libs/torch-2.6.0");
  identity = sound();
  identity.loaded_paths[2] = "/home/libs/torch-2.6.01/torch/lib/libc10.so";
  EXPECT_NE(refusal(identity, tree_of_260()).find("libc10.so was loaded from"), std::string::npos);
}

TEST(LoadedIdentity, is_refused_without_the_library) {
  LoadedIdentity identity = sound();
  identity.loaded_paths.erase(identity.loaded_paths.begin() + 1);
  EXPECT_EQ(refusal(identity, tree_of_260()), "libtorch_cpu.so was not loaded");
}

TEST(LoadedIdentity, takes_the_driver_from_the_machine) {
  LoadedIdentity identity = sound();
  identity.loaded_paths.emplace_back("/usr/lib/x86_64-linux-gnu/libcuda.so.1");
  identity.loaded_paths.emplace_back("/usr/lib/x86_64-linux-gnu/libnvidia-ptxjitcompiler.so.1");
  EXPECT_EQ(refusal(identity, tree_of_260()), "");
}

TEST(LoadedIdentity, of_a_prefix_may_use_its_own_run_path) {
  TorchTree tree = tree_of_260();
  tree.root = "/opt/site-packages/torch";
  tree.library = "/opt/site-packages/torch/lib";
  LoadedIdentity identity = sound();
  identity.loaded_paths = {"/opt/site-packages/torch/lib/libtorch_cpu.so",
                           "/opt/site-packages/nvidia/cuda_runtime/lib/libcudart.so.12"};
  EXPECT_NE(refusal(identity, tree), "");
  tree.run_path = {"/opt/site-packages/nvidia/cuda_runtime/lib"};
  EXPECT_EQ(refusal(identity, tree), "");
}

TEST(LoadedIdentity, of_the_system_may_take_other_parts_from_all_of_it) {
  TorchTree tree = tree_of_260();
  tree.root = tree.library = "/usr/lib/x86_64-linux-gnu";
  LoadedIdentity identity = sound();
  identity.loaded_paths = {"/usr/lib/x86_64-linux-gnu/libtorch_cpu.so.2.6",
                           "/usr/lib/libcupti.so.12"};
  EXPECT_EQ(refusal(identity, tree, true), "");
  identity.loaded_paths.emplace_back("/home/me/lib/libc10.so");
  EXPECT_NE(refusal(identity, tree, true), "");
}

TEST(LoadedIdentity, is_read_from_the_last_line) {
  const auto identity = parse_identity(
      "[W interface.cpp:47] Warning: no nvfuser\n"
      R"({"version": "2.0.1", "header_version": "2.0.1", "loaded_paths": ["/a", "/b"]})"
      "\n");
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(identity->version, "2.0.1");
  EXPECT_EQ(identity->loaded_paths.size(), 2u);
  for (const char* output : {"", "hello", "[]", R"({"version": "2.0.1"})",
                             R"({"version": 2, "header_version": "", "loaded_paths": []})"}) {
    EXPECT_EQ(parse_identity(output).error().kind, ErrorKind::malformed) << output;
  }
}

}  // namespace
}  // namespace effgate
