#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/backend/library.h"

namespace effgate {

inline constexpr const char* kReferenceTable = "reference";

// The tables that this test program holds to the contract of backend.h: "reference", or paths of
// adapters. Each program has its own list.
std::vector<std::string> contract_tables();

// "torch_2_6_0" for ".../libeffgate-torch-2.6.0.so".
std::string table_label(const ::testing::TestParamInfo<std::string>& table);

struct TensorFree {
  void (*tensor_free)(effgate_tensor*) = nullptr;
  void operator()(effgate_tensor* tensor) const { tensor_free(tensor); }
};
using OwnedTensor = std::unique_ptr<effgate_tensor, TensorFree>;

// What one call gave.
struct Outcome {
  effgate_code code = EFFGATE_OK;
  std::string text;
  OwnedTensor tensor;
};

// One table with an open session and what tests say to it. A process can hold one tensor library.
class BackendContract : public ::testing::TestWithParam<std::string> {
 protected:
  using Dims = std::vector<std::int64_t>;

  void SetUp() override;

  const effgate_backend& table() const { return session_->table(); }
  effgate_session* session() const { return session_->get(); }
  const Library& library() const { return *library_; }
  // Closes the session and opens another one.
  void reopen(const effgate_environment& environment);

  OwnedTensor tensor(const Dims& dims, const std::vector<float>& values);
  OwnedTensor tensor(const Dims& dims, effgate_dtype dtype, const void* bytes);
  std::vector<float> values(const OwnedTensor& tensor);
  std::vector<std::byte> bytes(const OwnedTensor& tensor);
  Dims dims(const OwnedTensor& tensor);
  effgate_dtype dtype(const OwnedTensor& tensor);

  // Calls function(session, arguments..., out, error).
  template <typename... Parameters, typename... Arguments>
  Outcome call(effgate_code (*function)(effgate_session*, Parameters...), Arguments... arguments) {
    std::array<char, 1024> text{};
    effgate_tensor* made = nullptr;
    Outcome outcome;
    outcome.code = function(session(), arguments..., &made, effgate_text{text.data(), text.size()});
    outcome.text = text.data();
    if (outcome.code == EFFGATE_OK && made != nullptr) outcome.tensor = own(made);
    return outcome;
  }

  // The same, expecting a tensor.
  template <typename... Parameters, typename... Arguments>
  OwnedTensor made(effgate_code (*function)(effgate_session*, Parameters...),
                   Arguments... arguments) {
    Outcome outcome = call(function, arguments...);
    EXPECT_EQ(outcome.code, EFFGATE_OK) << outcome.text;
    EXPECT_NE(outcome.tensor, nullptr);
    return std::move(outcome.tensor);
  }

  OwnedTensor own(effgate_tensor* tensor) { return OwnedTensor(tensor, {table().tensor_free}); }
  static effgate_shape shape(const Dims& dims);
  effgate_text error();
  const char* error_text() const { return error_.data(); }

 private:
  std::optional<Library> library_;
  std::optional<Session> session_;
  std::array<char, 1024> error_{};
};

// kernel, stride 1, no padding, one group.
effgate_window window(std::int64_t height, std::int64_t width);

}  // namespace effgate
