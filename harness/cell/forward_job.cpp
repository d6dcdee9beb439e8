#include "harness/cell/forward_job.h"

#include <unordered_set>
#include <utility>

#include "harness/cell/detection_rows.h"
#include "harness/checkpoint/save.h"

namespace effgate {
namespace {

using Tensors = std::vector<HostTensor>;

// An output is also a module's result where both have one name; it is written once.
void keep_first_of_each_name(Tensors& tensors) {
  std::unordered_set<std::string> seen;
  std::erase_if(tensors,
                [&](const HostTensor& tensor) { return !seen.insert(tensor.name).second; });
}

Result<Tensors> run_network(NetworkRun& run, bool taps) {
  Tensors tapped;
  if (!taps) {
    EFFGATE_TRY(run.executor->run());
  } else {
    EFFGATE_TRY(run.executor->run_with_taps(run.graph.taps, [&](HostTensor tensor) {
      tapped.push_back(std::move(tensor));
      return success();
    }));
  }
  EFFGATE_ASSIGN(Tensors outputs, run.executor->outputs());
  outputs.insert(outputs.end(), std::make_move_iterator(tapped.begin()),
                 std::make_move_iterator(tapped.end()));
  keep_first_of_each_name(outputs);
  return outputs;
}

DetectionOptions detection_options(const CellJob& job) {
  DetectionOptions options;
  options.soft = job.soft_nms;
  if (const auto& picture = job.input.picture)
    options.picture =
        PictureSize{picture->width, picture->height, picture->scale, picture->scale_y};
  return options;
}

Status save(const NetworkRun& run, const Tensors& tensors) {
  std::vector<TensorToSave> saved;
  for (const HostTensor& tensor : tensors) {
    saved.push_back({tensor.name, tensor.dtype, tensor.shape, tensor.bytes});
  }
  EFFGATE_ASSIGN(const LibraryIdentity identity, run.library.identify());
  const std::vector<std::pair<std::string, std::string>> metadata = {
      {"model", run.model.name},
      {"library", identity.library},
      {"version", identity.version},
      {"dtype", std::string(to_string(run.dtype))},
      {"input", run.job.input.source}};
  return save_safetensors(run.job.output_path, saved, metadata);
}

}  // namespace

Status write_forward(NetworkRun& run, bool detections, bool taps) {
  run.stage = Stage::compute;
  EFFGATE_ASSIGN(Tensors tensors, run_network(run, taps));
  if (detections) {
    EFFGATE_ASSIGN(const std::vector<Detections> found,
                   detect_all(run.model, run.input, tensors, detection_options(run.job)));
    tensors.push_back(detection_tensor(found));
  }
  run.stage = Stage::output;
  return save(run, tensors);
}

}  // namespace effgate
