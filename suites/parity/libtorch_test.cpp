// What every installed LibTorch computes against what the Python implementation computed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <tuple>

#include "harness/backend/installed_adapters.h"
#include "suites/parity/zylo_network.h"

namespace effgate {
namespace {

// Whether `adapter` is the one library of this process.
bool is_the_only_library(const std::string& adapter) {
  static const std::string first = adapter;
  return adapter == first;
}

std::string label(const ::testing::TestParamInfo<std::tuple<std::string, const char*>>& test) {
  const auto& [adapter, network] = test.param;
  std::string name = std::filesystem::path(adapter).stem().string() + "_" + network;
  name.erase(0, name.find("torch"));
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

class LibtorchParity : public ::testing::TestWithParam<std::tuple<std::string, const char*>> {
 protected:
  void SetUp() override {
    if (!is_the_only_library(std::get<0>(GetParam()))) {
      GTEST_SKIP() << "this process holds another library; ctest runs each test in its own";
    }
  }

  // One thread: OpenMP's busy waiting makes two slower than one on a machine that has other work.
  void compare(DType dtype, const Judge& judge) {
    auto library = Library::open(std::get<0>(GetParam()));
    ASSERT_TRUE(library.ok()) << library.error().message;
    const std::string network = std::get<1>(GetParam());
    const auto compare = network.starts_with("zylo-") ? compare_with_zylo : compare_with_golden;
    compare(network, *std::move(library), 1, dtype, judge);
  }
};

TEST_P(LibtorchParity, agrees_with_python_in_float64) {
  compare(DType::float64, expect_float64_rounding);
}

TEST_P(LibtorchParity, stays_within_the_noise_of_float32) {
  compare(DType::float32, expect_float32_noise);
}

INSTANTIATE_TEST_SUITE_P(Adapters, LibtorchParity,
                         ::testing::Combine(::testing::ValuesIn(installed_adapters()),
                                            ::testing::Values(EFFGATE_PARITY_NETWORKS)),
                         label);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LibtorchParity);

TEST(InstalledAdapters, are_compared_with_golden_outputs) {
  if (installed_adapters().empty()) {
    GTEST_SKIP() << "no adapter is installed: `effgate libs add torch==2.6.0` adds one, "
                    "EFFGATE_ADAPTERS names others";
  }
}

}  // namespace
}  // namespace effgate
