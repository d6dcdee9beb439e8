#include "harness/doctor/reading.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "harness/graph/network.h"

namespace effgate {
namespace {

constexpr std::size_t kNetworksTried = 4;
// In units of unexplained keys: an explanation that assumes more must explain more.
constexpr double kPerKey = 10, kPerAlteration = 3, kOtherNetwork = 5;

bool is_lite(const ModelConfig& config) { return config.name.starts_with("tf_efficientdet_lite"); }

// effdet 0.1 to 0.2 weighed the pyramids of these with learned edges, see efficientdet changes of
// November 2021; efficientdet_d3 had 112 channels in five cells in May 2020.
constexpr std::array<Alteration, 4> kAlterations{{
    {CauseCode::arch_redundant_bias, [](const ModelConfig&) { return true; },
     [](ModelConfig& config) { config.redundant_bias = !config.redundant_bias; }},
    {CauseCode::arch_head_layout, [](const ModelConfig&) { return true; },
     [](ModelConfig& config) { config.head_bn_level_first = !config.head_bn_level_first; }},
    {CauseCode::arch_history, is_lite,
     [](ModelConfig& config) { config.fusion_weighting = FusionWeighting::fastattn; }},
    {CauseCode::arch_history,
     [](const ModelConfig& config) { return config.name == "efficientdet_d3"; },
     [](ModelConfig& config) {
       config.fpn_channels = 112;
       config.fpn_cells = 5;
       config.head_repeats = 3;
     }},
}};

std::vector<const Network*> nearest(std::span<const ParamSpec> tensors,
                                    const NetworkIndex& networks, const Network* target) {
  std::vector<const Network*> chosen;
  if (target != nullptr) chosen.push_back(target);
  for (const RankedNetwork& entry : networks.ranked(tensors)) {
    if (chosen.size() > kNetworksTried) break;
    if (entry.network != target) chosen.push_back(entry.network);
  }
  return chosen;
}

Reading read_as(const StoredState& state, const Network& network, unsigned subset,
                const HeadCounts& counts) {
  Reading reading;
  reading.network = &network;
  reading.config = with_counts(network.config, counts);
  for (std::size_t i = 0; i < kAlterations.size(); ++i) {
    if ((subset >> i & 1U) == 0) continue;
    kAlterations[i].apply(reading.config);
    reading.altered.push_back(kAlterations[i].code);
  }
  const std::vector<ParamSpec> schema = state_dict_schema(reading.config);
  reading.remaining = compare_strictly(state, schema);
  const std::size_t unexplained =
      reading.remaining.unexpected.size() + reading.remaining.mismatched.size();
  const std::size_t all = state.tensors.size() + state.others.size();
  reading.share = 1.0 - static_cast<double>(unexplained) / static_cast<double>(all);
  return reading;
}

double cost(const Reading& reading, const Network* target) {
  const Comparison& left = reading.remaining;
  const std::size_t keys = left.missing.size() + left.unexpected.size() + left.mismatched.size() +
                           left.not_tensors.size();
  return kPerKey * static_cast<double>(keys) +
         kPerAlteration * static_cast<double>(reading.altered.size()) +
         (target != nullptr && reading.network != target ? kOtherNetwork : 0);
}

bool applicable(const ModelConfig& config, unsigned subset) {
  for (std::size_t i = 0; i < kAlterations.size(); ++i) {
    if ((subset >> i & 1U) != 0 && !kAlterations[i].applies(config)) return false;
  }
  return true;
}

}  // namespace

std::span<const Alteration> alterations() { return kAlterations; }

Reading best_reading(const StoredState& state, const NetworkIndex& networks,
                     const Network* target) {
  Reading best;
  if (state.tensors.empty()) return best;
  const HeadCounts counts = head_counts(state.tensors);
  double lowest = std::numeric_limits<double>::infinity();
  for (const Network* network : nearest(state.tensors, networks, target)) {
    for (unsigned subset = 0; subset < 1U << kAlterations.size(); ++subset) {
      if (!applicable(network->config, subset)) continue;
      Reading reading = read_as(state, *network, subset, counts);
      if (cost(reading, target) >= lowest) continue;
      lowest = cost(reading, target);
      best = std::move(reading);
      if (best.remaining.loads() && best.altered.empty()) break;
    }
  }
  return best;
}

}  // namespace effgate
