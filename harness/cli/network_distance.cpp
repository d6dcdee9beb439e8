#include "harness/cli/network_distance.h"

#include <algorithm>
#include <map>
#include <thread>
#include <utility>
#include <variant>

#include "harness/base/files.h"
#include "harness/cli/single_job.h"
#include "harness/graph/catalogue.h"

namespace effgate {
namespace {

constexpr double kLimitSeconds = 3600;
constexpr std::int64_t kSide = 256, kSideWithLevel8 = 512;
constexpr const char* kDetections = "det";

Result<CellJob> job_on(const NetworkOnFile& network, std::int64_t side) {
  EFFGATE_ASSIGN(const ModelConfig model, find_model(network.model));
  CellJob job;
  job.cell = network.model;
  job.model = network.model;
  job.checkpoint_path = network.checkpoint.string();
  job.checkpoint_key = network.key;
  job.ema = network.ema;
  job.num_classes = network.num_classes;
  job.adapter = "builtin:reference";
  job.environment.intra_op_threads =
      static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  job.dtype = DType::float64;
  if (side == 0) side = model.max_level < 8 ? kSide : kSideWithLevel8;
  job.height = job.width = side;
  return job;
}

Result<JobAnswer> run(const Places& places, const CellJob& job, const StopRequest* stop) {
  EFFGATE_ASSIGN(JobAnswer answer, run_single_job(places, job, kLimitSeconds, stop));
  const std::string what = "computing " + job.model + " from " + job.checkpoint_path;
  if (stop != nullptr && stop->requested()) {
    return Error{ErrorKind::timed_out, what + ": interrupted"};
  }
  if (answer.end.status != "measured") return failure_of(answer, what);
  return answer;
}

NetworkDistance distance_of(const std::vector<CellRecordLine>& records) {
  NetworkDistance distance;
  std::map<std::string, std::map<std::string, double>> by_tap;
  for (const CellRecordLine& record : records) {
    const auto* drift = std::get_if<DriftMeasure>(&record);
    if (drift == nullptr) continue;
    const bool first_of_tap = !by_tap.contains(drift->tap);
    by_tap[drift->tap][drift->metric] = drift->value;
    if (first_of_tap && drift->tap != kDetections) {
      distance.outputs.push_back({drift->tap, 0, 0, 0});
    }
  }
  for (OutputDistance& output : distance.outputs) {
    std::map<std::string, double>& metrics = by_tap[output.output];
    output.max = metrics["max_abs"];
    output.rms = metrics["rms"];
    output.first_rms = metrics["truth_rms"];
  }
  distance.detections_paired = by_tap[kDetections]["detections_paired"];
  return distance;
}

}  // namespace

double NetworkDistance::largest(const std::string& prefix) const {
  double largest = 0;
  for (const OutputDistance& output : outputs) {
    if (output.output.starts_with(prefix)) largest = std::max(largest, output.max);
  }
  return largest;
}

// The first network's outputs are the truth from which the second drifts.
Result<NetworkDistance> network_distance(const Places& places, const NetworkOnFile& first,
                                         const NetworkOnFile& second, const StopRequest* stop,
                                         std::int64_t side) {
  EFFGATE_ASSIGN(const TemporaryDirectory folder, TemporaryDirectory::create());
  const std::filesystem::path truth = folder.path() / "first.safetensors";
  EFFGATE_ASSIGN(CellJob job, job_on(first, side));
  job.kind = JobKind::truth;
  job.output_path = truth.string();
  EFFGATE_TRY(run(places, job, stop));
  EFFGATE_ASSIGN(job, job_on(second, side));
  job.kind = JobKind::measure;
  job.drift = true;
  job.repeats = 1;
  job.truth_path = truth.string();
  EFFGATE_ASSIGN(const JobAnswer answer, run(places, job, stop));
  return distance_of(answer.records);
}

}  // namespace effgate
