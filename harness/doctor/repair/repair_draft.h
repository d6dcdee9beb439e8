#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/checkpoint/checkpoint.h"
#include "harness/doctor/repair/repair.h"
#include "harness/doctor/target.h"
#include "harness/layout/compare.h"
#include "harness/layout/naming.h"
#include "harness/layout/network_index.h"

namespace effgate {

// A state dict under repair: its tensors under the names that they have so far. It is worked on
// under effdet's names, and takes those of the target's implementation at the end.
class RepairDraft {
 public:
  RepairDraft(const Checkpoint& checkpoint, const Target& target, const NetworkIndex& networks);

  const Checkpoint& checkpoint() const { return checkpoint_; }
  const Target& target() const { return target_; }
  const NetworkIndex& networks() const { return networks_; }
  // The target's tensors under the names that are worked with.
  const std::vector<ParamSpec>& wanted() const {
    return has_own_names_ ? target_.schema : target_.network->schema;
  }

  std::vector<std::string> names() const;
  std::vector<ParamSpec> specs() const;
  // nullptr where there is none of that name; valid until the next change.
  RepairedTensor* find(std::string_view name);
  std::vector<RepairedTensor>& tensors() { return tensors_; }

  // What strict loading into the target would say of the tensors as they are now.
  Comparison remaining() const;

  // Sets tensors aside for which only the target's implementation has names, and which it never
  // reads: the file is one of its own.
  void set_aside(const std::vector<std::string>& names);
  bool came_with_own_names() const { return came_with_own_names_; }
  // Gives the tensors the names of the target's implementation; what was set aside is back.
  void take_own_names(const std::vector<RenamedTensor>& renamed);
  // What a tensor of the target is called by its implementation.
  const std::string& own_name(const std::string& effdets) const;

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
  const Target& target_;
  const NetworkIndex& networks_;
  std::vector<RepairedTensor> tensors_, aside_;
  bool came_with_own_names_ = false, has_own_names_ = false;
  std::unordered_map<std::string, std::string> own_names_;  // by effdet's; empty where they are
  std::deque<std::vector<std::byte>> bytes_;
};

}  // namespace effgate
