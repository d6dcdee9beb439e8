#pragma once

#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/layout/naming.h"
#include "harness/layout/network_index.h"

namespace effgate {

// The model that a checkpoint is to be loaded into.
struct Target {
  std::string name;                  // of the catalogue
  std::string module;                // the class of its implementation, as Python's errors name it
  const Network* network = nullptr;  // whose tensors it has, under effdet's names
  ModelConfig config;
  Layout layout = Layout::effdet;  // its implementation's
  std::vector<ParamSpec> schema;   // under its implementation's names, in module order
};

// A usage error for a name that is not in the catalogue.
Result<Target> find_target(const std::string& model, const NetworkIndex& networks);

}  // namespace effgate
