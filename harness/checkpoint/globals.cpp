#include "harness/checkpoint/globals.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <vector>

#include "harness/base/text.h"

namespace effgate {
namespace {

struct Rule {
  std::string_view module;  // pattern
  std::string_view names;   // patterns separated by spaces
  GlobalKind kind;
};

// The first rule that fits counts. Patterns are those of matches_pattern.
constexpr std::array kRules = {
    // torch.storage._load_from_bytes unpickles what it is given, without restriction.
    Rule{"torch.storage", "_load_from_bytes", GlobalKind::code},
    Rule{"torch.storage", "UntypedStorage TypedStorage _TypedStorage _UntypedStorage",
         GlobalKind::tensor},
    Rule{"torch._tensor", "_rebuild_from_type_v2", GlobalKind::rebuilder},
    Rule{"torch._utils",
         "_rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter "
         "_rebuild_parameter_with_state _rebuild_meta_tensor_no_storage _rebuild_sparse_tensor "
         "_rebuild_sparse_csr_tensor _rebuild_qtensor _rebuild_nested_tensor "
         "_rebuild_device_tensor_from_numpy _rebuild_device_tensor_from_cpu_tensor",
         GlobalKind::tensor},
    Rule{"torch",
         "*Storage Size device Tensor float64 float32 float16 bfloat16 float half double int64 "
         "int32 int16 int8 uint8 uint16 uint32 uint64 int long short bool complex32 complex64 "
         "complex128 float8_* q?int* per_* strided sparse_* contiguous_format channels_last* "
         "preserve_format Generator",
         GlobalKind::tensor},
    Rule{"torch.cuda", "*Storage *Tensor", GlobalKind::tensor},
    Rule{"torch.nn.parameter", "Parameter Buffer", GlobalKind::tensor},
    Rule{"torch.serialization", "_get_layout", GlobalKind::tensor},
    Rule{"torch.jit._pickle", "build_* restore_type_tag", GlobalKind::tensor},
    Rule{"torch.version", "TorchVersion", GlobalKind::data},
    Rule{"torch.torch_version", "TorchVersion", GlobalKind::data},
    Rule{"torch.nn.modules.*", "*", GlobalKind::nn_module},
    Rule{"torch.nn.parallel.*", "*", GlobalKind::nn_module},
    Rule{"torchvision.models.*", "*", GlobalKind::nn_module},

    Rule{"copyreg", "_reconstructor __newobj__ __newobj_ex__", GlobalKind::rebuilder},
    Rule{"copy_reg", "_reconstructor __newobj__ __newobj_ex__", GlobalKind::rebuilder},
    Rule{"collections", "OrderedDict defaultdict Counter deque", GlobalKind::data},
    Rule{"builtins",
         "set frozenset list dict tuple int float complex str bytes bytearray bool slice range "
         "object",
         GlobalKind::data},
    Rule{"__builtin__",
         "set frozenset list dict tuple int long float complex str unicode bytes bytearray bool "
         "slice xrange object",
         GlobalKind::data},
    Rule{"_codecs", "encode", GlobalKind::data},
    Rule{"argparse", "Namespace", GlobalKind::data},
    Rule{"types", "SimpleNamespace", GlobalKind::data},
    Rule{"pathlib*", "Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath",
         GlobalKind::data},
    Rule{"datetime", "datetime date time timedelta timezone", GlobalKind::data},
    Rule{"decimal", "Decimal", GlobalKind::data},
    Rule{"fractions", "Fraction", GlobalKind::data},
    Rule{"uuid", "UUID SafeUUID", GlobalKind::data},
    Rule{"numpy",
         "dtype ndarray bool bool_ int8 int16 int32 int64 uint8 uint16 uint32 uint64 intc intp "
         "float16 float32 float64 longdouble complex64 complex128 str_ bytes_ datetime64 "
         "timedelta64",
         GlobalKind::data},
    Rule{"numpy.dtypes", "*DType", GlobalKind::data},
    Rule{"numpy.core.multiarray", "scalar _reconstruct", GlobalKind::data},
    Rule{"numpy._core.multiarray", "scalar _reconstruct", GlobalKind::data},
    Rule{"numpy.core.numeric", "_frombuffer", GlobalKind::data},
    Rule{"numpy._core.numeric", "_frombuffer", GlobalKind::data},
    Rule{"numpy.random._pickle", "__*_ctor", GlobalKind::data},
    Rule{"numpy.random._*", "MT19937 PCG64 Philox SFC64", GlobalKind::data},
    Rule{"omegaconf.*", "DictConfig ListConfig AnyNode *Node ContainerMetadata Metadata",
         GlobalKind::data},
    Rule{"easydict", "EasyDict", GlobalKind::data},
    Rule{"addict.addict", "Dict", GlobalKind::data},
    Rule{"munch*", "Munch DefaultMunch", GlobalKind::data},
    Rule{"yacs.config", "CfgNode", GlobalKind::data},
    Rule{"fvcore.common.config", "CfgNode", GlobalKind::data},
    Rule{"detectron2.config.config", "CfgNode", GlobalKind::data},
    Rule{"mmcv.utils.config", "Config ConfigDict", GlobalKind::data},
    Rule{"mmengine.config.config", "Config ConfigDict", GlobalKind::data},
    Rule{"mmengine.logging.history_buffer", "HistoryBuffer", GlobalKind::data},
    Rule{"ml_collections.*", "ConfigDict FrozenConfigDict", GlobalKind::data},
    Rule{"*lightning*.utilities.parsing", "AttributeDict", GlobalKind::data},
    Rule{"typing", "Any Dict List Optional Tuple Union", GlobalKind::data},

    Rule{"builtins",
         "eval exec compile open input getattr setattr __import__ globals vars "
         "breakpoint",
         GlobalKind::code},
    Rule{"__builtin__",
         "eval execfile compile open file input getattr setattr apply __import__ "
         "globals vars",
         GlobalKind::code},
    Rule{"os", "*", GlobalKind::code},
    Rule{"os.path", "*", GlobalKind::code},
    Rule{"posix", "*", GlobalKind::code},
    Rule{"nt", "*", GlobalKind::code},
    Rule{"sys", "*", GlobalKind::code},
    Rule{"subprocess", "*", GlobalKind::code},
    Rule{"pty", "*", GlobalKind::code},
    Rule{"socket", "*", GlobalKind::code},
    Rule{"shutil", "*", GlobalKind::code},
    Rule{"runpy", "*", GlobalKind::code},
    Rule{"importlib*", "*", GlobalKind::code},
    Rule{"ctypes*", "*", GlobalKind::code},
    Rule{"pickle", "*", GlobalKind::code},
    Rule{"_pickle", "*", GlobalKind::code},
    Rule{"marshal", "*", GlobalKind::code},
    Rule{"webbrowser", "*", GlobalKind::code},
    Rule{"urllib*", "*", GlobalKind::code},
};

bool fits(const Rule& rule, std::string_view module, std::string_view name) {
  if (!matches_pattern(module, rule.module)) return false;
  std::string_view rest = rule.names;
  while (!rest.empty()) {
    const std::size_t space = rest.find(' ');
    if (matches_pattern(name, rest.substr(0, space))) return true;
    rest = space == std::string_view::npos ? "" : rest.substr(space + 1);
  }
  return false;
}

std::string dotted(std::string_view module, std::string_view name) {
  return printable_utf8(std::string(module) + "." + std::string(name));
}

std::string_view package_of(std::string_view module) { return module.substr(0, module.find('.')); }

// Walks every node once: what is unreachable from the root was called all the same.
class Examination {
 public:
  Examination(const PickleTree& tree, bool torch_archive)
      : tree_(tree), torch_archive_(torch_archive), kinds_(tree.size()) {}

