#include "harness/measure/determinism.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "harness/measure/elements.h"

namespace effgate {
namespace {

Result<RepeatDifference> difference_between(const HostTensor& first, const HostTensor& second) {
  return with_elements(first.dtype, [&]<typename Elements>(Elements) -> Result<RepeatDifference> {
    RepeatDifference difference{first.name};
    constexpr std::size_t kSize = Elements::kSize;
    for (std::size_t at = 0; at + kSize <= first.bytes.size(); at += kSize) {
      const std::byte* a = first.bytes.data() + at;
      const std::byte* b = second.bytes.data() + at;
      if (std::memcmp(a, b, kSize) == 0) continue;
      ++difference.elements;
      const double distance =
          std::fabs(static_cast<double>(Elements::at(a)) - static_cast<double>(Elements::at(b)));
      difference.max_abs = std::fmax(difference.max_abs, distance);
    }
    return difference;
  });
}

bool same_form(const HostTensor& a, const HostTensor& b) {
  return a.name == b.name && a.dtype == b.dtype && a.shape == b.shape &&
         a.bytes.size() == b.bytes.size();
}

}  // namespace

Result<std::vector<RepeatDifference>> differences_between_runs(
    const std::vector<HostTensor>& first, const std::vector<HostTensor>& second) {
  if (!std::equal(first.begin(), first.end(), second.begin(), second.end(), same_form)) {
    return Error{ErrorKind::library, "repeating a forward pass: its outputs have another form"};
  }
  std::vector<RepeatDifference> differences;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i].bytes == second[i].bytes) continue;
    EFFGATE_ASSIGN(RepeatDifference difference, difference_between(first[i], second[i]));
    differences.push_back(std::move(difference));
  }
  return differences;
}

}  // namespace effgate
