#include "harness/library/adapter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace effgate {
namespace {

using testing::Contains;

TEST(AdapterSources, are_read_with_their_words) {
  const auto sources = parse_adapter_sources(
      "# comment\n\noperators.cpp\nloaders.cpp -O1 -DX=1  # heavy headers\ncuda.cpp cuda\n");
  ASSERT_TRUE(sources.ok());
  const std::vector<AdapterSource> expected = {{"operators.cpp", false, {}},
                                               {"loaders.cpp", false, {"-O1", "-DX=1"}},
                                               {"cuda.cpp", true, {}}};
  EXPECT_EQ(*sources, expected);
}

TEST(AdapterSources, are_files_of_the_same_folder) {
  EXPECT_FALSE(parse_adapter_sources("../elsewhere.cpp\n").ok());
  EXPECT_FALSE(parse_adapter_sources("adapter.h\n").ok());
  EXPECT_TRUE(parse_adapter_sources("adapter.cpp\n").ok());
}

AdapterPlan plan_of_260() {
  AdapterPlan plan;
  plan.share = "/share";
  plan.sources = {{"operators.cpp", false, {}}};
  plan.tree.include = {"/lib/include"};
  plan.tree.cxx11_abi = false;
  plan.version = "2.6.0";
  plan.compiler = {"ccache", "g++"};
  return plan;
}

TEST(AdapterPlan, compiles_with_the_librarys_own_string) {
  AdapterPlan plan = plan_of_260();
  EXPECT_THAT(compile_command(plan, plan.sources[0], "x.o"),
              Contains("-D_GLIBCXX_USE_CXX11_ABI=0"));
  plan.tree.cxx11_abi = true;
  EXPECT_THAT(compile_command(plan, plan.sources[0], "x.o"),
              Contains("-D_GLIBCXX_USE_CXX11_ABI=1"));
}

TEST(AdapterPlan, lets_messages_name_the_librarys_headers_alike_wherever_they_lie) {
  AdapterPlan plan = plan_of_260();
  plan.tree.include = {"/here/torch/include", "/here/torch/include/more"};
  EXPECT_THAT(compile_command(plan, plan.sources[0], "x.o"),
              Contains("-fmacro-prefix-map=/here/torch/include=include"));
}

TEST(AdapterPlan, names_the_adapter_after_the_version) {
  EXPECT_EQ(plan_of_260().file_name(), "libeffgate-torch-2.6.0.so");
  EXPECT_EQ(plan_of_260().cuda_file_name(), "libeffgate-torch-2.6.0-cuda.so");
}

}  // namespace
}  // namespace effgate
