#include "harness/doctor/target.h"

#include "harness/graph/catalogue.h"

namespace effgate {

Result<Target> find_target(const std::string& model, const NetworkIndex& networks) {
  EFFGATE_ASSIGN(const std::string name, resolve_model_name(model));
  EFFGATE_ASSIGN(ModelConfig config, find_model(name));
  const Network* network = networks.find(std::string_view(name).substr(name.find(':') + 1));
  if (network == nullptr)
    return Error{ErrorKind::bug, "the index of networks lacks the catalogue's " + name};
  return Target{name, "EfficientDet", network, std::move(config), Layout::effdet, network->schema};
}

}  // namespace effgate
