// What every LibTorch adapter adds to the contract: what is loaded, which kernels there are, null
// pointers, CUDA that is not there.
#include <dlfcn.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <regex>

#include "harness/backend/backend_contract.h"

namespace effgate {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class TorchAdapter : public BackendContract {
 protected:
  // "1.13.1" of libeffgate-torch-1.13.1.so
  static std::string asked_version() {
    std::smatch found;
    const std::string path = GetParam();
    return std::regex_search(path, found, std::regex(R"(libeffgate-torch-(.+)\.so$)"))
               ? found[1].str()
               : "";
  }
};

TEST_P(TorchAdapter, names_the_library_that_is_loaded) {
  const auto identity = library().identify();
  ASSERT_TRUE(identity.ok()) << identity.error().message;
  EXPECT_EQ(identity->library, "torch");
  EXPECT_EQ(identity->version, asked_version());
  EXPECT_EQ(identity->header_version, asked_version());
  EXPECT_THAT(identity->path, HasSubstr("libtorch_cpu.so"));
  std::ifstream maps("/proc/self/maps");
  const std::string mapped{std::istreambuf_iterator<char>(maps), std::istreambuf_iterator<char>()};
  EXPECT_THAT(mapped, HasSubstr(identity->path));
  EXPECT_THAT(identity->build_config, HasSubstr("TORCH_VERSION=" + asked_version()));
}

TEST_P(TorchAdapter, gives_no_table_for_another_abi_version) {
  void* handle = dlopen(GetParam().c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(handle, nullptr);
  const auto entry = reinterpret_cast<effgate_backend_entry>(dlsym(handle, EFFGATE_BACKEND_ENTRY));
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry(EFFGATE_BACKEND_ABI_VERSION + 1), nullptr);
  EXPECT_NE(entry(EFFGATE_BACKEND_ABI_VERSION), nullptr);
}

TEST_P(TorchAdapter, calls_null_pointers_invalid) {
  const auto x = tensor({1, 1, 1, 1}, {1});
  const auto w = window(1, 1);
  const effgate_tensor* none = nullptr;
  effgate_tensor* nothing = nullptr;
  EXPECT_EQ(call(table().conv2d, none, x.get(), none, &w).code, EFFGATE_INVALID);
  EXPECT_EQ(call(table().conv2d, x.get(), x.get(), none, nullptr).code, EFFGATE_INVALID);
  EXPECT_EQ(call(table().mean_hw, none).code, EFFGATE_INVALID);
  EXPECT_EQ(call(table().activation, 0, nothing, 0.0, 1).code, EFFGATE_INVALID);
  EXPECT_EQ(call(table().stack_last, nullptr, 1).code, EFFGATE_INVALID);
  EXPECT_EQ(call(table().cat1, &none, 1).code, EFFGATE_INVALID);
  EXPECT_EQ(table().mean_hw(nullptr, x.get(), &nothing, error()), EFFGATE_INVALID);
  EXPECT_EQ(table().mean_hw(session(), x.get(), nullptr, error()), EFFGATE_INVALID);
  EXPECT_EQ(table().session_open(nullptr, nullptr, error()), EFFGATE_INVALID);
  EXPECT_EQ(table().copy_out(session(), x.get(), nullptr, 64, error()), EFFGATE_INVALID);
  EXPECT_EQ(table().event_record(session(), nullptr, error()), EFFGATE_INVALID);
}

// LibTorch has had half precision kernels for CPU convolutions since 2.2.
TEST_P(TorchAdapter, says_in_the_librarys_words_that_a_kernel_is_missing) {
  const std::array<std::uint16_t, 1> one = {0x3c00};
  const auto x = tensor({1, 1, 1, 1}, EFFGATE_FLOAT16, one.data());
  const auto w = window(1, 1);
  const Outcome done = call(table().conv2d, x.get(), x.get(), nullptr, &w);
  const std::string version = asked_version();
  if (version.starts_with("1.") || version.starts_with("2.0.") || version.starts_with("2.1.")) {
    EXPECT_EQ(done.code, EFFGATE_UNSUPPORTED);
    EXPECT_EQ(done.text, "\"slow_conv2d_cpu\" not implemented for 'Half'");
  } else {
    ASSERT_EQ(done.code, EFFGATE_OK) << done.text;
    EXPECT_EQ(bytes(done.tensor), bytes(x));  // 1 * 1
  }
}

TEST_P(TorchAdapter, computes_in_bfloat16_and_float64) {
  const std::array<std::uint16_t, 1> two = {0x4000};
  const auto x = tensor({1, 1, 1, 1}, EFFGATE_BFLOAT16, two.data());
  const auto w = window(1, 1);
  const auto y = made(table().conv2d, x.get(), x.get(), nullptr, &w);
  std::uint16_t four = 0;
  EXPECT_EQ(table().copy_out(session(), y.get(), &four, sizeof four, error()), EFFGATE_OK);
  EXPECT_EQ(four, 0x4080);
  const double third = 1.0 / 3;
  const auto z = tensor({1, 1, 1, 1}, EFFGATE_FLOAT64, &third);
  const auto square = made(table().conv2d, z.get(), z.get(), nullptr, &w);
  double ninth = 0;
  EXPECT_EQ(table().copy_out(session(), square.get(), &ninth, sizeof ninth, error()), EFFGATE_OK);
  EXPECT_NEAR(ninth, 1.0 / 9, 1e-16);
}

TEST_P(TorchAdapter, refuses_operands_of_different_dtypes) {
  const auto x = tensor({1, 1, 1, 1}, {1});
  const double one = 1;
  const auto weight = tensor({1, 1, 1, 1}, EFFGATE_FLOAT64, &one);
  const auto w = window(1, 1);
  const Outcome done = call(table().conv2d, x.get(), weight.get(), nullptr, &w);
  EXPECT_EQ(done.code, EFFGATE_INVALID) << done.text;
}

TEST_P(TorchAdapter, says_why_there_is_no_cuda) {
  std::int32_t count = 0;
  if (table().device_count(EFFGATE_CUDA, &count, error()) == EFFGATE_OK) GTEST_SKIP() << "there is";
  EXPECT_THAT(error_text(), AnyOf(StartsWith("cuda_not_installed: "), StartsWith("no_device: ")));
  effgate_environment environment = default_environment();
  environment.device = EFFGATE_CUDA;
  effgate_session* opened = nullptr;
  EXPECT_EQ(table().session_open(&environment, &opened, error()), EFFGATE_UNSUPPORTED);
  EXPECT_EQ(opened, nullptr);
  EXPECT_EQ(table().device_count(7, &count, error()), EFFGATE_INVALID);
  // The CPU goes on.
  EXPECT_THAT(values(made(table().add_scalar, tensor({1}, {1}).get(), 1.0)), ElementsAre(2));
}

TEST_P(TorchAdapter, keeps_the_environments_settings_apart_from_its_results) {
  for (const int tf32 : {1, 0, 1}) {
    effgate_environment environment = default_environment();
    environment.tf32 = tf32;
    environment.reduced_precision_reduction = tf32;
    environment.cudnn_benchmark = tf32;
    reopen(environment);
    const auto x = tensor({1, 1, 1, 1}, {1.0F + 1.0F / 4096});  // more than TF32's ten bits
    const auto w = window(1, 1);
    EXPECT_THAT(values(made(table().conv2d, x.get(), x.get(), nullptr, &w)),
                ElementsAre(1.0F + 2.0F / 4096 + 1.0F / (4096.0F * 4096.0F)));
  }
}

INSTANTIATE_TEST_SUITE_P(Adapters, TorchAdapter, ::testing::ValuesIn(contract_tables()),
                         table_label);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TorchAdapter);

}  // namespace
}  // namespace effgate
