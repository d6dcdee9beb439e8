#include "suites/parity/zylo_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace effgate {
namespace {

constexpr std::string_view kTaps[] = {"class", "prob", "box"};

// Appends a level's map [1, anchors * columns, H, W] in anchor order.
void append_in_anchor_order(const HostTensor& map, std::int64_t anchors,
                            std::vector<double>& rows) {
  const std::vector<double> values = widened(map);
  const std::int64_t columns = map.shape[1] / anchors;
  const std::int64_t cells = map.shape[2] * map.shape[3];
  for (std::int64_t cell = 0; cell < cells; ++cell) {
    for (std::int64_t channel = 0; channel < anchors * columns; ++channel) {
      rows.push_back(values[static_cast<std::size_t>(channel * cells + cell)]);
    }
  }
}

std::vector<Tap> zylo_taps(const Graph& graph) {
  std::vector<Tap> taps = graph.outputs;
  std::ranges::copy_if(graph.taps, std::back_inserter(taps),
                       [](const Tap& tap) { return tap.name.starts_with("prob/"); });
  return taps;
}

}  // namespace

Result<ZyloOutputs> run_like_zylo(const GoldenFile& zylo, const std::string& model, Library library,
                                  int threads, DType dtype) {
  EFFGATE_ASSIGN(const GoldenFile effdet,
                 GoldenFile::open(golden_path(zylo.metadata("effdet_model"))));
  RecipeNetwork network(effdet, std::move(library), {zylo.number("height"), zylo.number("width")},
                        threads, model);
  EFFGATE_ASSIGN(const auto executor, network.executor(dtype));
  std::map<std::string, HostTensor> maps;
  EFFGATE_TRY(executor->run_with_taps(zylo_taps(network.graph()), [&](HostTensor map) {
    maps.emplace(map.name, std::move(map));
    return success();
  }));
  ZyloOutputs outputs;
  for (const std::string_view tap : kTaps) {
    for (const auto& [name, map] : maps) {  // in the order of the levels
      if (!name.starts_with(tap)) continue;
      append_in_anchor_order(map, network.graph().anchors_per_cell,
                             outputs["zylo/" + std::string(tap)]);
    }
  }
  return outputs;
}

void compare_with_zylo(const std::string& network, Library library, int threads, DType dtype,
                       const Judge& judge) {
  const auto golden = GoldenFile::open(golden_path(network));
  ASSERT_TRUE(golden.ok()) << golden.error().message;
  const auto outputs = run_like_zylo(*golden, "zylo:" + golden->metadata("effdet_model"),
                                     std::move(library), threads, dtype);
  ASSERT_TRUE(outputs.ok()) << outputs.error().message;
  EXPECT_EQ(outputs->size(), std::size(kTaps));
  for (const auto& [name, values] : *outputs) {
    SCOPED_TRACE(name);
    const GoldenTap expected = golden->tap(name);
    ASSERT_EQ(values.size(), static_cast<std::size_t>(expected.shape[1] * expected.shape[2]));
    judge(expected, difference(expected, values));
  }
}

}  // namespace effgate
