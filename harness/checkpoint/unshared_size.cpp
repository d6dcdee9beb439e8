#include "harness/checkpoint/unshared_size.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "harness/base/text.h"

namespace effgate {
namespace {

// Every byte that a tensor reaches, once.
std::uint64_t held_bytes(std::span<const TensorEntry* const> tensors) {
  std::vector<std::pair<const std::byte*, const std::byte*>> ranges;
  for (const TensorEntry* tensor : tensors)
    ranges.emplace_back(tensor->data.data(), tensor->data.data() + tensor->data.size());
  std::ranges::sort(ranges);
  std::uint64_t held = 0;
  const std::byte* counted = nullptr;
  for (const auto& [first, last] : ranges) {
    const std::byte* from = counted == nullptr ? first : std::max(first, counted);
    if (last > from) held += static_cast<std::uint64_t>(last - from);
    counted = counted == nullptr ? last : std::max(counted, last);
  }
  return held;
}

// Saturates: one view alone may claim more than a number holds with another.
std::uint64_t written_bytes(std::span<const TensorEntry* const> tensors) {
  std::uint64_t written = 0;
  for (const TensorEntry* tensor : tensors)
    written += std::min(tensor->bytes, UINT64_MAX - written);
  return written;
}

}  // namespace

Status check_unshared_size(std::span<const TensorEntry* const> tensors) {
  const std::uint64_t written = written_bytes(tensors), held = held_bytes(tensors);
  if (written <= std::max(kLeastLimit, kMostSharing * held)) return success();
  return Error{ErrorKind::malformed,
               fmt::format("its {} tensors share their storage: written each on its own they would "
                           "take {}, more than {} times the {} that they hold",
                           tensors.size(), bytes_text(written), kMostSharing, bytes_text(held))};
}

}  // namespace effgate
