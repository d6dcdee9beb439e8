#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/checkpoint/pickle_tree.h"

namespace effgate {

// What a name in a pickle stands for.
enum class GlobalKind : std::uint8_t {
  tensor,     // torch's own: rebuilds a tensor, or names a storage, a dtype, a size
  data,       // a class of mere data: argparse.Namespace, a NumPy scalar, a path
  rebuilder,  // calls or constructs what its first argument names (copyreg._reconstructor)
  nn_module,  // a torch.nn module class
  code,       // runs what it is given: os.system, builtins.eval
  unknown,    // some program's own class or function
};
GlobalKind global_kind(std::string_view module, std::string_view name);

// What unpickling would import and call, told from the tree alone. Names are "module.name", each
// once, in file order.
struct PickleCalls {
  std::vector<std::string> unsafe;   // would be called, and could do anything
  std::vector<std::string> modules;  // classes of pickled torch modules and of what they hold
  std::vector<std::string> data;     // inert
};

// `torch_archive`: names below `__torch__` are then descriptions inside the archive.
PickleCalls examine_calls(const PickleTree& tree, bool torch_archive);

}  // namespace effgate
