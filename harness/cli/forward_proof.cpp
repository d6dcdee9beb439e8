#include "harness/cli/forward_proof.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/base/files.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/checkpoint/values.h"
#include "harness/cli/single_job.h"

namespace effgate {
namespace {

constexpr double kLimitSeconds = 600;
// Every level of the pyramid still has a cell of its own.
constexpr std::int64_t kSide = 128;

CellJob forward_of(const std::filesystem::path& checkpoint, const std::string& model,
                   const std::filesystem::path& output) {
  CellJob job;
  job.kind = JobKind::forward;
  job.cell = "repair";
  job.checkpoint_path = checkpoint.string();
  job.model = model;
  job.adapter = "builtin:reference";
  job.height = kSide;
  job.width = kSide;
  job.output_path = output.string();
  return job;
}

Result<ForwardProof> proof_in(const std::filesystem::path& outputs) {
  EFFGATE_ASSIGN(const Checkpoint file, Checkpoint::open(outputs));
  ForwardProof proof{kSide, kSide, 0, 0};
  for (const TensorEntry& tensor : file.tensors()) {
    EFFGATE_ASSIGN(const std::vector<double> values, to_doubles(tensor));
    for (const double value : values) {
      if (!std::isfinite(value))
        return Error{ErrorKind::refused,
                     fmt::format("a forward pass: {} holds NaN or infinity", tensor.name)};
      proof.largest = std::max(proof.largest, std::abs(value));
    }
    proof.outputs += values.size();
  }
  return proof;
}

}  // namespace

Result<ForwardProof> prove_forward(const Places& places, const std::filesystem::path& checkpoint,
                                   const std::string& model, const StopRequest* stop) {
  EFFGATE_ASSIGN(const TemporaryDirectory folder, TemporaryDirectory::create());
  const std::filesystem::path outputs = folder.path() / "outputs.safetensors";
  EFFGATE_ASSIGN(
      const JobAnswer answer,
      run_single_job(places, forward_of(checkpoint, model, outputs), kLimitSeconds, stop));
  if (answer.end.status != "measured") return failure_of(answer, "a forward pass");
  return proof_in(outputs);
}

}  // namespace effgate
