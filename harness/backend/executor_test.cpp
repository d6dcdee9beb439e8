#include "harness/backend/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "harness/backend/calibrate.h"
#include "harness/backend/reference/reference.h"

namespace effgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::byte> bytes_of(const std::vector<double>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(double));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::vector<double> doubles_of(const HostTensor& tensor) {
  std::vector<double> values(tensor.bytes.size() / sizeof(double));
  std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

// x [1,1,2,2] -> pointwise convolution by 2 -> BatchNorm -> relu in place, twice the map added.
Graph small_graph() {
  Graph graph;
  graph.model = "small";
  graph.params = {{"stem.weight", {1, 1, 1, 1}},
                  {"bn.weight", {1}},
                  {"bn.bias", {1}},
                  {"bn.running_mean", {1}},
                  {"bn.running_var", {1}},
                  {"bn.num_batches_tracked", {}, DType::int64}};
  graph.values = {{{1, 1, 2, 2}}, {{1, 1, 2, 2}}, {{1, 1, 2, 2}}, {{1, 1, 2, 2}}};
  graph.ops = {{.kind = OpKind::conv2d, .inputs = {0}, .params = {0}, .output = 1},
               {.kind = OpKind::batch_norm,
                .inputs = {1},
                .params = {1, 2, 3, 4},
                .output = 2,
                .scalar = 0.0},
               {.kind = OpKind::relu_, .inputs = {2}, .output = 2},
               {.kind = OpKind::add, .inputs = {2, 2}, .output = 3}};
  graph.outputs = {{"class/3", 3, 3}};
  graph.taps = {{"input", 0, -1}, {"stem", 1, 0}, {"bn", 2, 1}, {"act", 2, 2}};
  return graph;
}

using Params = std::map<std::string, std::vector<std::byte>>;

Params small_params() {
  return {{"stem.weight", bytes_of({2})},
          {"bn.weight", bytes_of({3})},
          {"bn.bias", bytes_of({1})},
          {"bn.running_mean", bytes_of({4})},
          {"bn.running_var", bytes_of({4})}};
}

ParamSource source_of(const Params& params) {
  return [&params](const ParamSpec& spec, DType) -> Result<std::span<const std::byte>> {
    const auto found = params.find(spec.name);
    if (found == params.end()) return Error{ErrorKind::not_found, "no " + spec.name};
    return std::span<const std::byte>(found->second);
  };
}

class ExecutorTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Executor>> create(const Graph& graph) {
    return Executor::create(*session_, graph, DType::float64, source_of(params_));
  }
  std::unique_ptr<Executor> ready(const Graph& graph, const std::vector<double>& input) {
    auto executor = create(graph);
    EXPECT_TRUE(executor.ok());
    EXPECT_TRUE((*executor)->set_input(bytes_of(input)).ok());
    return *std::move(executor);
  }

  Result<Library> library_ = Library::from_table(reference_backend());
  Result<Session> session_ = Session::open(*library_, default_environment());
  Params params_ = small_params();
  Graph graph_ = small_graph();
};

// (2x - 4) / 2 * 3 + 1, not below zero, twice: x = 0 … 3 gives -5, -2, 1, 4.
TEST_F(ExecutorTest, runs_a_graph_and_gives_its_outputs) {
  const auto executor = ready(graph_, {0, 1, 2, 3});
  ASSERT_TRUE(executor->run().ok());
  const auto outputs = executor->outputs();
  ASSERT_TRUE(outputs.ok());
  ASSERT_EQ(outputs->size(), 1u);
  EXPECT_EQ((*outputs)[0].name, "class/3");
  EXPECT_THAT((*outputs)[0].shape, ElementsAre(1, 1, 2, 2));
  EXPECT_THAT(doubles_of((*outputs)[0]), ElementsAre(0, 0, 2, 8));
}

