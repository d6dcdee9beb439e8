#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "harness/checkpoint/checkpoint.h"
#include "harness/doctor/repair.h"
#include "harness/layout/compare.h"
#include "harness/layout/network_index.h"

namespace effgate {

// A state dict under repair: its tensors under the names that they have so far.
class RepairBench {
 public:
  RepairBench(const Checkpoint& checkpoint, const Network& target, const NetworkIndex& networks);

  const Checkpoint& checkpoint() const { return checkpoint_; }
  const Network& target() const { return target_; }
  const NetworkIndex& networks() const { return networks_; }

  std::vector<std::string> names() const;
  std::vector<ParamSpec> specs() const;
  // nullptr where there is none of that name; valid until the next change.
  RepairedTensor* find(std::string_view name);
  std::vector<RepairedTensor>& tensors() { return tensors_; }

  // What strict loading into the target would say of the tensors as they are now.
  Comparison remaining() const;

  // Takes out the tensors of these present names; gives the file's names for them.
  std::vector<std::string> drop(const std::vector<std::string>& names);
  // Gives a tensor bytes of its own, or adds it.
  void make(const ParamSpec& param, std::vector<std::byte> bytes);
  // The same values in another dtype; the tensor keeps its source.
  void recast(RepairedTensor& tensor, DType dtype, std::vector<std::byte> bytes);

  // The tensors in the target's order.
  Repair finish() &&;

 private:
  const Checkpoint& checkpoint_;
  const Network& target_;
  const NetworkIndex& networks_;
  std::vector<RepairedTensor> tensors_;
  std::deque<std::vector<std::byte>> bytes_;
};

}  // namespace effgate
