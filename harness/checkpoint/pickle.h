#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "harness/base/result.h"
#include "harness/checkpoint/pickle_tree.h"

namespace effgate {

// The most memory that one pickle may take as a tree; a state dict of 10000 tensors takes 10 MB.
// It is looked at every few hundred opcodes, so a tree may take some kilobytes more.
inline constexpr std::size_t kPickleMemoryLimit = std::size_t{40} << 20;

// What reading one pickle gave. `tree` holds everything up to the place of an error, since an
// unpickler would have done all of that too by then.
struct Unpickled {
  PickleTree tree;
  NodeId root = kNoNode;
  std::size_t bytes_read = 0;  // up to and with STOP
  std::optional<Error> error;  // truncated, malformed, or unsupported where a limit is passed
};

// Reads one pickle of protocol 0 to 5 from the front of `bytes` into a tree. Calls nothing, imports
// nothing and recurses nowhere; extension registries and out-of-band buffers are refused.
Unpickled read_pickle(std::span<const std::byte> bytes,
                      std::size_t memory_limit = kPickleMemoryLimit);

}  // namespace effgate