TEST_F(ExecutorTest, shows_a_tap_before_a_later_operation_changes_it_in_place) {
  const auto executor = ready(graph_, {0, 1, 2, 3});
  std::map<std::string, std::vector<double>> seen;
  ASSERT_TRUE(executor
                  ->run_with_taps(graph_.taps,
                                  [&](HostTensor tensor) {
                                    seen[tensor.name] = doubles_of(tensor);
                                    return success();
                                  })
                  .ok());
  EXPECT_THAT(seen["input"], ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(seen["stem"], ElementsAre(0, 2, 4, 6));
  EXPECT_THAT(seen["bn"], ElementsAre(-5, -2, 1, 4));
  EXPECT_THAT(seen["act"], ElementsAre(0, 0, 1, 4));
}

TEST_F(ExecutorTest, keeps_a_value_for_a_tap_after_its_last_use) {
  graph_.taps = {{"late", 1, 3}};
  const auto executor = ready(graph_, {0, 1, 2, 3});
  std::vector<double> late;
  ASSERT_TRUE(executor
                  ->run_with_taps(graph_.taps,
                                  [&](HostTensor tensor) {
                                    late = doubles_of(tensor);
                                    return success();
                                  })
                  .ok());
  EXPECT_THAT(late, ElementsAre(0, 2, 4, 6));
}

TEST_F(ExecutorTest, gives_the_same_again_and_another_result_for_another_input) {
  const auto executor = ready(graph_, {0, 1, 2, 3});
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(executor->run().ok());
    EXPECT_THAT(doubles_of((*executor->outputs())[0]), ElementsAre(0, 0, 2, 8));
  }
  ASSERT_TRUE(executor->set_input(bytes_of({3, 3, 3, 4})).ok());
  ASSERT_TRUE(executor->run().ok());
  EXPECT_THAT(doubles_of((*executor->outputs())[0]), ElementsAre(8, 8, 8, 14));
}

TEST_F(ExecutorTest, stops_at_an_error_of_the_tap_reader) {
  const auto executor = ready(graph_, {0, 1, 2, 3});
  const Status stopped = executor->run_with_taps(graph_.taps, [](HostTensor) -> Status {
    return Error{ErrorKind::io, "disk full"};
  });
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().kind, ErrorKind::io);
}

TEST_F(ExecutorTest, replays_a_capture) {
  const auto executor = ready(graph_, {0, 1, 2, 3});
  EXPECT_FALSE(executor->replay().ok());
  ASSERT_TRUE(executor->capture().ok());
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(executor->replay().ok());
    EXPECT_THAT(doubles_of((*executor->outputs())[0]), ElementsAre(0, 0, 2, 8));
  }
}

// A chain of 50 maps of 128 bytes needs two at a time, besides input and parameters.
TEST_F(ExecutorTest, frees_intermediate_tensors_after_their_last_use) {
  Graph chain;
  chain.values.push_back({{1, 1, 4, 4}});
  for (int i = 0; i < 50; ++i) {
    chain.values.push_back({{1, 1, 4, 4}});
    chain.ops.push_back({.kind = OpKind::relu, .inputs = {i}, .output = i + 1});
  }
  chain.outputs = {{"class/3", 50, 49}};
  const auto executor = ready(chain, std::vector<double>(16, 1.0));
  ASSERT_TRUE(executor->run().ok());
  std::uint64_t peak = 0;
  char text[64];
  session_->table().peak_device_bytes(session_->get(), &peak, {text, sizeof text});
  EXPECT_EQ(peak, 3u * 128u);
}

TEST_F(ExecutorTest, uploads_only_what_operations_read) {
  EXPECT_TRUE(create(graph_).ok());  // there is no bn.num_batches_tracked among the parameters
  params_.erase("bn.bias");
  const auto executor = create(graph_);
  ASSERT_FALSE(executor.ok());
  EXPECT_EQ(executor.error().kind, ErrorKind::not_found);
}

TEST_F(ExecutorTest, refuses_a_parameter_of_another_size) {
  params_["bn.bias"] = bytes_of({1, 2});
  const auto executor = create(graph_);
  ASSERT_FALSE(executor.ok());
  EXPECT_THAT(executor.error().message, HasSubstr("bn.bias"));
}

TEST_F(ExecutorTest, refuses_an_input_of_another_size_and_a_run_without_one) {
  const auto executor = create(graph_);
  ASSERT_TRUE(executor.ok());
  EXPECT_FALSE((*executor)->set_input(bytes_of({1, 2, 3})).ok());
  EXPECT_FALSE((*executor)->run().ok());
}

TEST_F(ExecutorTest, names_operation_module_and_library_of_an_error) {
  graph_.ops[1].params = {1, 2, 3, 5};  // num_batches_tracked as a variance
  params_["bn.num_batches_tracked"] = bytes_of({1});
  const auto executor = ready(graph_, {0, 1, 2, 3});
  const Status run = executor->run();
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().message, "batch_norm of bn on reference " EFFGATE_VERSION
                                 " in float64: batch_norm of tensors of different dtypes");
}

