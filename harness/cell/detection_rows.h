#pragma once

#include <vector>

#include "harness/backend/executor.h"
#include "harness/base/result.h"
#include "harness/cell/input.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/graph/config.h"
#include "harness/measure/detections.h"

namespace effgate {

inline constexpr const char* kDetectionTap = "det";

// The detections of every image of a batch. `model` has the input's size.
Result<std::vector<Detections>> detect_all(const ModelConfig& model, const InputBatch& input,
                                           const std::vector<HostTensor>& outputs,
                                           const DetectionOptions& options = {});

// The same as tensor `det`, float32 [N,100,6]: x1,y1,x2,y2,score,class.
HostTensor detection_tensor(const std::vector<Detections>& detections);
Result<std::vector<Detections>> read_detections(const Checkpoint& file, std::int64_t images);

}  // namespace effgate
