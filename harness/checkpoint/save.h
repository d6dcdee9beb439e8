#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/dtype.h"
#include "harness/base/result.h"
#include "harness/checkpoint/checkpoint.h"

namespace effgate {

// A tensor to write: row-major without gaps, little-endian. The bytes are borrowed.
struct TensorToSave {
  std::string name;
  DType dtype = DType::float32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> data;
};

// The tensor of a checkpoint; one that is strided cannot be borrowed and is an error of kind
// unsupported (see values.h for a contiguous copy).
Result<TensorToSave> borrowed(const TensorEntry& tensor);

struct ZipSaveOptions {
  // A plain dict, as torch::pickle_load reads it, instead of the OrderedDict with `_metadata`
  // that state_dict() returns.
  bool plain_dict = false;
  // `_metadata`: module path → version. Unset derives it from the names as Python would for the
  // modules that own tensors: BatchNorm has version 2, everything else 1. Empty writes none.
  std::optional<std::vector<std::pair<std::string, std::int64_t>>> module_versions;
};

// Writes what Python's torch.load(weights_only=True) reads, beside the target first; reads it back
// with every checksum and compares names, dtypes, shapes and bytes before it replaces the target.
Status save_zip(const std::filesystem::path& path, std::span<const TensorToSave> tensors,
                const ZipSaveOptions& options = {});

// The same as a safetensors file; `metadata` becomes `__metadata__`.
Status save_safetensors(const std::filesystem::path& path, std::span<const TensorToSave> tensors,
                        std::span<const std::pair<std::string, std::string>> metadata = {});

}  // namespace effgate