TEST_F(ExecutorTest, tells_an_operation_that_the_library_does_not_have) {
  effgate_backend table = *reference_backend();
  table.batch_norm = nullptr;
  const auto library = Library::from_table(&table);
  auto session = Session::open(*library, default_environment());
  auto executor = Executor::create(*session, graph_, DType::float64, source_of(params_));
  ASSERT_TRUE(executor.ok());
  ASSERT_TRUE((*executor)->set_input(bytes_of({0, 1, 2, 3})).ok());
  const Status run = (*executor)->run();
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(run.error().message, HasSubstr("batch_norm of bn on reference"));
}

TEST_F(ExecutorTest, names_the_next_tap_where_an_operation_has_no_parameters) {
  effgate_backend table = *reference_backend();
  table.activation = nullptr;
  const auto library = Library::from_table(&table);
  auto session = Session::open(*library, default_environment());
  auto executor = Executor::create(*session, graph_, DType::float64, source_of(params_));
  ASSERT_TRUE(executor.ok());
  ASSERT_TRUE((*executor)->set_input(bytes_of({0, 1, 2, 3})).ok());
  EXPECT_THAT((*executor)->run().error().message, HasSubstr("relu_ of act on reference"));
}

// The stem gives 0, 2, 4, 6: mean 3, population variance 5. Normalised: (x - 3) / sqrt(5) * 3 + 1.
TEST_F(ExecutorTest, normalises_with_the_batch_in_train_mode_and_tells_its_statistics) {
  const auto executor = ready(graph_, {0, 1, 2, 3});
  std::vector<ModuleStatistics> seen;
  ASSERT_TRUE(executor
                  ->run_in_train_mode([&](ModuleStatistics statistics) {
                    seen.push_back(std::move(statistics));
                    return success();
                  })
                  .ok());
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].module, "bn");
  EXPECT_THAT(seen[0].channels.mean, ElementsAre(3));
  EXPECT_THAT(seen[0].channels.var, ElementsAre(5));
  EXPECT_EQ(seen[0].channels.count, 4);
  const std::vector<double> out = doubles_of((*executor->outputs())[0]);
  EXPECT_DOUBLE_EQ(out[3], 2 * (9 / std::sqrt(5.0) + 1));
  EXPECT_DOUBLE_EQ(out[0], 0);
  ASSERT_TRUE(executor->run().ok());  // and is in eval mode again
  EXPECT_THAT(doubles_of((*executor->outputs())[0]), ElementsAre(0, 0, 2, 8));
}

TEST_F(ExecutorTest, measures_batch_norms_in_float64_only) {
  for (auto& [name, bytes] : params_) bytes.resize(bytes.size() / 2);
  auto executor = Executor::create(*session_, graph_, DType::float32, source_of(params_));
  ASSERT_TRUE(executor.ok());
  const Status run =
      (*executor)->run_in_train_mode([](const ModuleStatistics&) { return success(); });
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().kind, ErrorKind::usage);
}

// Two images, two channels: 0, 2, 4, 6 and 8, 10, 12, 14 in the first, which have mean 7 and
// variance 21; zeros in the second.
TEST_F(ExecutorTest, measures_batch_norms_without_stored_statistics) {
  graph_.params[0].shape = {2, 1, 1, 1};
  for (std::size_t i = 1; i < 5; ++i) graph_.params[i].shape = {2};
  graph_.values[0].shape = {2, 1, 2, 2};
  for (std::size_t i = 1; i < 4; ++i) graph_.values[i].shape = {2, 2, 2, 2};
  params_ = {{"stem.weight", bytes_of({2, 0})},
             {"bn.weight", bytes_of({1, 1})},
             {"bn.bias", bytes_of({0, 0})}};
  graph_.ops[1].scalar = 1e-3;
  const auto statistics = measure_batch_norms(*session_, graph_, DType::float64, source_of(params_),
                                              bytes_of({0, 1, 2, 3, 4, 5, 6, 7}));
  ASSERT_TRUE(statistics.ok());
  ASSERT_EQ(statistics->size(), 1u);
  EXPECT_THAT((*statistics)[0].channels.mean, ElementsAre(7, 0));
  EXPECT_THAT((*statistics)[0].channels.var, ElementsAre(21, 0));
  EXPECT_EQ((*statistics)[0].channels.count, 8);
}

}  // namespace
}  // namespace effgate
