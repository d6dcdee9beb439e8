#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/graph/config.h"
#include "harness/graph/graph.h"

namespace effgate {

// Catalogue entries that share one state-dict schema.
struct Network {
  std::vector<std::string> names;  // in catalogue order, those with dates last
  ModelConfig config;              // of the first name
  std::vector<ParamSpec> schema;

  bool has(std::string_view model) const;
  // nullptr where the schema has no such name; a walk through all of it.
  const ParamSpec* find(std::string_view tensor) const;
  // Only names had it that mean something else today.
  bool is_of_the_past() const;
  // The names without those that differ from another only in preprocessing (_ap).
  std::vector<std::string> distinct_names() const;
};

// A network and what it has in common with some tensors.
struct RankedNetwork {
  const Network* network = nullptr;
  std::size_t shared = 0;  // tensors whose name and shape both have
  double agreement = 0;    // twice `shared` over the number of both, 0 to 1
};

// Every network of the catalogue, what its names once meant included, searchable by what a file
// holds.
class NetworkIndex {
 public:
  // Made at the first call and shared by the whole process; ci/bench times it within inspect.
  static const NetworkIndex& instance();

  NetworkIndex(const NetworkIndex&) = delete;
  NetworkIndex& operator=(const NetworkIndex&) = delete;

  std::span<const Network> all() const { return networks_; }
  // nullptr for a name that is not in the catalogue.
  const Network* find(std::string_view model) const;
  // All networks, the one that agrees best with the tensors first.
  std::vector<RankedNetwork> ranked(std::span<const ParamSpec> tensors) const;

 private:
  NetworkIndex();

  std::vector<Network> networks_;
  // Hash of a tensor's name and shape, index of a network that has it; sorted.
  std::vector<std::pair<std::uint64_t, std::uint32_t>> tensors_;
};

}  // namespace effgate
