// The library's own readers and its writer. The only file with torch/csrc headers: they cost as
// much as all others together.

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/csrc/jit/serialization/pickle.h>
#include <torch/nn/module.h>
#include <torch/serialize.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/backend/torch/adapter.h"
#include "harness/backend/torch/handles.h"
#include "harness/backend/torch/tensors.h"

struct effgate_module {
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  std::optional<torch::jit::Module> script;
};

namespace effgate {
namespace {

void require_readable(const char* path) {
  require(path != nullptr, "a null path");
  const std::ifstream file(path, std::ios::binary);
  require(file.good(), "the file cannot be opened");
}

// --- torch::pickle_load ------------------------------------------------------------------------

std::vector<char> whole_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void read_dictionary(const effgate_session& session, const char* path, effgate_module& module) {
  const c10::IValue content = torch::pickle_load(whole_file(path));
  if (!content.isGenericDict()) {
    throw CallError(EFFGATE_REFUSED, "pickle_load gave " + content.tagKind() +
                                         " where a dictionary of tensors was expected");
  }
  for (const auto& entry : content.toGenericDict()) {
    if (!entry.key().isString() || !entry.value().isTensor()) continue;
    module.tensors.emplace_back(entry.key().toStringRef(),
                                entry.value().toTensor().to(session.device));
  }
}

// --- torch::load and torch::save ---------------------------------------------------------------

// A module without code that holds tensors under dotted names, as the modules of a state dict do.
class TensorTree {
 public:
  void add(const std::string& name, const at::Tensor& tensor, bool is_buffer) {
    const size_t dot = name.rfind('.');
    torch::nn::Module& owner = *module_at(dot == std::string::npos ? "" : name.substr(0, dot));
    const std::string last = name.substr(dot == std::string::npos ? 0 : dot + 1);
    if (is_buffer) {
      owner.register_buffer(last, tensor);
    } else {
      owner.register_parameter(last, tensor, /*requires_grad=*/false);
    }
  }

  const std::shared_ptr<torch::nn::Module>& root() const { return root_; }

 private:
  std::shared_ptr<torch::nn::Module> module_at(const std::string& path) {
    if (path.empty()) return root_;
    auto& module = modules_[path];
    if (module) return module;
    const size_t dot = path.rfind('.');
    const auto owner = module_at(dot == std::string::npos ? "" : path.substr(0, dot));
    const std::string last = path.substr(dot == std::string::npos ? 0 : dot + 1);
    return modules_[path] = owner->register_module(last, std::make_shared<torch::nn::Module>());
  }

