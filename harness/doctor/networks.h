#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/graph/config.h"
#include "harness/graph/graph.h"

namespace effgate {

// Catalogue entries that share one state-dict schema.
struct Network {
  std::vector<std::string> names;  // in catalogue order
  ModelConfig config;              // of the first name
  std::vector<ParamSpec> schema;
  std::unordered_map<std::string_view, const ParamSpec*> by_name;  // into `schema`

  bool has(std::string_view model) const;
  // The names without those that differ from another only in preprocessing (_ap).
  std::vector<std::string> distinct_names() const;
};

// Every network of the catalogue; made once and handed down.
class Networks {
 public:
  Networks();
  std::span<const Network> all() const { return networks_; }
  // nullptr for a name that is not in the catalogue.
  const Network* find(std::string_view model) const;

 private:
  std::vector<Network> networks_;
};

// Twice the tensors whose name and shape both sides share, over the number of both.
double agreement(std::span<const ParamSpec> tensors, const Network& network);

}  // namespace effgate
