#include "harness/measure/candidates.h"

#include <algorithm>
#include <limits>
#include <span>

#include "harness/measure/elements.h"

namespace effgate {
namespace {

// A logit and where it lies: the level, and the offset within the image's plane of that level.
struct Found {
  double logit = 0;
  std::uint32_t level = 0;
  std::int64_t offset = 0;
};

// The bytes of one image of a level, [channels, H, W].
struct ImagePlane {
  DType dtype = DType::float32;
  std::span<const std::byte> bytes;
  std::int64_t elements = 0;
};

ImagePlane plane_of(const HostTensor& tensor, std::int64_t image) {
  const std::int64_t elements = tensor.shape[1] * tensor.shape[2] * tensor.shape[3];
  const std::size_t length = static_cast<std::size_t>(elements) * size_of(tensor.dtype);
  return {tensor.dtype,
          std::span(tensor.bytes).subspan(static_cast<std::size_t>(image) * length, length),
          elements};
}

Status check_level(const HostTensor& tensor, std::int64_t num_classes, std::int64_t image) {
  const auto wrong = [&](const char* why) {
    return Error{ErrorKind::bug, "taking detections from " + tensor.name + ": " + why};
  };
  if (tensor.shape.size() != 4) return wrong("it is not [N,C,H,W]");
  std::size_t bytes = size_of(tensor.dtype);
  for (const std::int64_t dim : tensor.shape) bytes *= static_cast<std::size_t>(dim);
  if (bytes != tensor.bytes.size()) return wrong("its bytes do not fit its shape");
  if (num_classes <= 0 || tensor.shape[1] % num_classes != 0) {
    return wrong("its channels are no multiple of the classes");
  }
  if (image < 0 || image >= tensor.shape[0]) return wrong("it has no such image");
  return success();
}

// Appends every `stride`-th logit at or above `threshold`.
template <typename Elements>
void collect(const ImagePlane& plane, std::uint32_t level, std::int64_t stride, double threshold,
             std::vector<Found>& found) {
  const auto least = static_cast<typename Elements::Value>(threshold);
  const std::byte* bytes = plane.bytes.data();
  for (std::int64_t offset = 0; offset < plane.elements; offset += stride) {
    const auto logit = Elements::at(bytes + static_cast<std::size_t>(offset) * Elements::kSize);
    if (logit >= least) found.push_back({static_cast<double>(logit), level, offset});
  }
}

Result<std::vector<Found>> collect_all(std::span<const ImagePlane> planes, std::int64_t stride,
                                       double threshold) {
  std::vector<Found> found;
  for (std::uint32_t level = 0; level < planes.size(); ++level) {
    EFFGATE_TRY(with_elements(planes[level].dtype, [&]<typename Elements>(Elements) -> Status {
      collect<Elements>(planes[level], level, stride, threshold, found);
      return success();
    }));
  }
  return found;
}

constexpr double kEverything = -std::numeric_limits<double>::infinity();

// A value that a little more than `count` logits reach, guessed from every 31st of them (a prime,
// so that the sample runs through all columns); a logit itself, so exact in the logits' own type.
Result<double> guess_threshold(std::span<const ImagePlane> planes, std::size_t count) {
  constexpr std::int64_t kSampleStride = 31;
  EFFGATE_ASSIGN(std::vector<Found> sample, collect_all(planes, kSampleStride, kEverything));
  const std::size_t rank = count / kSampleStride + count / kSampleStride / 2 + 16;
  if (rank >= sample.size()) return kEverything;
  const auto at = sample.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(sample.begin(), at, sample.end(),
                   [](const Found& a, const Found& b) { return a.logit > b.logit; });
  return at->logit;
}

// At least the `count` largest logits, and few more.
Result<std::vector<Found>> collect_largest(std::span<const ImagePlane> planes, std::size_t count) {
  EFFGATE_ASSIGN(const double threshold, guess_threshold(planes, count));
  EFFGATE_ASSIGN(std::vector<Found> found, collect_all(planes, 1, threshold));
  if (found.size() >= count || threshold == kEverything) return found;
  return collect_all(planes, 1, kEverything);
}

Candidate candidate_of(const Found& found, const ClassLevel& level, std::int64_t num_classes) {
  const std::vector<std::int64_t>& shape = level.logits->shape;
  const std::int64_t cells = shape[2] * shape[3];
  const std::int64_t anchors_per_cell = shape[1] / num_classes;
  const std::int64_t channel = found.offset / cells;
  const std::int64_t cell = found.offset % cells;
  return {found.logit, level.first_anchor + cell * anchors_per_cell + channel / num_classes,
          channel % num_classes};
}

bool comes_before(const Candidate& a, const Candidate& b) {
  if (a.logit != b.logit) return a.logit > b.logit;
  if (a.anchor != b.anchor) return a.anchor < b.anchor;
  return a.class_index < b.class_index;
}

}  // namespace

Result<std::vector<Candidate>> top_candidates(const std::vector<ClassLevel>& levels,
                                              std::int64_t num_classes, std::int64_t image,
                                              std::size_t count) {
  std::vector<ImagePlane> planes;
  for (const ClassLevel& level : levels) {
    EFFGATE_TRY(check_level(*level.logits, num_classes, image));
    planes.push_back(plane_of(*level.logits, image));
  }
  EFFGATE_ASSIGN(const std::vector<Found> found, collect_largest(planes, count));
  std::vector<Candidate> candidates;
  candidates.reserve(found.size());
  for (const Found& each : found) {
    candidates.push_back(candidate_of(each, levels[each.level], num_classes));
  }
  const std::size_t kept = std::min(count, candidates.size());
  const auto end = candidates.begin() + static_cast<std::ptrdiff_t>(kept);
  if (end != candidates.end()) {
    std::nth_element(candidates.begin(), end, candidates.end(), comes_before);
  }
  std::sort(candidates.begin(), end, comes_before);
  candidates.resize(kept);
  return candidates;
}

}  // namespace effgate
