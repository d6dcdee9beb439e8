#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/store/cell_status.h"

namespace effgate {

// What a database keeps, as plain values. Texts are UTF-8; times are seconds since 1970-01-01 UTC,
// and beside them the same as text, for example "2026-03-01T02:03:04Z".

enum class RunId : std::int64_t {};
enum class CellId : std::int64_t {};

struct HostFacts {
  std::string name;
  std::string cpu_model;
  std::int64_t cores = 0;
  std::int64_t memory_bytes = 0;
  std::string kernel;
};

struct RunRecord {
  std::string suite;         // its name
  std::string suite_sha256;  // of the file's text
  std::string policy_text;
  std::string policy_sha256;
  std::string program_version;
  std::string program_revision;  // git commit or hash of the program, "" where unknown
  HostFacts host;
  std::string arguments;   // the command line, quoted for a shell
  std::int64_t shard = 0;  // 0 of 1: the whole suite
  std::int64_t shards = 1;
  std::string started;
  double started_epoch = 0;
  std::string finished;  // "" while the run is going on or after it was interrupted
  double finished_epoch = 0;
};

// One library as a run used it.
struct LibraryRecord {
  std::string name;     // torch-2.6.0
  std::string version;  // as the loaded library told it
  std::string path;     // of the file that was really loaded
  std::string abi;
  std::string build_config;
  std::string file_hashes;  // "SHA256  PATH" lines
};

// One cell of a run. `name` is stable between runs of the same suite and unique within a run.
struct CellRecord {
  std::string name;
  std::string checkpoint;  // as the suite writes it: recipe:MODEL or file:PATH
  std::string checkpoint_sha256;
  std::string model;
  std::string library;
  std::string version;
  std::string device;
  std::string dtype;
  std::string size;  // native or HxW
  std::string input;
  std::string loader;  // effgate or library
  std::int64_t batch = 1;
  std::string further;  // +key=value of every further axis that is not at its default, sorted
  std::int64_t threads = 1;
  std::string environment;  // JSON
  CellStatus status = CellStatus::not_run;
  std::string reason;     // code, "" for pass
  std::string message;    // one sentence, "" for pass
  std::string reproduce;  // the command that runs this cell again
  double seconds = 0;     // wall-clock, all processes of the cell
  std::int64_t max_rss_bytes = 0;
  std::string stderr_tail;
  double started_epoch = 0;
};

// One number about how far an output lies from the truth: tap "class/3", metric "rel_rms". What is
// said about detections has the tap "det". The names are those of measure/drift.h.
struct DriftRow {
  std::string tap;
  std::string metric;
  double value = 0;
};

// XXH64 over the bytes of an output, 16 hexadecimal digits: equal where two cells are bit-equal.
struct FingerprintRow {
  std::string tap;
  std::string xxhash64;
};

// One timed pass. `restart` counts fresh processes, `sample` counts within one.
struct TimingRow {
  std::string phase;  // library_start, checkpoint_read, model_upload, forward
  std::int64_t restart = 0;
  std::int64_t sample = 0;
  double seconds = 0;
  std::optional<double> device_seconds;
};

// One cause why a cell did not load, with the codes and words of `explain`.
struct CauseRow {
  std::int64_t position = 0;  // 0, 1, … in the order in which to undo them
  std::string code;           // arch.variant
  std::string severity;       // blocks, changes or note
  std::string summary;        // one sentence
  std::string evidence;       // keys, shapes or values that show it, a line each
  std::string fix;            // the command that undoes it, or ""
};

// All that is known of one cell when it has ended.
struct FinishedCell {
  CellRecord cell;
  std::vector<DriftRow> drift{};
  std::vector<FingerprintRow> fingerprints{};
  std::vector<TimingRow> timing{};
  std::vector<CauseRow> causes{};  // of a cell that did not load
};

// One line of a verdict's proof.
struct VerdictItem {
  std::string cell;    // stable name, or "" for the whole comparison
  std::string kind;    // code
  std::string weight;  // closes, not_measured, undecides, waived or notes
  std::string sentence;
  std::optional<double> value;
  std::optional<double> limit;
  std::optional<double> p_value;
};

struct VerdictRecord {
  RunId base_run{};          // what was compared with …
  RunId run{};               // … what was judged; the same run for an upgrade of libraries
  std::string from_library;  // "" for a comparison of two runs
  std::string to_library;
  std::string policy_sha256;
  std::string policy_text;
  std::string verdict;  // open, closed, undecided or not_measured
  std::string code;
  std::string sentence;
  std::string decided;  // UTC
  double decided_epoch = 0;
  std::vector<VerdictItem> items;
};

// Records as they are read back.
struct StoredRun {
  RunId id{};
  RunRecord run;
};
struct StoredCell {
  CellId id{};
  CellRecord cell;
};

}  // namespace effgate
