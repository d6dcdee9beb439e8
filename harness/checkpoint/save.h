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

// How a state dict is pickled, in a zip or in the stream format.
struct StateDictOptions {
  // A plain dict, as torch::pickle_load reads it, instead of the OrderedDict with `_metadata`
  // that state_dict() returns.
  bool plain_dict = false;
  // `_metadata`: module path → version. Unset derives it from the names as Python would for the
  // modules that own tensors: BatchNorm has version 2, everything else 1. Empty writes none.
  std::optional<std::vector<std::pair<std::string, std::int64_t>>> module_versions;
};

// Every function below writes beside the target first, reads that back with every checksum and
// compares names, dtypes, shapes and bytes before it replaces the target.

// What Python's torch.load(weights_only=True) reads.
Status save_zip(const std::filesystem::path& path, std::span<const TensorToSave> tensors,
                const StateDictOptions& options = {});

// The same in the stream format that torch wrote by default before 1.6.
Status save_legacy(const std::filesystem::path& path, std::span<const TensorToSave> tensors,
                   const StateDictOptions& options = {});

// The module archive that C++ torch::save writes, for torch::load and InputArchive. An error of
// kind unsupported is what such an archive cannot hold: see module_archive.h.
Status save_torch_archive(const std::filesystem::path& path, std::span<const TensorToSave> tensors);

// `metadata` becomes `__metadata__`.
Status save_safetensors(const std::filesystem::path& path, std::span<const TensorToSave> tensors,
                        std::span<const std::pair<std::string, std::string>> metadata = {});

// One of the four by its container; any other is a usage error.
Status save_checkpoint(const std::filesystem::path& path, Container container,
                       std::span<const TensorToSave> tensors, const StateDictOptions& options = {});

}  // namespace effgate
