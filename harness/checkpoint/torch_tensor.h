#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "harness/base/dtype.h"
#include "harness/base/result.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/checkpoint/pickle_tree.h"

namespace effgate {

// What a persistent id says: ("storage", class, key, location, element count[, view]).
struct StorageId {
  std::string_view key;
  std::optional<DType> dtype;  // unset for untyped storages, which count bytes
  std::uint64_t bytes = 0;
  // Legacy files may name a part of a larger storage.
  std::uint64_t view_offset = 0;  // in bytes
  std::optional<std::uint64_t> view_bytes;
};
// `persistent` is a persistent node; anything else is an error of kind malformed.
Result<StorageId> storage_id(const PickleTree& tree, NodeId persistent);

// All bytes of the storage with that key, or an error.
using StorageSource = std::function<Result<std::span<const std::byte>>(const StorageId&)>;

// Whether the node is a call that rebuilds a tensor (of any kind, also those that read_tensor
// refuses).
bool is_tensor(const PickleTree& tree, NodeId id);

// The tensor that a call describes, without a name. Every reachable element lies inside its
// storage. Error kinds: malformed where that does not hold, unsupported for tensors that are no
// plain array (sparse, meta, quantized, of an unknown dtype).
Result<TensorEntry> read_tensor(const PickleTree& tree, NodeId id, const StorageSource& source);

// Fills in `bytes`, `contiguous` and `data` from dtype, shape and strides: `data` is the part of
// `storage` from byte `offset` on that they reach. An error where they reach beyond it.
Status place_in_storage(TensorEntry& tensor, std::span<const std::byte> storage,
                        std::uint64_t offset);

// The product, or nothing where it overflows 64 bits or a factor is negative.
std::optional<std::uint64_t> checked_product(std::span<const std::int64_t> factors);

// Row-major strides in elements.
std::vector<std::int64_t> row_major_strides(std::span<const std::int64_t> shape);

}  // namespace effgate
