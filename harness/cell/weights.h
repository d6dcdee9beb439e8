#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "harness/backend/executor.h"
#include "harness/base/result.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/layout/naming.h"

namespace effgate {

// The tensors of a state dict as a network asks for them. Their bytes stay where they are as long
// as the object lives, moves included.
class Weights {
 public:
  explicit Weights(Checkpoint checkpoint);
  // Tensors whose bytes lie in `storage`; what a library's own loader gave.
  Weights(std::vector<TensorEntry> tensors, std::deque<std::vector<std::byte>> storage);

  // Gives tensors the names that a network asks for; those of other names are not kept.
  void rename(std::span<const RenamedTensor> names);

  // The stored bytes where they are contiguous in `dtype` already; otherwise converted, once.
  Result<std::span<const std::byte>> bytes(const std::string& name, DType dtype);
  ParamSource source();

 private:
  void index(const std::vector<TensorEntry>& tensors);

  std::optional<Checkpoint> checkpoint_;
  std::deque<std::vector<std::byte>> storage_;
  std::unordered_map<std::string, TensorEntry> tensors_;
};

}  // namespace effgate
