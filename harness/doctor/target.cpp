#include "harness/doctor/target.h"

#include "harness/graph/catalogue.h"
#include "harness/layout/own_schema.h"

namespace effgate {

Result<Target> find_target(const std::string& model, const NetworkIndex& networks) {
  EFFGATE_ASSIGN(const std::string name, resolve_model_name(model));
  EFFGATE_ASSIGN(ModelConfig config, find_model(name));
  const Network* network = networks.find(std::string_view(name).substr(name.find(':') + 1));
  if (network == nullptr)
    return Error{ErrorKind::bug, "the index of networks lacks the catalogue's " + name};
  const std::string module =
      config.implementation == Implementation::zylo ? "EfficientDetBackbone" : "EfficientDet";
  const Layout layout = own_layout(config);
  std::vector<ParamSpec> schema = layout == Layout::effdet ? network->schema : own_schema(config);
  return Target{name, module, network, std::move(config), layout, std::move(schema)};
}

}  // namespace effgate
