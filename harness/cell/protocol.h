#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/base/dtype.h"
#include "harness/base/result.h"

namespace effgate {

// What the runner and effgate-cell say to each other. A job is one JSON document; a cell answers
// with records, one JSON document a line, appended to a result file as soon as each is known, so
// that a cell that dies leaves everything it had found. Whoever reads keeps the whole lines.
//
//   effgate-cell --job JOB.json --result RESULT.jsonl        one job in a process of its own
//   effgate-cell --serve ADAPTER                             loads one library, then reads one
//       `ServeRequest` a line from standard input and forks a child for each; answers on standard
//       output with one `ServeEvent` a line when a child has started and when it has ended
//   effgate-cell --identify ADAPTER                          prints the IdentityRecord and exits
//
// ADAPTER is the path of an adapter or builtin:reference or builtin:testing. A job may say
// builtin:testing:FAULTS, which sets EFFGATE_TESTING in its own process.

// What a job asks for.
enum class JobKind {
  measure,      // load the checkpoint into the model; then drift and time as asked
  forward,      // one forward pass, outputs written to a safetensors file
  truth,        // the same in float64 by the reference, kept as truth
  make_recipe,  // write the recipe's checkpoint for a model
};

// A picture that was scaled to make an input.
struct ScaledPicture {
  double width = 0;  // of the picture
  double height = 0;
  double scale = 1;    // picture pixels per input pixel, from left to right
  double scale_y = 1;  // and from top to bottom
};

struct InputSpec {
  // "recipe:N" (image N of seed 1) or "file:PATH" of a safetensors file with a float32 tensor
  // `input` [N,3,H,W], already normalised.
  std::string source = "recipe:0";
  // Detections are clipped to it and given in its pixels; unset leaves them in the input's.
  std::optional<ScaledPicture> picture;
};

// The settings of backend.h's effgate_environment, as recorded.
struct CellEnvironment {
  std::string device = "cpu";
  int intra_op_threads = 1;
  int inter_op_threads = 1;
  bool onednn = true;
  bool tf32 = false;
  bool reduced_precision_reduction = false;
  bool cudnn_benchmark = false;
  bool deterministic = false;
  bool channels_last = false;

  friend bool operator==(const CellEnvironment&, const CellEnvironment&) = default;
};

struct TimingPlan {
  int warm_up = 2;       // forward passes before the first sample
  int samples = 10;      // forward passes timed
  int restart = 0;       // which fresh process this is, stored with each sample
  bool capture = false;  // record once and replay (CUDA graphs; the reference replays too)
};

struct CellJob {
  JobKind kind = JobKind::measure;
  std::string cell;  // stable name; only for messages
  std::string checkpoint_path;
  std::string checkpoint_key;  // below which key the state dict lies; "" finds it
  bool ema = false;
  std::string model;
  std::optional<std::int64_t> num_classes;
  std::string adapter;  // ADAPTER
  CellEnvironment environment;
  DType dtype = DType::float32;
  bool tf32_cell = false;
  std::int64_t height = 0;  // 0: the model's native size
  std::int64_t width = 0;
  std::int64_t batch = 1;
  InputSpec input;
  std::string loader = "effgate";  // or "library"
  bool drift = false;              // compare the outputs with `truth_path`
  bool time = false;
  std::string truth_path;  // safetensors with float64 class/L, box/L and det
  TimingPlan timing;
  int repeats = 2;          // forward passes compared with each other for determinism
  std::string output_path;  // of forward, truth and make_recipe
  bool detections = false;
  bool soft_nms = false;  // see measure/suppression.h
  bool taps = false;
  std::uint64_t memory_bytes = 0;  // RLIMIT_AS of the cell; 0 sets none
};

// --- records ------------------------------------------------------------------------------------

// What was really loaded.
struct IdentityRecord {
  std::string library;
  std::string version;
  std::string header_version;
  std::string path;
  std::string build_config;
  std::vector<std::string> loaded_paths;  // every shared object of the process, dl_iterate_phdr
};

// The checkpoint was read and compared with the model.
struct LoadRecord {
  double seconds = 0;
  std::string container;
  std::string writer;
  std::vector<std::string> wrappers;
  std::int64_t tensors = 0;
  std::int64_t missing = 0;
  std::int64_t unexpected = 0;
  std::int64_t mismatched = 0;
  std::vector<std::string> examples;  // the first few of each, for the report
};

struct DriftMeasure {
  std::string tap;     // class/3, box/3, …, det
  std::string metric;  // see measure/drift.h
  double value = 0;
};

struct FingerprintRecord {
  std::string tap;
  std::string xxh64;  // 16 hexadecimal digits over the output's bytes
};

struct TimingSample {
  std::string phase;  // library_start, checkpoint_read, model_upload, forward
  int restart = 0;
  int sample = 0;
  double seconds = 0;
  std::optional<double> device_seconds;
};

// The last record of a cell that ended by itself. `status` is a cell status of the contract, or
// "measured" where everything worked and only the policy can say pass or drift.
struct EndRecord {
  std::string status;
  std::string reason;   // code; "" for measured
  std::string message;  // one sentence
  std::uint64_t peak_device_bytes = 0;
};

using CellRecordLine = std::variant<IdentityRecord, LoadRecord, DriftMeasure, FingerprintRecord,
                                    TimingSample, EndRecord>;

// --- serving ------------------------------------------------------------------------------------

struct ServeRequest {
  std::int64_t id = 0;
  std::string job_path;
  std::string result_path;
  std::string stderr_path;
};

struct ServeEvent {
  std::int64_t id = 0;
  std::string what;  // "ready" (library loaded, id 0), "failed" (id 0: it was
                     // not; any other: no child could be started), "started", "ended"
  std::int64_t pid = 0;
  int wait_status = 0;
  std::uint64_t max_rss_bytes = 0;
  std::string message;
};

std::string to_json_line(const CellJob& job);
std::string to_json_line(const CellRecordLine& record);
std::string to_json_line(const ServeRequest& request);
std::string to_json_line(const ServeEvent& event);
Result<CellJob> parse_job(std::string_view line);
Result<CellRecordLine> parse_record(std::string_view line);
Result<ServeRequest> parse_serve_request(std::string_view line);
Result<ServeEvent> parse_serve_event(std::string_view line);

// Every whole, well-formed record of a result file's content, in order; a torn last line is left
// out and anything after a malformed line is too.
std::vector<CellRecordLine> whole_records(std::string_view content);

}  // namespace effgate
