#include "harness/doctor/interpretation.h"

#include <gtest/gtest.h>

#include <set>

#include "harness/graph/catalogue.h"
#include "harness/graph/network.h"

namespace effgate {
namespace {

constexpr const char* kLite0 = "tf_efficientdet_lite0";

StoredState state_of(const std::string& model) {
  StoredState state;
  state.tensors = state_dict_schema(*find_model(model));
  return state;
}

Interpretation interpreted(const StoredState& state) {
  const NetworkIndex& networks = NetworkIndex::instance();
  return interpret(state, networks, networks.find(kLite0));
}

// One more tensor in every module.
StoredState with_each_module(StoredState state, const std::vector<ParamSpec>& more) {
  std::set<std::string> modules;
  for (const ParamSpec& tensor : state.tensors)
    for (std::size_t dot = tensor.name.find('.'); dot != std::string::npos;
         dot = tensor.name.find('.', dot + 1))
      modules.insert(tensor.name.substr(0, dot + 1));
  for (const std::string& module : modules)
    for (const ParamSpec& one : more)
      state.tensors.push_back({module + one.name, one.shape, one.dtype});
  return state;
}

TEST(Interpretation, sees_a_whole_detector_among_more_tensors_of_a_profiler_than_its_own) {
  const StoredState state =
      with_each_module(state_of(kLite0),
                       {{"total_ops", {1}, DType::float64}, {"total_params", {1}, DType::float64}});
  ASSERT_GT(state.tensors.size(), 2 * state_of(kLite0).tensors.size());
  const Interpretation found = interpreted(state);
  EXPECT_FALSE(found.is_foreign(nullptr));
  EXPECT_FALSE(found.is_of_no_network());
  EXPECT_EQ(found.model_names().front(), kLite0);
}

TEST(Interpretation, takes_as_many_layers_beside_it_for_another_network) {
  for (const ParamSpec& layer : {ParamSpec{"weight2.weight", {8}}, ParamSpec{"kernel", {8, 8}}})
    EXPECT_TRUE(interpreted(with_each_module(state_of(kLite0), {layer})).is_of_no_network())
        << layer.name;
}

TEST(Interpretation, looks_for_a_profilers_detector_without_its_batch_counters) {
  StoredState state = state_of(kLite0);
  std::erase_if(state.tensors, [](const ParamSpec& tensor) { return is_counter(tensor.name); });
  const StoredState profiled = with_each_module(state, {{"total_ops", {1}}, {"total_params", {1}}});
  EXPECT_FALSE(interpreted(profiled).is_foreign(nullptr));
}

TEST(Interpretation, sees_no_detector_in_a_part_of_one_among_many_other_tensors) {
  StoredState state = state_of(kLite0);
  std::erase_if(state.tensors,
                [](const ParamSpec& tensor) { return !tensor.name.starts_with("backbone."); });
  const std::size_t own = state.tensors.size();
  for (std::size_t i = 0; i <= own; ++i)
    state.tensors.push_back({"decoder." + std::to_string(i) + ".weight", {8, 8}});
  EXPECT_TRUE(interpreted(state).is_foreign(nullptr));
  state.tensors.resize(own);
  EXPECT_FALSE(interpreted(state).is_foreign(nullptr));
}

}  // namespace
}  // namespace effgate
