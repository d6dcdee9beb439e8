#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/checkpoint/save.h"

namespace effgate {

// The declaration of one module class, in a record below code/.
struct ArchivedCode {
  std::string path;  // "__torch__/___torch_mangle_0.py"
  std::string text;
};

// The records of a module archive that depend on names: what C++ torch::save writes for a module
// whose submodules and tensors have the dotted names. Of each module the parameters come first,
// then the buffers, then the submodules; every module has a class of its own.
struct ModuleArchive {
  std::vector<std::size_t> storages;  // data/0, data/1, …: indices of the tensors
  std::string pickle;                 // data.pkl
  std::vector<ArchivedCode> code;
};

// Kind unsupported: a dtype that has no storage class, a name that is tensor and module at once,
// that the archive's language cannot spell or that has more than 64 parts.
Result<ModuleArchive> module_archive(std::span<const TensorToSave> tensors);

}  // namespace effgate
