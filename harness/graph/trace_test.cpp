#include <gtest/gtest.h>

#include <initializer_list>
#include <ostream>
#include <string>
#include <vector>

#include "harness/base/hash.h"
#include "harness/base/text.h"
#include "harness/graph/catalogue.h"

namespace effgate {
namespace {

// What effdet 0.4.1 with timm 0.9.16 makes PyTorch 2.6.0 (1.13.0 for the networks from q0 to
// mobiledetv3_large) call in one eager inference on a CPU, as PyTorch's dispatcher saw it: how many
// calls, and the first 16 hex digits of the SHA-256 of their lines (see `line_of`). Images are
// 256x384, for d7x 512x640. fixtures/record_network.py prints the rows.
struct RecordedTrace {
  std::string model;
  std::size_t calls;
  std::string digest;

  friend void PrintTo(const RecordedTrace& trace, std::ostream* out) { *out << trace.model; }
};
const RecordedTrace kRecorded[] = {
    {"tf_efficientdet_d0", 850, "23c17398174b7787"},
    {"tf_efficientdet_d1", 1104, "46865520b1905153"},
    {"tf_efficientdet_d2", 1256, "4ac8dc4c12fe9eea"},
    {"tf_efficientdet_d3", 1493, "5d7ff8a15c5352bb"},
    {"tf_efficientdet_d4", 1735, "5ff95a9ad68305f3"},
    {"tf_efficientdet_d5", 1837, "be1164beb6e7bde2"},
    {"tf_efficientdet_d6", 1383, "634bf2ca45ba4cbe"},
    {"tf_efficientdet_d7", 1383, "634bf2ca45ba4cbe"},
    {"tf_efficientdet_d7x", 1696, "6de4dba2f3b3b431"},
    {"tf_efficientdet_d0_ap", 850, "23c17398174b7787"},
    {"tf_efficientdet_d1_ap", 1104, "46865520b1905153"},
    {"tf_efficientdet_d2_ap", 1256, "4ac8dc4c12fe9eea"},
    {"tf_efficientdet_d3_ap", 1493, "5d7ff8a15c5352bb"},
    {"tf_efficientdet_d4_ap", 1735, "5ff95a9ad68305f3"},
    {"tf_efficientdet_d5_ap", 1837, "be1164beb6e7bde2"},
    {"tf_efficientdet_lite0", 478, "5ee28c62029a19fc"},
    {"tf_efficientdet_lite1", 583, "91dec58e1dfbb804"},
    {"tf_efficientdet_lite2", 643, "08deabc0aa2ae448"},
    {"tf_efficientdet_lite3", 770, "a20a900502c7a15a"},
    {"tf_efficientdet_lite3x", 770, "286eb87e4e5caaf7"},
    {"tf_efficientdet_lite4", 884, "fb04fbc0e680b7c4"},
    {"efficientdet_d0", 831, "f7b934cf570432fe"},
    {"efficientdet_d1", 1081, "386c28f95f65693f"},
    {"efficientdet_d2", 1229, "71bcb4c0fab19460"},
    {"efficientdet_d3", 1462, "b994355f6eb472f5"},
    {"efficientdet_d4", 1730, "ebe2b03df2f176be"},
    {"efficientdet_d5", 1832, "f0562f43e0268d9a"},
    {"efficientdet_q0", 1527, "f19975567da76536"},
    {"efficientdet_q1", 1629, "5d7b96a4eaf74bf0"},
    {"efficientdet_q2", 2005, "a55fc21af5f36cd9"},
    {"efficientdet_w0", 831, "ec8620a677cddb37"},
    {"efficientdet_es", 672, "7e971639a19db9c2"},
    {"efficientdet_em", 856, "121d8d465bf49a6c"},
    {"efficientdet_lite0", 749, "071b8fc3e4604cc6"},
    {"efficientdetv2_dt", 1379, "25dd8fc98451eaf5"},
    {"efficientdetv2_ds", 1738, "466c03e354d55e86"},
    {"resdet50", 846, "61c92d28c413e546"},
    {"cspresdet50", 861, "96eb2dca9ee83229"},
    {"cspresdext50", 861, "6989bdc4579a5dd2"},
    {"cspresdext50pan", 747, "17cfe7860a812466"},
    {"cspdarkdet53", 913, "f1b1e7d8aa8deada"},
    {"cspdarkdet53m", 1785, "abc73761b77753ee"},
    {"mixdet_m", 1072, "aae2798f4c8f0d5d"},
    {"mixdet_l", 1220, "c76b8bcc0527b30a"},
    {"mobiledetv2_110d", 789, "ebe432344b70011e"},
    {"mobiledetv2_120d", 825, "2603cc7d827df358"},
    {"mobiledetv3_large", 779, "6599b79b4c32aa28"},
};

std::string numbers(std::initializer_list<std::int64_t> values) {
  std::vector<std::string> texts;
  for (const std::int64_t value : values) texts.push_back(std::to_string(value));
  return join(texts, ",");
}

// `CALL SHAPE PARAMETERS`, for windows ` KERNEL,STRIDE,PADDING`, for padding ` MARGINS`.
std::string line_of(const Graph& graph, const Op& op) {
  std::vector<std::string> shape;
  for (const std::int64_t dim : graph.values[static_cast<std::size_t>(op.output)].shape) {
    shape.push_back(std::to_string(dim));
  }
  std::vector<std::string> params;
  for (const ParamId id : op.params) {
    params.push_back(graph.params[static_cast<std::size_t>(id)].name);
  }
  std::string line =
      std::string(to_string(op.kind)) + ' ' + join(shape, ",") + ' ' + join(params, ";");
  const Window& w = op.window;
  if (op.kind == OpKind::conv2d || op.kind == OpKind::max_pool2d) {
    line += ' ' + numbers({w.kernel[0], w.kernel[1], w.stride[0], w.stride[1], w.padding[0],
                           w.padding[1]});
  }
  if (op.kind == OpKind::constant_pad_nd) {
    line += ' ' + numbers({op.extent[0], op.extent[1], op.extent[2], op.extent[3]});
  }
  return line;
}

void expect_recorded(const RecordedTrace& recorded, const ModelConfig& config) {
  const std::int64_t side = config.max_level == 8 ? 512 : 256;
  const auto graph = build_graph(config, {.height = side, .width = side + 128});
  ASSERT_TRUE(graph.ok()) << graph.error().message;
  std::vector<std::string> lines;
  for (const Op& op : graph->ops) lines.push_back(line_of(*graph, op));
  EXPECT_EQ(lines.size(), recorded.calls);
  EXPECT_EQ(sha256_hex(join(lines, "\n")).substr(0, 16), recorded.digest);
}

class RecordedTraces : public ::testing::TestWithParam<RecordedTrace> {};

TEST_P(RecordedTraces, are_made_call_by_call) {
  expect_recorded(GetParam(), *find_model(GetParam().model));
}

INSTANTIATE_TEST_SUITE_P(Network, RecordedTraces, ::testing::ValuesIn(kRecorded),
                         [](const auto& test) { return test.param.model; });

// No network of the catalogue has it; recorded as tf_efficientdet_d0:bifpn_attn.
TEST(RecordedTrace, of_fusion_by_softmax_is_made_call_by_call) {
  ModelConfig config = *find_model("tf_efficientdet_d0");
  config.fusion_weighting = FusionWeighting::attn;
  expect_recorded({"bifpn_attn", 622, "5ffcd9ea52675267"}, config);
}

}  // namespace
}  // namespace effgate
