#include "harness/layout/own_schema.h"

#include <cassert>
#include <string>

#include "harness/layout/module_order.h"

namespace effgate {

Layout own_layout(const ModelConfig& model) {
  switch (model.implementation) {
    case Implementation::effdet: return Layout::effdet;
    case Implementation::zylo: return Layout::zylo;
    case Implementation::mmdet: return Layout::mmdet;
  }
  return Layout::unknown;
}

std::vector<ParamSpec> own_schema(const ModelConfig& model, const ModelOverrides& overrides) {
  std::vector<ParamSpec> schema = state_dict_schema(model, overrides);
  const Layout layout = own_layout(model);
  if (layout == Layout::effdet) return schema;
  std::vector<std::string> names;
  for (const ParamSpec& param : schema) names.push_back(param.name);
  const auto translation = translate(names, model, Layout::effdet, layout);
  assert(translation.ok() && translation->renamed.size() == schema.size());
  for (std::size_t i = 0; i < schema.size(); ++i) schema[i].name = translation->renamed[i].to;
  for (const SuppliedTensor& supplied : translation->supplied) schema.push_back(supplied.param);
  return in_module_order(layout, std::move(schema));
}

}  // namespace effgate
