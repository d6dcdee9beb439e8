// The calls that reach a library, against those that Python's effdet makes for D0.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/backend/executor.h"
#include "harness/backend/testing/testing.h"
#include "harness/graph/catalogue.h"

namespace effgate {
namespace {

using ::testing::Contains;
using ::testing::Pair;

Result<std::map<std::string, std::int64_t>> calls_of_one_run(const char* model) {
  setenv(kTestingVariable, "null", 1);
  EFFGATE_ASSIGN(const Library library, Library::from_table(testing_backend()));
  EFFGATE_ASSIGN(Session session, Session::open(library, default_environment()));
  unsetenv(kTestingVariable);
  EFFGATE_ASSIGN(const ModelConfig config, find_model(model));
  EFFGATE_ASSIGN(const Graph graph, build_graph(config));
  std::vector<std::byte> zeros;
  const auto source = [&](const ParamSpec& spec, DType dtype) {
    std::size_t bytes = size_of(dtype);
    for (const std::int64_t extent : spec.shape) bytes *= static_cast<std::size_t>(extent);
    zeros.assign(bytes, std::byte{0});
    return Result<std::span<const std::byte>>(std::span<const std::byte>(zeros));
  };
  EFFGATE_ASSIGN(const auto executor, Executor::create(session, graph, DType::float32, source));
  const std::vector<std::byte> image(static_cast<std::size_t>(3 * graph.height * graph.width * 4));
  EFFGATE_TRY(executor->set_input(image));
  EFFGATE_TRY(executor->run());
  EFFGATE_TRY(executor->outputs());
  return operation_counts(session.get());
}

// The figures were counted in PyTorch's profiler.
TEST(Fidelity, makes_the_calls_of_effdet_for_d0) {
  const auto calls = calls_of_one_run("tf_efficientdet_d0");
  ASSERT_TRUE(calls.ok()) << calls.error().message;
  EXPECT_THAT(*calls, Contains(Pair("conv2d", 214)));
  EXPECT_THAT(*calls, Contains(Pair("batch_norm", 108)));
  EXPECT_THAT(*calls, Contains(Pair("silu_", 102)));
  EXPECT_THAT(*calls, Contains(Pair("constant_pad", 19)));
  EXPECT_THAT(*calls, Contains(Pair("mean_hw", 16)));
  EXPECT_THAT(*calls, Contains(Pair("sigmoid", 16)));
  EXPECT_THAT(*calls, Contains(Pair("max_pool2d", 14)));
  EXPECT_THAT(*calls, Contains(Pair("upsample_nearest2d", 12)));
  EXPECT_THAT(*calls, Contains(Pair("stack_last", 24)));
}

}  // namespace
}  // namespace effgate
