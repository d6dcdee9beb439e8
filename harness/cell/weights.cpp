#include "harness/cell/weights.h"

#include <utility>

#include "harness/checkpoint/values.h"

namespace effgate {

Weights::Weights(Checkpoint checkpoint) : checkpoint_(std::move(checkpoint)) {
  index(checkpoint_->tensors());
}

Weights::Weights(std::vector<TensorEntry> tensors, std::deque<std::vector<std::byte>> storage)
    : storage_(std::move(storage)) {
  index(tensors);
}

void Weights::index(const std::vector<TensorEntry>& tensors) {
  for (const TensorEntry& tensor : tensors) tensors_.emplace(tensor.name, tensor);
}

void Weights::rename(std::span<const RenamedTensor> names) {
  std::unordered_map<std::string, TensorEntry> renamed;
  for (const auto& [from, to] : names) {
    const auto tensor = tensors_.find(from);
    if (tensor != tensors_.end()) renamed.emplace(to, std::move(tensor->second));
  }
  tensors_ = std::move(renamed);
}

Result<std::span<const std::byte>> Weights::bytes(const std::string& name, DType dtype) {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    return Error{ErrorKind::bug, "uploading " + name + ": the checkpoint has no such tensor"};
  }
  const TensorEntry& tensor = found->second;
  if (tensor.contiguous && tensor.dtype == dtype) return tensor.data;
  EFFGATE_ASSIGN(std::vector<std::byte> converted, converted_bytes(tensor, dtype));
  return std::span<const std::byte>(storage_.emplace_back(std::move(converted)));
}

ParamSource Weights::source() {
  return [this](const ParamSpec& param, DType dtype) { return bytes(param.name, dtype); };
}

}  // namespace effgate