  PickleCalls run() {
    find_module_packages();
    for (NodeId id = 0; id < tree_.size(); ++id) {
      if (tree_.is(id, NodeKind::global)) examine_name(id);
      if (tree_.is(id, NodeKind::call)) examine_call(id);
      if (tree_.is(id, NodeKind::persistent)) examine_persistent(id);
    }
    return std::move(calls_);
  }

 private:
  // A text from a pickle may be long and is printed, so only so many and so much of each is kept.
  static constexpr std::size_t kNamesKept = 64;
  static constexpr std::size_t kNameLength = 200;
  static constexpr std::size_t kPackagesKept = 64;

  // Few names are called thousands of times, so each is looked up once.
  GlobalKind kind_of(NodeId id) {
    std::optional<GlobalKind>& kind = kinds_[id];
    if (kind) return *kind;
    const std::string_view module = tree_.module(id);
    const bool archived = torch_archive_ && package_of(module) == "__torch__";
    kind = archived ? GlobalKind::tensor : global_kind(module, tree_.name(id));
    return *kind;
  }

  void keep(std::vector<std::string>& list, NodeId global) {
    std::string name = tree_.is(global, NodeKind::global)
                           ? dotted(tree_.module(global).substr(0, kNameLength),
                                    tree_.name(global).substr(0, kNameLength))
                           : std::string("a computed object");
    if (list.size() < kNamesKept && std::find(list.begin(), list.end(), name) == list.end())
      list.push_back(std::move(name));
  }

