#pragma once

#include <cstdint>
#include <vector>

#include "harness/base/dtype.h"
#include "harness/base/result.h"
#include "harness/cell/protocol.h"
#include "harness/graph/config.h"

namespace effgate {

// What goes into the network: float32 [batch,3,height,width], already normalised.
struct InputBatch {
  std::int64_t batch = 1;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<float> pixels;
};

// The images a job asks for: those of the recipe at the job's size, or the model's native one; or
// those of a file, whose size they have (a job that names another one is a usage error). A batch
// larger than the file's repeats its images in turn.
Result<InputBatch> make_input(const CellJob& job, const ModelConfig& model);

// The same in the dtype of the network, each pixel rounded once.
Result<std::vector<std::byte>> input_bytes(const InputBatch& input, DType dtype);

}  // namespace effgate
