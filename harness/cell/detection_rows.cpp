#include "harness/cell/detection_rows.h"

#include <cstring>
#include <string>

#include "harness/checkpoint/values.h"
#include "harness/graph/anchors.h"

namespace effgate {
namespace {

constexpr std::int64_t kColumns = 6;
static_assert(sizeof(Detection) == kColumns * sizeof(float));

}  // namespace

Result<std::vector<Detections>> detect_all(const ModelConfig& model, const InputBatch& input,
                                           const std::vector<HostTensor>& outputs,
                                           const DetectionOptions& options) {
  const std::vector<float> anchors = make_anchors(model);
  std::vector<Detections> all;
  for (std::int64_t image = 0; image < input.batch; ++image) {
    EFFGATE_ASSIGN(const Detections found,
                   detect(outputs, {model.num_classes, anchors}, image, options));
    all.push_back(found);
  }
  return all;
}

HostTensor detection_tensor(const std::vector<Detections>& detections) {
  HostTensor tensor{kDetectionTap,
                    DType::float32,
                    {static_cast<std::int64_t>(detections.size()),
                     static_cast<std::int64_t>(kDetectionsPerImage), kColumns},
                    {}};
  tensor.bytes.resize(detections.size() * sizeof(Detections));
  std::memcpy(tensor.bytes.data(), detections.data(), tensor.bytes.size());
  return tensor;
}

Result<std::vector<Detections>> read_detections(const Checkpoint& file, std::int64_t images) {
  const TensorEntry* tensor = file.find(kDetectionTap);
  const std::vector<std::int64_t> shape = {images, static_cast<std::int64_t>(kDetectionsPerImage),
                                           kColumns};
  if (tensor == nullptr || tensor->dtype != DType::float32 || tensor->shape != shape) {
    return Error{ErrorKind::malformed, "reading " + file.path().string() + ": it has no float32 " +
                                           kDetectionTap + " [" + std::to_string(images) +
                                           ",100,6]"};
  }
  const std::vector<std::byte> bytes = contiguous_bytes(*tensor);
  std::vector<Detections> detections(static_cast<std::size_t>(images));
  std::memcpy(detections.data(), bytes.data(), bytes.size());
  return detections;
}

}  // namespace effgate
