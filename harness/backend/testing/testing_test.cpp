#include "harness/backend/testing/testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <optional>

#include "harness/backend/library.h"

namespace effgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A session with faults and a tensor 1, 2 to work on.
class TestingBackend : public ::testing::Test {
 protected:
  void open(const std::string& faults) {
    const auto parsed = parse_faults(faults);
    ASSERT_TRUE(parsed.ok());
    const effgate_environment environment = default_environment();
    ASSERT_EQ(open_testing_session(&environment, *parsed, &session_, text()), EFFGATE_OK);
    const effgate_shape shape{2, {1, 2}};
    const std::array<double, 2> values{1, 2};
    ASSERT_EQ(table_.from_data(session_, EFFGATE_FLOAT64, &shape, values.data(), &x_, text()),
              EFFGATE_OK);
  }
  void TearDown() override {
    if (x_ != nullptr) table_.tensor_free(x_);
    if (session_ != nullptr) table_.session_close(session_);
  }

  effgate_text text() { return {message_.data(), message_.size()}; }
  std::string message() const { return message_.data(); }

  // x + 1
  effgate_code add_one(std::vector<double>* result = nullptr) {
    effgate_tensor* out = nullptr;
    const effgate_code code = table_.add_scalar(session_, x_, 1, &out, text());
    if (code == EFFGATE_OK && result != nullptr) *result = content(out);
    if (out != nullptr) table_.tensor_free(out);
    return code;
  }
  std::vector<double> content(const effgate_tensor* tensor) {
    std::vector<double> values(2);
    EXPECT_EQ(table_.copy_out(session_, tensor, values.data(), 16, text()), EFFGATE_OK);
    return values;
  }

  const effgate_backend& table_ = *testing_backend();
  std::array<char, 256> message_{};
  effgate_session* session_ = nullptr;
  effgate_tensor* x_ = nullptr;
};

TEST_F(TestingBackend, computes_like_the_reference_without_faults) {
  open("");
  std::vector<double> result;
  ASSERT_EQ(add_one(&result), EFFGATE_OK);
  EXPECT_THAT(result, ElementsAre(2, 3));
}

TEST_F(TestingBackend, counts_operations_by_their_own_names) {
  open("");
  ASSERT_EQ(add_one(), EFFGATE_OK);
  ASSERT_EQ(add_one(), EFFGATE_OK);
  effgate_tensor* none = nullptr;
  ASSERT_EQ(table_.activation(session_, EFFGATE_ACT_SILU, x_, 0, 1, &none, text()), EFFGATE_OK);
  ASSERT_EQ(table_.binary(session_, EFFGATE_MUL, x_, x_, 1, &none, text()), EFFGATE_OK);
  EXPECT_EQ(operation_counts(session_),
            (std::map<std::string, std::int64_t>{{"add_scalar", 2}, {"silu_", 1}, {"mul_", 1}}));
}

TEST_F(TestingBackend, fails_at_the_call_asked_for_and_at_no_other) {
  open("library_error@2");
  EXPECT_EQ(add_one(), EFFGATE_OK);
  EXPECT_EQ(add_one(), EFFGATE_LIBRARY_ERROR);
  EXPECT_THAT(message(), HasSubstr("INTERNAL ASSERT FAILED in add_scalar"));
  EXPECT_EQ(add_one(), EFFGATE_OK);
}

TEST_F(TestingBackend, reports_failures_with_the_texts_of_a_library) {
  open("unsupported@1,out_of_memory@2,device_lost@3,eat_memory@4:1e6");
  EXPECT_EQ(add_one(), EFFGATE_UNSUPPORTED);
  EXPECT_EQ(message(), "\"add_scalar\" not implemented for 'Half'");
  EXPECT_EQ(add_one(), EFFGATE_OUT_OF_MEMORY);
  EXPECT_THAT(message(), HasSubstr("can't allocate memory"));
  EXPECT_EQ(add_one(), EFFGATE_DEVICE_LOST);
  EXPECT_EQ(add_one(), EFFGATE_OUT_OF_MEMORY);
}

TEST_F(TestingBackend, fails_in_a_function_that_is_no_operation) {
  open("library_error@copy_out");
  std::array<double, 2> values{};
  EXPECT_EQ(table_.copy_out(session_, x_, values.data(), 16, text()), EFFGATE_LIBRARY_ERROR);
  EXPECT_EQ(add_one(), EFFGATE_OK);
}

