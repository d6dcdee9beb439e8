#include "harness/checkpoint/module_archive.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "harness/base/text.h"
#include "harness/checkpoint/pickle_writer.h"
#include "harness/checkpoint/state_dict_pickle.h"
#include "harness/checkpoint/torch_tensor.h"

namespace effgate {
namespace {

using std::string_view;

// A module under construction; the first is the root.
struct Module {
  std::vector<std::size_t> parameters;  // indices of tensors
  std::vector<std::size_t> buffers;
  std::vector<std::pair<std::string, std::size_t>> submodules;  // name, index of the module
};

string_view last_part(string_view name) { return name.substr(name.rfind('.') + 1); }

bool is_buffer(const TensorToSave& tensor) {
  const string_view last = last_part(tensor.name);
  return !is_floating(tensor.dtype) || last == "running_mean" || last == "running_var";
}

// Far deeper than any network; what builds and reads an archive recurses.
constexpr std::size_t kDeepest = 64;

// Attribute names stand in quotes where they are no identifiers.
bool can_be_spelled(string_view part) {
  return !part.empty() && std::ranges::all_of(part, [](char c) {
    return c > ' ' && c <= '~' && c != '"' && c != '\\';
  });
}

bool is_identifier(string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return is_letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

class ModuleTree {
 public:
  static Result<ModuleTree> grow(std::span<const TensorToSave> tensors) {
    ModuleTree tree;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const auto parts = split(tensors[i].name, '.');
      if (parts.size() > kDeepest || !std::ranges::all_of(parts, can_be_spelled) ||
          storage_class(tensors[i].dtype).empty())
        return Error{ErrorKind::unsupported,
                     fmt::format("a LibTorch archive cannot hold tensor {} of dtype {}",
                                 printable_utf8(tensors[i].name), to_string(tensors[i].dtype))};
      Module& owner = tree.modules_[tree.owner_of(tensors[i].name)];
      (is_buffer(tensors[i]) ? owner.buffers : owner.parameters).push_back(i);
    }
    for (const TensorToSave& tensor : tensors) {
      if (tree.places_.contains(tensor.name))
        return Error{ErrorKind::unsupported,
                     fmt::format("a LibTorch archive cannot hold {} as a tensor and as a module",
                                 tensor.name)};
    }
    return tree;
  }

  const Module& operator[](std::size_t index) const { return modules_[index]; }

 private:
  std::size_t owner_of(string_view name) {
    const std::size_t dot = name.rfind('.');
    return dot == string_view::npos ? 0 : module_at(name.substr(0, dot));
  }
  std::size_t module_at(string_view path) {
    if (const auto at = places_.find(std::string(path)); at != places_.end()) return at->second;
    const std::size_t owner = owner_of(path);
    const std::size_t place = modules_.size();
    modules_.emplace_back();
    modules_[owner].submodules.emplace_back(last_part(path), place);
    places_.emplace(path, place);
    return place;
  }

  std::vector<Module> modules_ = std::vector<Module>(1);
  std::unordered_map<std::string, std::size_t> places_;  // by path
};

// Writes as LibTorch's own pickler does: tuples always have marks and only strings, globals,
// storages and tensors have memo numbers, each of which is recalled by its value.
class ArchiveWriter {
 public:
  explicit ArchiveWriter(std::span<const TensorToSave> tensors, const ModuleTree& tree)
      : tensors_(tensors), tree_(tree) {}

  ModuleArchive finish() && {
    write_module(0);
    pickle_.memoize();
    archive_.pickle = pickle_.finish();
    return std::move(archive_);
  }

 private:
  static constexpr char kTuple = 't', kEmptyDict = '}', kReduce = 'R', kNewObject = '\x81';

  // Recurses once a dot of a name. Gives the class.
  std::string write_module(std::size_t index) {
    const Module& module = tree_[index];
    const std::size_t number = archive_.code.size();
    const std::string scope =
        number == 0 ? "__torch__" : fmt::format("__torch__.___torch_mangle_{}", number - 1);
    archive_.code.push_back({path_of(scope), ""});
    pickle_.global(scope, "Module");
    pickle_.empty_tuple();
    pickle_.opcode(kNewObject);
    pickle_.opcode(kEmptyDict);
    pickle_.mark();
    std::string attributes;
    for (const auto* list : {&module.parameters, &module.buffers}) {
      for (const std::size_t tensor : *list) {
        const string_view name = last_part(tensors_[tensor].name);
        pickle_.shared_text(name);
        write_tensor(tensor);
        declare(attributes, name, "Tensor");
      }
    }
    for (const auto& [name, submodule] : module.submodules) {
      pickle_.shared_text(name);
      declare(attributes, name, write_module(submodule));
    }
    pickle_.set_items();
    pickle_.build();
    archive_.code[number].text =
        "class Module(Module):\n  __parameters__ = " + name_list(module.parameters) +
        "\n  __buffers__ = " + name_list(module.buffers) + "\n" + attributes;
    return scope + ".Module";
  }

  void write_tensor(std::size_t index) {
    const TensorToSave& tensor = tensors_[index];
    pickle_.global("torch._utils", "_rebuild_tensor_v2");
    pickle_.mark();
    pickle_.mark();
    pickle_.shared_text("storage");
    pickle_.global("torch", storage_class(tensor.dtype));
    pickle_.shared_text(std::to_string(archive_.storages.size()));
    pickle_.shared_text("cpu");
    pickle_.integer(storage_elements(tensor));
    pickle_.opcode(kTuple);
    pickle_.persistent_id();
    pickle_.memoize();
    pickle_.integer(0);
    write_integers(tensor.shape);
    write_integers(row_major_strides(tensor.shape));
    pickle_.boolean(false);
    pickle_.global("collections", "OrderedDict");
    pickle_.empty_tuple();
    pickle_.opcode(kReduce);
    pickle_.opcode(kTuple);
    pickle_.opcode(kReduce);
    pickle_.memoize();
    archive_.storages.push_back(index);
  }

  void write_integers(std::span<const std::int64_t> values) {
    pickle_.mark();
    for (const std::int64_t value : values) pickle_.integer(value);
    pickle_.opcode(kTuple);
  }

  std::string name_list(std::span<const std::size_t> tensors) const {
    std::string list = "[";
    for (const std::size_t index : tensors)
      list += fmt::format("\"{}\", ", last_part(tensors_[index].name));
    return list + "]";
  }

  static void declare(std::string& attributes, string_view name, string_view type) {
    if (is_identifier(name)) {
      attributes += fmt::format("  {} : {}\n", name, type);
      return;
    }
    if (attributes.empty()) attributes += "  __annotations__ = []\n";
    attributes += fmt::format("  __annotations__[\"{}\"] = {}\n", name, type);
  }

  static std::string path_of(std::string scope) {
    std::ranges::replace(scope, '.', '/');
    return scope + ".py";
  }

  std::span<const TensorToSave> tensors_;
  const ModuleTree& tree_;
  PickleWriter pickle_;
  ModuleArchive archive_;
};

}  // namespace

Result<ModuleArchive> module_archive(std::span<const TensorToSave> tensors) {
  EFFGATE_ASSIGN(const ModuleTree tree, ModuleTree::grow(tensors));
  return ArchiveWriter(tensors, tree).finish();
}

}  // namespace effgate
