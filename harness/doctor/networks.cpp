#include "harness/doctor/networks.h"

#include <algorithm>

#include "harness/graph/catalogue.h"

namespace effgate {

bool Network::has(std::string_view model) const {
  return std::ranges::find(names, model) != names.end();
}

std::vector<std::string> Network::distinct_names() const {
  std::vector<std::string> distinct;
  for (const std::string& name : names) {
    const bool twin = name.ends_with("_ap") && has(name.substr(0, name.size() - 3));
    if (!twin) distinct.push_back(name);
  }
  return distinct;
}

Networks::Networks() {
  for (const std::string& name : model_names()) {
    const auto config = find_model(name);
    if (!config.ok()) continue;
    std::vector<ParamSpec> schema = state_dict_schema(*config);
    const auto same = std::ranges::find(networks_, schema, &Network::schema);
    if (same != networks_.end()) {
      same->names.push_back(name);
    } else {
      networks_.push_back({{name}, *config, std::move(schema), {}});
    }
  }
  for (Network& network : networks_) {
    for (const ParamSpec& param : network.schema) network.by_name.emplace(param.name, &param);
  }
}

const Network* Networks::find(std::string_view model) const {
  const auto found =
      std::ranges::find_if(networks_, [&](const Network& network) { return network.has(model); });
  return found == networks_.end() ? nullptr : &*found;
}

double agreement(std::span<const ParamSpec> tensors, const Network& network) {
  std::size_t shared = 0;
  for (const ParamSpec& tensor : tensors) {
    const auto param = network.by_name.find(tensor.name);
    if (param != network.by_name.end() && param->second->shape == tensor.shape) ++shared;
  }
  const auto both = static_cast<double>(tensors.size() + network.schema.size());
  return 2.0 * static_cast<double>(shared) / both;
}

}  // namespace effgate