  std::shared_ptr<torch::nn::Module> root_ = std::make_shared<torch::nn::Module>();
  std::unordered_map<std::string, std::shared_ptr<torch::nn::Module>> modules_;
};

at::Tensor placeholder(const effgate_param& param) {
  require(param.name != nullptr, "a parameter without a name");
  require(param.shape.rank >= 0 && param.shape.rank <= EFFGATE_MAX_RANK, "a rank out of range");
  const at::IntArrayRef dims(param.shape.dims, static_cast<size_t>(param.shape.rank));
  return at::empty(dims, at::TensorOptions().dtype(scalar_type_of(param.dtype)));
}

void read_archive(const effgate_session& session, const char* path, const effgate_param* params,
                  size_t count, effgate_module& module) {
  require(params != nullptr && count > 0, "no parameters to make a module of");
  TensorTree tree;
  for (size_t i = 0; i < count; ++i) {
    tree.add(params[i].name, placeholder(params[i]), params[i].is_buffer != 0);
  }
  std::shared_ptr<torch::nn::Module> root = tree.root();
  torch::load(root, std::string(path));
  auto tensors = root->named_parameters();
  tensors.update(root->named_buffers());
  for (size_t i = 0; i < count; ++i) {
    module.tensors.emplace_back(params[i].name, tensors[params[i].name].to(session.device));
  }
}

effgate_code save_archive(effgate_session* session, const char* path, const char* const* names,
                          const effgate_tensor* const* tensors, size_t count, effgate_text error) {
  return guarded(error, [&] {
    uncaptured(session);
    require(path != nullptr && names != nullptr && tensors != nullptr, "a null path or list");
    TensorTree tree;
    for (size_t i = 0; i < count; ++i) {
      require(names[i] != nullptr, "a tensor without a name");
      const at::Tensor tensor = value_of(tensors[i]).to(c10::kCPU).contiguous();
      tree.add(names[i], tensor, /*is_buffer=*/!tensor.is_floating_point());
    }
    torch::save(tree.root(), std::string(path));
  });
}

// --- torch::jit::load --------------------------------------------------------------------------

void read_script(const effgate_session& session, const char* path, effgate_module& module) {
  module.script = torch::jit::load(std::string(path), session.device);
  module.script->eval();
  for (const auto& parameter : module.script->named_parameters()) {
    module.tensors.emplace_back(parameter.name, parameter.value);
  }
  for (const auto& buffer : module.script->named_buffers()) {
    module.tensors.emplace_back(buffer.name, buffer.value);
  }
}

// Tensors of a result, in order, through tuples, lists and the values of dictionaries.
void collect_tensors(const c10::IValue& value, std::vector<at::Tensor>& into) {
  if (value.isTensor()) {
    into.push_back(value.toTensor());
  } else if (value.isTuple()) {
    for (const c10::IValue& element : value.toTupleRef().elements()) collect_tensors(element, into);
  } else if (value.isList()) {
    for (const c10::IValue& element : value.toListRef()) collect_tensors(element, into);
  } else if (value.isGenericDict()) {
    for (const auto& entry : value.toGenericDict()) collect_tensors(entry.value(), into);
  }
}

effgate_code module_forward(effgate_session* session, effgate_module* module,
                            const effgate_tensor* input, effgate_tensor** outs, size_t capacity,
                            size_t* count, effgate_text error) {
  return guarded(error, [&] {
    session_of(session);
    require(module != nullptr && outs != nullptr && count != nullptr, "a null module or result");
    require(module->script.has_value(), "a module without code");
    std::vector<at::Tensor> results;
    collect_tensors(module->script->forward({value_of(input)}), results);
    require(results.size() <= capacity, "forward gives more tensors than there is room for");
    std::vector<std::unique_ptr<effgate_tensor>> made;
    for (const at::Tensor& result : results) made.emplace_back(give_tensor(result));
    for (size_t i = 0; i < made.size(); ++i) outs[i] = give(std::move(made[i]));
    *count = made.size();
  });
}

// --- the table ---------------------------------------------------------------------------------

effgate_code load_library_file(effgate_session* session, effgate_loader loader, const char* path,
                               const effgate_param* params, size_t param_count,
                               effgate_module** out, effgate_text error) {
  const auto load = [&] {
    const effgate_session& open = uncaptured(session);
    require(out != nullptr, "no place for the module");
    require_readable(path);
    auto module = std::make_unique<effgate_module>();
    switch (loader) {
      case EFFGATE_PICKLE_LOAD: read_dictionary(open, path, *module); break;
      case EFFGATE_ARCHIVE_LOAD: read_archive(open, path, params, param_count, *module); break;
      case EFFGATE_TORCHSCRIPT: read_script(open, path, *module); break;
      default: throw CallError(EFFGATE_UNSUPPORTED, "no such loader");
    }
    *out = give(std::move(module));
  };
  return guarded(error, load, Calling::loader);
}

size_t module_tensor_count(const effgate_module* module) {
  return module == nullptr ? 0 : module->tensors.size();
}

effgate_code module_tensor(effgate_session* session, const effgate_module* module, size_t index,
                           const char** name, effgate_tensor** out, effgate_text error) {
  return guarded(error, [&] {
    session_of(session);
    require(module != nullptr && name != nullptr && out != nullptr, "a null module or result");
    require(index < module->tensors.size(), "no tensor of that index");
    *out = give_tensor(module->tensors[index].second);
    *name = module->tensors[index].first.c_str();
  });
}

}  // namespace

void add_loaders(effgate_backend& table) {
  table.load_library_file = load_library_file;
  table.module_tensor_count = module_tensor_count;
  table.module_tensor = module_tensor;
  table.module_forward = module_forward;
  table.module_free = take_back<effgate_module>;
  table.save_archive = save_archive;
}

}  // namespace effgate
