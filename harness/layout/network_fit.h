#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/graph/config.h"
#include "harness/graph/graph.h"
#include "harness/layout/compare.h"
#include "harness/layout/naming.h"

namespace effgate {

// Bare tensors (wrapper prefixes taken off) read as one network under the names of one layout.
struct NetworkFit {
  std::string model;  // catalogue name
  Layout layout = Layout::unknown;
  ModelConfig config;                // with the numbers of classes and anchors of the tensors
  std::size_t matched = 0;           // tensors whose name and shape the network has
  std::vector<std::string> missing;  // effdet's names; of a backbone layout the backbone's only
  std::vector<ShapeMismatch> mismatched;  // names as given
  std::vector<std::string> unexpected;    // names as given

  // Every tensor of the network is there. Others may be, too.
  bool complete() const { return missing.empty() && mismatched.empty(); }
  std::size_t faults() const { return missing.size() + mismatched.size() + unexpected.size(); }
};

// An error of kind refused where the layout does not cover the model.
Result<NetworkFit> fit_network(std::span<const ParamSpec> tensors, const std::string& model,
                               Layout layout);

// The network, of those that the recognised layout covers, with the fewest faults, the nearest of
// equals; for effdet the two explicit orders of head norms are tried as well. `model` ("" for any)
// leaves only that one. nullopt where no layout is recognised or it does not cover the model.
std::optional<NetworkFit> best_fit(std::span<const ParamSpec> tensors, std::string_view model);

// "lacks 2 tensors (a, b), has 1 of another shape (c), has 3 more (d, e, f)"; "" without faults.
std::string describe_faults(const NetworkFit& fit);

}  // namespace effgate
