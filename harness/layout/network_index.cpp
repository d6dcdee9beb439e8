#include "harness/layout/network_index.h"

#include <algorithm>

#include "harness/graph/catalogue.h"
#include "harness/graph/history.h"
#include "harness/graph/network.h"

namespace effgate {
namespace {

// FNV-1a over the name's bytes, then over the dimensions.
std::uint64_t hash_of(const ParamSpec& tensor) {
  constexpr std::uint64_t kOffset = 0xCBF29CE484222325, kPrime = 0x100000001B3;
  std::uint64_t hash = kOffset;
  for (const char c : tensor.name) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  for (const std::int64_t size : tensor.shape)
    hash = (hash ^ (static_cast<std::uint64_t>(size) << 8)) * kPrime;
  return (hash ^ tensor.shape.size()) * kPrime;
}

std::uint64_t hash_of(std::span<const ParamSpec> schema) {
  std::uint64_t hash = schema.size();
  for (const ParamSpec& param : schema) hash = hash * 31 + hash_of(param);
  return hash;
}

std::vector<std::string> names_of_all_times() {
  std::vector<std::string> names = model_names();
  for (const DatedModel& dated : dated_models()) names.emplace_back(dated.name);
  return names;
}

// A group for each schema, in catalogue order of the first name.
std::vector<Network> distinct_networks() {
  std::vector<Network> networks;
  std::vector<std::uint64_t> hashes;
  for (const std::string& name : names_of_all_times()) {
    const auto config = find_model(name);
    if (!config.ok()) continue;
    std::vector<ParamSpec> schema = state_dict_schema(*config);
    const std::uint64_t hash = hash_of(schema);
    const auto same = std::ranges::find(hashes, hash);
    if (same != hashes.end()) {
      networks[static_cast<std::size_t>(same - hashes.begin())].names.push_back(name);
      continue;
    }
    hashes.push_back(hash);
    networks.push_back({{name}, *config, std::move(schema)});
  }
  return networks;
}

}  // namespace

bool Network::has(std::string_view model) const {
  return std::ranges::find(names, model) != names.end();
}

const ParamSpec* Network::find(std::string_view tensor) const {
  const auto found = std::ranges::find(schema, tensor, &ParamSpec::name);
  return found == schema.end() ? nullptr : &*found;
}

bool Network::is_of_the_past() const { return undated(names.front()) != names.front(); }

std::vector<std::string> Network::distinct_names() const {
  std::vector<std::string> distinct;
  for (const std::string& name : names) {
    const bool twin = name.ends_with("_ap") && has(name.substr(0, name.size() - 3));
    if (!twin) distinct.push_back(name);
  }
  return distinct;
}

const NetworkIndex& NetworkIndex::instance() {
  static const NetworkIndex index;
  return index;
}

NetworkIndex::NetworkIndex() : networks_(distinct_networks()) {
  for (std::uint32_t i = 0; i < networks_.size(); ++i) {
    for (const ParamSpec& param : networks_[i].schema) tensors_.emplace_back(hash_of(param), i);
  }
  std::ranges::sort(tensors_);
}

const Network* NetworkIndex::find(std::string_view model) const {
  const auto found =
      std::ranges::find_if(networks_, [&](const Network& network) { return network.has(model); });
  return found == networks_.end() ? nullptr : &*found;
}

std::vector<RankedNetwork> NetworkIndex::ranked(std::span<const ParamSpec> tensors) const {
  std::vector<RankedNetwork> ranked;
  for (const Network& network : networks_) ranked.push_back({&network});
  for (const ParamSpec& tensor : tensors) {
    const auto [first, last] = std::ranges::equal_range(tensors_, hash_of(tensor), {},
                                                        [](const auto& t) { return t.first; });
    for (auto at = first; at != last; ++at) ++ranked[at->second].shared;
  }
  for (RankedNetwork& entry : ranked) {
    const auto both = static_cast<double>(tensors.size() + entry.network->schema.size());
    entry.agreement = 2.0 * static_cast<double>(entry.shared) / both;
  }
  std::ranges::stable_sort(ranked, std::greater(), &RankedNetwork::agreement);
  return ranked;
}

}  // namespace effgate