TEST_F(TestingBackend, gives_nan_where_asked) {
  open("nan@2");
  std::vector<double> result;
  add_one(&result);
  EXPECT_THAT(result, ElementsAre(2, 3));
  add_one(&result);
  EXPECT_TRUE(std::isnan(result[0]) && std::isnan(result[1]));
}

TEST_F(TestingBackend, perturbs_results_by_a_known_factor_also_in_place) {
  open("perturb@add_scalar:0.5,perturb@mul_:0.25");
  std::vector<double> result;
  add_one(&result);
  EXPECT_THAT(result, ElementsAre(3, 4.5));
  effgate_tensor* none = nullptr;
  ASSERT_EQ(table_.binary(session_, EFFGATE_MUL, x_, x_, 1, &none, text()), EFFGATE_OK);
  EXPECT_THAT(content(x_), ElementsAre(1.25, 5));
}

TEST_F(TestingBackend, differs_from_run_to_run_where_asked) {
  open("nondeterministic:0.5");
  std::vector<double> first;
  std::vector<double> second;
  add_one(&first);
  add_one(&second);
  EXPECT_NE(first, second);
  EXPECT_GE(first[0], 2);
  EXPECT_LE(first[0], 3);
}

TEST_F(TestingBackend, checks_shapes_and_computes_nothing_when_null) {
  open("null");
  std::vector<double> result;
  ASSERT_EQ(add_one(&result), EFFGATE_OK);
  EXPECT_THAT(result, ElementsAre(0, 0));
  effgate_tensor* out = nullptr;
  ASSERT_EQ(table_.select0(session_, x_, 0, &out, text()), EFFGATE_OK);
  effgate_dtype dtype = 0;
  effgate_shape shape{};
  table_.describe(out, &dtype, &shape, text());
  EXPECT_EQ(shape.rank, 1);
  EXPECT_EQ(shape.dims[0], 2);
  table_.tensor_free(out);
  EXPECT_EQ(table_.select0(session_, x_, 1, &out, text()), EFFGATE_INVALID);
}

TEST_F(TestingBackend, repeats_its_faults_in_a_replay) {
  open("perturb@add_scalar:0.5");
  effgate_tensor* out = nullptr;
  effgate_capture* capture = nullptr;
  ASSERT_EQ(table_.capture_begin(session_, text()), EFFGATE_OK);
  ASSERT_EQ(table_.add_scalar(session_, x_, 1, &out, text()), EFFGATE_OK);
  ASSERT_EQ(table_.capture_end(session_, &capture, text()), EFFGATE_OK);
  ASSERT_EQ(table_.capture_replay(session_, capture, text()), EFFGATE_OK);
  EXPECT_THAT(content(out), ElementsAre(3, 4.5));
  table_.tensor_free(out);
  table_.capture_free(capture);
}

using TestingBackendDeathTest = TestingBackend;

TEST_F(TestingBackendDeathTest, ends_the_process_the_way_asked) {
  open("crash@1,abort@2,exit@3");
  EXPECT_EXIT(add_one(), ::testing::KilledBySignal(SIGSEGV), "");
  const auto abort_at_once = [&] {
    const std::array<Fault, 1> faults{Fault{FaultKind::abort, 1, "", 0}};
    const effgate_environment environment = default_environment();
    effgate_session* session = nullptr;
    open_testing_session(&environment, faults, &session, text());
    session_ = session;
    add_one();
  };
  EXPECT_EXIT(abort_at_once(), ::testing::KilledBySignal(SIGABRT), "");
}

TEST(TestingSession, reads_its_faults_from_the_environment) {
  const effgate_environment environment = default_environment();
  effgate_session* session = nullptr;
  std::array<char, 256> message{};
  const effgate_text text{message.data(), message.size()};
  setenv(kTestingVariable, "crush", 1);
  EXPECT_EQ(testing_backend()->session_open(&environment, &session, text), EFFGATE_INVALID);
  EXPECT_THAT(message.data(), HasSubstr("crush"));
  setenv(kTestingVariable, "slow:2", 1);
  ASSERT_EQ(testing_backend()->session_open(&environment, &session, text), EFFGATE_OK);
  testing_backend()->session_close(session);
  unsetenv(kTestingVariable);
}

}  // namespace
}  // namespace effgate
