#include "harness/doctor/repair/repair_draft.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "harness/checkpoint/values.h"

namespace effgate {

RepairDraft::RepairDraft(const Checkpoint& checkpoint, const Target& target,
                         const NetworkIndex& networks)
    : checkpoint_(checkpoint), target_(target), networks_(networks) {
  for (const TensorEntry& entry : checkpoint.tensors()) {
    std::span<const std::byte> data = entry.data;
    if (!entry.contiguous) data = bytes_.emplace_back(contiguous_bytes(entry));
    tensors_.push_back({{entry.name, entry.dtype, entry.shape, data}, &entry});
  }
}

std::vector<std::string> RepairDraft::names() const {
  std::vector<std::string> names;
  names.reserve(tensors_.size());
  for (const RepairedTensor& one : tensors_) names.push_back(one.tensor.name);
  return names;
}

std::vector<ParamSpec> RepairDraft::specs() const {
  std::vector<ParamSpec> specs;
  specs.reserve(tensors_.size());
  for (const RepairedTensor& one : tensors_)
    specs.push_back({one.tensor.name, one.tensor.shape, one.tensor.dtype});
  return specs;
}

RepairedTensor* RepairDraft::find(std::string_view name) {
  const auto found = std::ranges::find_if(
      tensors_, [&](const RepairedTensor& one) { return one.tensor.name == name; });
  return found == tensors_.end() ? nullptr : &*found;
}

Comparison RepairDraft::remaining() const {
  StoredState state;
  state.tensors = specs();
  return compare_strictly(state, wanted());
}

void RepairDraft::set_aside(const std::vector<std::string>& names) {
  came_with_own_names_ = true;
  const std::unordered_set<std::string_view> chosen(names.begin(), names.end());
  for (const RepairedTensor& one : tensors_)
    if (chosen.contains(one.tensor.name)) aside_.push_back(one);
  drop(names);
}

void RepairDraft::take_own_names(const std::vector<RenamedTensor>& renamed) {
  has_own_names_ = true;
  for (const auto& [from, to] : renamed) own_names_.emplace(from, to);
  for (RepairedTensor& one : tensors_) one.tensor.name = own_name(one.tensor.name);
  tensors_.insert(tensors_.end(), aside_.begin(), aside_.end());
  aside_.clear();
}

const std::string& RepairDraft::own_name(const std::string& effdets) const {
  const auto own = own_names_.find(effdets);
  return own == own_names_.end() ? effdets : own->second;
}

std::vector<std::string> RepairDraft::drop(const std::vector<std::string>& names) {
  const std::unordered_set<std::string_view> gone(names.begin(), names.end());
  std::vector<std::string> dropped;
  std::erase_if(tensors_, [&](const RepairedTensor& one) {
    if (!gone.contains(one.tensor.name)) return false;
    if (one.source != nullptr) dropped.push_back(one.source->name);
    return true;
  });
  return dropped;
}

void RepairDraft::make(const ParamSpec& param, std::vector<std::byte> bytes) {
  const auto& kept = bytes_.emplace_back(std::move(bytes));
  const RepairedTensor made{{param.name, param.dtype, param.shape, kept}, nullptr};
  if (RepairedTensor* present = find(param.name)) {
    *present = made;
  } else {
    tensors_.push_back(made);
  }
}

void RepairDraft::recast(RepairedTensor& tensor, DType dtype, std::vector<std::byte> bytes) {
  tensor.tensor.dtype = dtype;
  tensor.tensor.data = bytes_.emplace_back(std::move(bytes));
}

Repair RepairDraft::finish() && {
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < target_.schema.size(); ++i) places.emplace(target_.schema[i].name, i);
  std::ranges::sort(tensors_, {}, [&](const RepairedTensor& one) {
    const auto place = places.find(one.tensor.name);
    return place == places.end() ? places.size() : place->second;
  });
  Repair repair;
  repair.tensors = std::move(tensors_);
  repair.bytes = std::move(bytes_);
  return repair;
}

}  // namespace effgate