  // A pickled torch module is an object whose state has these attributes.
  bool has_module_state(NodeId call) const {
    bool parameters = false;
    bool modules = false;
    bool is_key = true;
    int looked_at = 0;
    for (const NodeId item : tree_.items(tree_.state(call))) {
      if (is_key) {
        parameters = parameters || tree_.text(item) == "_parameters";
        modules = modules || tree_.text(item) == "_modules";
      }
      is_key = !is_key;
      if (++looked_at > 64) break;
    }
    return parameters && modules;
  }

  // Legacy files name a module's class by a persistent id, ("module", class, file, source), that
  // stands for the class wherever it is called.
  NodeId class_of(NodeId id) const {
    const auto fields = tree_.items(tree_.persistent_id(id));
    return tree_.text(fields[0]) == "module" ? fields[1] : id;
  }

  // What a call constructs or calls: its callee, or for a rebuilder what it is given.
  NodeId target_of(NodeId call) {
    const NodeId callee = class_of(tree_.callee(call));
    if (!tree_.is(callee, NodeKind::global) || kind_of(callee) != GlobalKind::rebuilder)
      return callee;
    return class_of(tree_.items(tree_.arguments(call))[0]);
  }

  void find_module_packages() {
    for (NodeId id = 0; id < tree_.size() && module_packages_.size() < kPackagesKept; ++id) {
      if (!tree_.is(id, NodeKind::call)) continue;
      const NodeId target = target_of(id);
      if (!tree_.is(target, NodeKind::global) || kind_of(target) == GlobalKind::code) continue;
      // torch has functions that do anything; its module classes have a kind of their own.
      const std::string_view package = package_of(tree_.module(target));
      if (package != "torch" && (kind_of(target) == GlobalKind::nn_module || has_module_state(id)))
        module_packages_.insert(package);
    }
  }

  void examine_name(NodeId id) {
    if (kind_of(id) == GlobalKind::code) keep(calls_.unsafe, id);
    // Every state dict is an OrderedDict; that says nothing.
    const bool usual = tree_.is_global(id, "collections", "OrderedDict");
    if (kind_of(id) == GlobalKind::data && !usual) keep(calls_.data, id);
  }

  void examine_call(NodeId id) {
    const NodeId callee = class_of(tree_.callee(id));
    examine_callee(callee);
    if (!tree_.is(callee, NodeKind::global) || kind_of(callee) != GlobalKind::rebuilder) return;
    // Both names that a rebuilder gets (class and base, function and type) would be called.
    const auto arguments = tree_.items(tree_.arguments(id));
    examine_callee(class_of(arguments[0]));
    if (tree_.is(arguments[1], NodeKind::global)) examine_callee(arguments[1]);
  }

  void examine_callee(NodeId callee) {
    if (!tree_.is(callee, NodeKind::global)) return keep(calls_.unsafe, callee);
    switch (kind_of(callee)) {
      case GlobalKind::tensor:
      case GlobalKind::data:
      case GlobalKind::rebuilder: return;
      case GlobalKind::code: return keep(calls_.unsafe, callee);
      case GlobalKind::nn_module: return keep(calls_.modules, callee);
      case GlobalKind::unknown: break;
    }
    const bool belongs_to_module = module_packages_.contains(package_of(tree_.module(callee)));
    keep(belongs_to_module ? calls_.modules : calls_.unsafe, callee);
  }

  void examine_persistent(NodeId id) {
    const NodeId named = class_of(id);
    if (named != id && tree_.is(named, NodeKind::global)) keep(calls_.modules, named);
  }

  const PickleTree& tree_;
  bool torch_archive_;
  std::vector<std::optional<GlobalKind>> kinds_;  // by node, of globals
  std::set<std::string_view> module_packages_;
  PickleCalls calls_;
};

}  // namespace

GlobalKind global_kind(std::string_view module, std::string_view name) {
  constexpr std::size_t kLongestKnown = 100;  // and hostile names cost no time
  if (module.size() > kLongestKnown || name.size() > kLongestKnown) return GlobalKind::unknown;
  for (const Rule& rule : kRules) {
    if (fits(rule, module, name)) return rule.kind;
  }
  return GlobalKind::unknown;
}

PickleCalls examine_calls(const PickleTree& tree, bool torch_archive) {
  return Examination(tree, torch_archive).run();
}

}  // namespace effgate
