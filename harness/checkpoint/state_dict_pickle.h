#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/dtype.h"
#include "harness/checkpoint/save.h"

namespace effgate {

using ModuleVersions = std::vector<std::pair<std::string, std::int64_t>>;

// The two ways in which torch.save names a storage in a pickle: ("storage", class, key, location,
// element count), and in its stream format a sixth field, the view of a larger storage (None).
enum class StorageNaming { zip, legacy };

// The pickle of torch.save for a state dict whose tensors have the storages of storage_key(0),
// storage_key(1), … in order.
std::string state_dict_pickle(std::span<const TensorToSave> tensors,
                              const StateDictOptions& options,
                              StorageNaming naming = StorageNaming::zip);

// "0", "1", … in a zip; in the stream format, which sorts keys as text, of equal length.
std::string storage_key(std::size_t place, StorageNaming naming);

// Storage class of a dtype; "" where torch stores untyped bytes and names the dtype apart.
std::string_view storage_class(DType dtype);

// Elements of a tensor's storage as its class counts them; bytes where it has no class.
std::int64_t storage_elements(const TensorToSave& tensor);

// The `_metadata` that Python writes for the modules that own these tensors or contain one that
// does, in module order: 2 for BatchNorm (it owns a running_mean or num_batches_tracked), else 1.
ModuleVersions derived_module_versions(std::span<const TensorToSave> tensors);

}  // namespace effgate
