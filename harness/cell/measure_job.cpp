#include "harness/cell/measure_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "harness/cell/detection_rows.h"
#include "harness/checkpoint/values.h"
#include "harness/measure/determinism.h"
#include "harness/measure/drift.h"
#include "harness/measure/fingerprint.h"
#include "harness/measure/pairing.h"
#include "harness/measure/timing.h"

namespace effgate {
namespace {

using Outputs = std::vector<HostTensor>;

Result<Outputs> run_once(NetworkRun& run) {
  EFFGATE_TRY(run.executor->run());
  return run.executor->outputs();
}

Status record_fingerprints(NetworkRun& run, const Outputs& outputs) {
  for (const HostTensor& output : outputs) {
    EFFGATE_TRY(run.records.append(FingerprintRecord{output.name, fingerprint(output.bytes)}));
  }
  return success();
}

Error bad_truth(const NetworkRun& run, const std::string& why) {
  return Error{ErrorKind::malformed, "reading the truth " + run.job.truth_path + ": " + why};
}

Result<std::vector<double>> truth_values(const NetworkRun& run, const Checkpoint& truth,
                                         const HostTensor& output) {
  const TensorEntry* tensor = truth.find(output.name);
  if (tensor == nullptr) return bad_truth(run, "it has no " + output.name);
  if (tensor->shape != output.shape || tensor->dtype != DType::float64) {
    return bad_truth(run, output.name + " is not of the network's form");
  }
  return to_doubles(*tensor);
}

void end_as_nonfinite(NetworkRun& run, const std::string& tap, double count) {
  if (run.ending) return;
  run.ending = EndRecord{
      "nonfinite", "nan_or_infinity",
      fmt::format(
          "{} has {:.0f} values that are NaN or infinite where the truth's are not, or the reverse",
          tap, count),
      0};
}

Status record_output_drift(NetworkRun& run, const Checkpoint& truth, const HostTensor& output) {
  run.stage = Stage::input;
  EFFGATE_ASSIGN(const std::vector<double> expected, truth_values(run, truth, output));
  run.stage = Stage::compute;
  EFFGATE_ASSIGN(const TensorDrift drift, compare_with_truth(output.dtype, output.bytes, expected));
  for (const DriftMetric& metric : kDriftMetrics) {
    EFFGATE_TRY(run.records.append(
        DriftMeasure{output.name, std::string(metric.name), drift.*metric.value}));
  }
  if (drift.nonfinite > 0) end_as_nonfinite(run, output.name, drift.nonfinite);
  return success();
}

Status record_detection_drift(NetworkRun& run, const Checkpoint& truth, const Outputs& outputs) {
  run.stage = Stage::input;
  EFFGATE_ASSIGN(const std::vector<Detections> expected, read_detections(truth, run.input.batch));
  run.stage = Stage::compute;
  EFFGATE_ASSIGN(const std::vector<Detections> found, detect_all(run.model, run.input, outputs));
  DetectionPairing pairing;
  for (std::size_t i = 0; i < found.size(); ++i) {
    pairing.add(pair_detections(expected[i], found[i]));
  }
  for (const DetectionMetric& metric : kDetectionMetrics) {
    EFFGATE_TRY(run.records.append(
        DriftMeasure{kDetectionTap, std::string(metric.name), metric.value(pairing)}));
  }
  return success();
}

Status record_drift(NetworkRun& run, const Outputs& outputs) {
  run.stage = Stage::input;
  EFFGATE_ASSIGN(const Checkpoint truth, Checkpoint::open(run.job.truth_path));
  for (const HostTensor& output : outputs) EFFGATE_TRY(record_output_drift(run, truth, output));
  return record_detection_drift(run, truth, outputs);
}

void end_as_nondeterministic(NetworkRun& run, const std::vector<RepeatDifference>& differences) {
  if (run.ending || differences.empty()) return;
  const auto& worst = *std::max_element(
      differences.begin(), differences.end(),
      [](const RepeatDifference& a, const RepeatDifference& b) { return a.max_abs < b.max_abs; });
  run.ending = EndRecord{"nondeterministic", "repeats_differ",
                         fmt::format("two forward passes differ in {} elements of {}, by up to {}",
                                     worst.elements, worst.tap, worst.max_abs),
                         0};
}

Status compare_repeats(NetworkRun& run, const Outputs& first) {
  for (int i = 1; i < run.job.repeats; ++i) {
    EFFGATE_ASSIGN(const Outputs again, run_once(run));
    EFFGATE_ASSIGN(const auto differences, differences_between_runs(first, again));
    end_as_nondeterministic(run, differences);
  }
  return success();
}

Status measure_drift(NetworkRun& run) {
  EFFGATE_ASSIGN(const Outputs outputs, run_once(run));
  EFFGATE_TRY(record_fingerprints(run, outputs));
  EFFGATE_TRY(record_drift(run, outputs));
  return compare_repeats(run, outputs);
}

Status measure_time(NetworkRun& run) {
  const TimingPlan& plan = run.job.timing;
  EFFGATE_ASSIGN(
      const std::vector<ForwardSample> samples,
      time_forward(*run.executor, *run.session,
                   {.warm_up = plan.warm_up, .samples = plan.samples, .capture = plan.capture}));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    EFFGATE_TRY(run.records.append(TimingSample{"forward", plan.restart, static_cast<int>(i),
                                                samples[i].seconds, samples[i].device_seconds}));
  }
  return success();
}

}  // namespace

Status measure(NetworkRun& run) {
  run.stage = Stage::compute;
  if (run.job.drift) EFFGATE_TRY(measure_drift(run));
  if (run.job.time) EFFGATE_TRY(measure_time(run));
  return success();
}

}  // namespace effgate
