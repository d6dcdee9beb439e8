#include "harness/doctor/reading.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <tuple>

#include "harness/base/text.h"
#include "harness/graph/network.h"

namespace effgate {
namespace {

using std::string_view;

constexpr std::size_t kNetworksTried = 3;
// In tenths of an unexplained key: an explanation that assumes more must explain more.
constexpr double kPerKey = 10, kPerAlteration = 3, kOtherNetwork = 1;
// A network of the file's own size is built to compare with it. These are far beyond any, and a
// file may say whatever it likes.
constexpr std::int64_t kMostChannels = 4096;
constexpr long long kMostRepeats = 64;

constexpr std::array<Alteration, 2> kAlterations{{
    {CauseCode::arch_redundant_bias,
     [](ModelConfig& config) { config.redundant_bias = !config.redundant_bias; },
     [](const KeyFacts& facts, const ModelConfig& config) {
       return facts.convs > 0 && facts.has_redundant_bias() != config.redundant_bias;
     }},
    {CauseCode::arch_head_layout,
     [](ModelConfig& config) { config.head_bn_level_first = !config.head_bn_level_first; },
     [](const KeyFacts& facts, const ModelConfig& config) {
       return facts.level_first + facts.repeat_first > 0 &&
              (facts.level_first > facts.repeat_first) != config.head_bn_level_first;
     }},
}};

// A pyramid of the file's own size on the network's backbone.
bool differs_in_size(const KeyFacts& facts, const ModelConfig& config) {
  return facts.channels && facts.cells > 0 && facts.repeats > 0 &&
         (*facts.channels != config.fpn_channels || facts.cells != config.fpn_cells ||
          facts.repeats != config.head_repeats);
}

void take_size(const KeyFacts& facts, ModelConfig& config) {
  config.fpn_channels = *facts.channels;
  config.fpn_cells = facts.cells;
  config.head_repeats = facts.repeats;
}

bool ends_with_conv(string_view module) {
  return module.ends_with(".conv_pw") || module.ends_with(".conv");
}

// "fpn.….conv_pw", "class_net.conv_rep.0.conv": what a batch norm follows.
bool precedes_norm(string_view module) {
  return ends_with_conv(module) &&
         (module.starts_with("fpn.") || module.find("_net.conv_rep.") != string_view::npos);
}

// The number behind `prefix`, as in "fpn.cell.3."; -1 where there is none.
int index_behind(string_view name, string_view prefix) {
  if (!name.starts_with(prefix)) return -1;
  const string_view rest = name.substr(prefix.size());
  const auto number = parse_integer(rest.substr(0, rest.find('.')));
  return number && *number >= 0 && *number < kMostRepeats ? static_cast<int>(*number) : -1;
}

void note_channels(const ParamSpec& weight, KeyFacts& facts) {
  if (weight.name.find(".after_combine.") == std::string::npos || weight.shape.empty()) return;
  const std::int64_t channels = weight.shape[0];
  if (channels > 0 && channels <= kMostChannels) facts.channels = channels;
}

void note_head_norm(string_view name, KeyFacts& facts) {
  if (name.find("_net.bn_rep.") == string_view::npos) return;
  ++(name.find(".bn.") == string_view::npos ? facts.level_first : facts.repeat_first);
}

std::size_t unexplained(const Comparison& left) {
  const auto but_counters = [](const std::vector<std::string>& keys) {
    return keys.size() - static_cast<std::size_t>(std::ranges::count_if(keys, is_counter));
  };
  return but_counters(left.missing) + but_counters(left.unexpected) + left.mismatched.size() +
         left.not_tensors.size();
}

double cost(const Reading& reading, const Network* target) {
  return kPerKey * static_cast<double>(unexplained(reading.remaining)) +
         kPerAlteration * static_cast<double>(reading.altered.size()) +
         (target != nullptr && reading.network != target ? kOtherNetwork : 0);
}

void compare(const StoredState& state, std::span<const ParamSpec> schema, Reading& reading) {
  reading.remaining = compare_strictly(state, schema);
  reading.named = schema.size() - reading.remaining.missing.size() -
                  reading.remaining.supplied.size() - reading.remaining.not_tensors.size();
  reading.explained = reading.named - reading.remaining.mismatched.size();
}

void alter(const KeyFacts& facts, Reading& reading) {
  for (const Alteration& alteration : kAlterations) {
    if (!alteration.suggested(facts, reading.config)) continue;
    alteration.apply(reading.config);
    reading.altered.push_back(alteration.code);
  }
  if (!differs_in_size(facts, reading.config)) return;
  take_size(facts, reading.config);
  reading.altered.push_back(CauseCode::arch_variant);
}

// Whether the network has every tensor of the file in its shape, batch counters aside.
bool has_all_of_file(const Comparison& left) {
  return left.mismatched.empty() && left.not_tensors.empty() &&
         std::ranges::all_of(left.unexpected, is_counter);
}

// A file that lacks much may lack less of a smaller network. That does not make it one where
// nothing in it speaks against the target.
bool stays_with_target(const Reading& of_target, const Reading& best) {
  constexpr std::size_t kFarLess = 10;
  return has_all_of_file(of_target.remaining) &&
         unexplained(of_target.remaining) < kFarLess * unexplained(best.remaining);
}

Reading read_as(const StoredState& state, const Network& network, const KeyFacts& facts,
                bool altered) {
  Reading reading;
  reading.network = &network;
  reading.config = with_counts(network.config, facts.counts);
  if (altered) alter(facts, reading);
  compare(state, state_dict_schema(reading.config), reading);
  return reading;
}

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

}  // namespace

std::span<const Alteration> alterations() { return kAlterations; }

KeyFacts key_facts(std::span<const ParamSpec> tensors) {
  KeyFacts facts;
  for (const ParamSpec& tensor : tensors) {
    const string_view name = tensor.name;
    const std::size_t dot = name.rfind('.');
    if (dot == string_view::npos) continue;
    const string_view module = name.substr(0, dot), role = name.substr(dot + 1);
    if (role == "weight" && precedes_norm(module)) {
      ++facts.convs;
      note_channels(tensor, facts);
    }
    if (role == "bias" && precedes_norm(module)) ++facts.biases;
    facts.cells = std::max(facts.cells, index_behind(name, "fpn.cell.") + 1);
    facts.repeats = std::max(facts.repeats, index_behind(name, "class_net.conv_rep.") + 1);
    note_head_norm(name, facts);
  }
  facts.counts = head_counts(tensors);
  return facts;
}

bool Reading::is_altered(CauseCode code) const {
  return std::ranges::find(altered, code) != altered.end();
}

Reading read_detector(const StoredState& state, const NetworkIndex& networks,
                      const Network* target) {
  const KeyFacts facts = key_facts(state.tensors);
  Reading best, of_target;
  double lowest = std::numeric_limits<double>::infinity();
  for (const Network* network : nearest(state.tensors, networks, target)) {
    for (const bool altered : {false, true}) {
      Reading reading = read_as(state, *network, facts, altered);
      if (altered && reading.altered.empty()) continue;
      if (cost(reading, target) >= lowest) continue;
      lowest = cost(reading, target);
      best = std::move(reading);
    }
    if (network == target) of_target = best;
  }
  if (target != nullptr && best.network != target && stays_with_target(of_target, best))
    return of_target;
  return best;
}

Reading read_backbone(const StoredState& state, const NetworkIndex& networks,
                      const Network* target) {
  std::vector<RankedNetwork> ranked = networks.ranked(state.tensors);
  std::ranges::stable_sort(ranked, {}, [&](const RankedNetwork& entry) {
    return std::tuple(-static_cast<std::ptrdiff_t>(entry.shared), entry.network != target);
  });
  Reading reading;
  reading.network = ranked.front().network;
  reading.config = reading.network->config;
  std::vector<ParamSpec> backbone;
  std::ranges::copy_if(reading.network->schema, std::back_inserter(backbone),
                       [](const ParamSpec& p) { return p.name.starts_with("backbone."); });
  compare(state, backbone, reading);
  return reading;
}

bool is_counter(string_view name) { return name.ends_with("num_batches_tracked"); }

}  // namespace effgate
