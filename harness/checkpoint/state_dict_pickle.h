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

// data.pkl of torch.save for a state dict whose tensors have the storages "0", "1", … in order.
std::string state_dict_pickle(std::span<const TensorToSave> tensors, const ZipSaveOptions& options);

// The `_metadata` that Python writes for the modules that own these tensors or contain one that
// does, in module order: 2 for BatchNorm (it owns a running_mean or num_batches_tracked), else 1.
ModuleVersions derived_module_versions(std::span<const TensorToSave> tensors);

}  // namespace effgate
