#include "harness/runner/runner.h"

#include <algorithm>
#include <deque>

#include "harness/base/text.h"
#include "harness/runner/cell_job.h"
#include "harness/runner/reasons.h"
#include "harness/runner/recorder.h"
#include "harness/runner/schedule.h"

namespace effgate {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // shadow memory takes terabytes of address space
#else
constexpr bool kSanitized = false;
#endif

// One cell while it is measured.
struct OpenCell {
  const Cell* cell = nullptr;
  FinishedCell found;
  LaunchRequest request;
  CellEnding ending;
  bool settled = false;  // has its ending without a (further) process
  bool tried_again = false;
};

// What a stop leaves undone is neither recorded nor an error.
enum class Progress { done, stopped };

class Run {
 public:
  Run(const Suite& suite, const RunOptions& options, Recorder& recorder, Launcher& launcher,
      Preparation& preparation, RunObserver& observer, std::size_t open)
      : suite_(suite),
        options_(options),
        recorder_(recorder),
        launcher_(launcher),
        preparation_(preparation),
        observer_(observer),
        open_(open) {}

  Result<Progress> run_batch(const CellBatch& batch, const std::vector<const Cell*>& cells) {
    cells_.clear();
    for (const CellGroup& group : batch) {
      for (const std::size_t index : group) {
        EFFGATE_ASSIGN(const Progress progress, open_cell(*cells[index]));
        if (progress == Progress::stopped) return progress;
      }
    }
    EFFGATE_ASSIGN(const Progress untimed, measure_untimed());
    if (untimed == Progress::stopped) return untimed;
    return measure_timed(batch);
  }

 private:
  // --- opening -----------------------------------------------------------------------------------

  Result<Progress> open_cell(const Cell& cell) {
    OpenCell& open = cells_.emplace_back();
    open.cell = &cell;
    open.found.cell = planned_record(cell, options_);
    open.found.cell.started_epoch = epoch_now();
    if (const auto ending = ending_without_preparation(cell)) {
      EFFGATE_TRY(settle(open, *ending));
      return Progress::done;
    }
    return prepare(open);
  }

  const RunLibrary* library_of(const Cell& cell) const {
    const auto found =
        std::find_if(options_.libraries.begin(), options_.libraries.end(),
                     [&](const RunLibrary& library) { return library.name == cell.library; });
    return found == options_.libraries.end() ? nullptr : &*found;
  }

  std::optional<CellEnding> ending_without_preparation(const Cell& cell) const {
    const RunLibrary* library = library_of(cell);
    if (!cell.installed || library == nullptr) {
      return CellEnding{CellStatus::library_missing, "not_installed",
                        "no library named " + cell.library + " is installed"};
    }
    if (library->adapter.empty()) {
      return CellEnding{CellStatus::library_missing, "not_loaded",
                        cell.library + " is installed and has no adapter that works"};
    }
    if (cell.own_error) return ending_of_unknown_model(*cell.own_error, preparation_.file_of(cell));
    return std::nullopt;
  }

  Result<Progress> prepare(OpenCell& open) {
    const Cell& cell = *open.cell;
    EFFGATE_ASSIGN(const auto checkpoint, preparation_.checkpoint_of(cell));
    if (!checkpoint) return Progress::stopped;
    open.found.cell.checkpoint_sha256 = checkpoint->sha256;
    if (checkpoint->failed) {
      EFFGATE_TRY(settle(open, *checkpoint->failed));
      return Progress::done;
    }
    EFFGATE_ASSIGN(const Preparation::Input input, preparation_.input_of(cell));
    if (input.failed) {
      EFFGATE_TRY(settle(open, *input.failed));
      return Progress::done;
    }
    Preparation::Truth truth;
    if (cell.drift) {
      EFFGATE_ASSIGN(auto made, preparation_.truth_of(cell, *checkpoint));
      if (!made) return Progress::stopped;
      truth = *std::move(made);
    }
    if (truth.failed) {
      EFFGATE_TRY(settle(open, *truth.failed));
      return Progress::done;
    }
    open.request = request_for(cell, checkpoint->path, input.source, truth.path);
    open.found.cell.environment =
        environment_json(open.request.job.environment, open.request.environment);
    return Progress::done;
  }

  LaunchRequest request_for(const Cell& cell, const std::filesystem::path& checkpoint,
                            const std::string& input, const std::filesystem::path& truth) const {
    LaunchRequest request;
    request.job = job_of(cell, checkpoint, input, library_of(cell)->adapter);
    request.job.drift = !truth.empty();
    request.job.truth_path = truth.string();
    request.environment = process_environment(cell, options_.places.fixtures);
    request.timeout_s = suite_.timeout_s;
    const std::uint64_t bytes = suite_.memory_mb * 1'000'000;
    // CUDA maps all of its memory into the address space.
    const bool watched = kSanitized || cell.device != "cpu";
    (watched ? request.resident_bytes : request.job.memory_bytes) = bytes;
    return request;
  }

  // --- loading and drift
  // --------------------------------------------------------------------------

  static std::string server_of(const LaunchRequest& request) {
    std::string key = request.job.adapter;
    for (const auto& [name, value] : request.environment) key += "\n" + name + "=" + value;
    return key;
  }

  // Cells of one library follow each other, so that few are loaded at a time.
  std::deque<OpenCell*> untimed_queue() {
    std::vector<OpenCell*> waiting;
    std::map<std::string, std::size_t> first_of_server;
    for (OpenCell& open : cells_) {
      if (open.settled) continue;
      first_of_server.emplace(server_of(open.request), waiting.size());
      waiting.push_back(&open);
    }
    const auto rank = [&](const OpenCell* open) {
      return first_of_server.at(server_of(open->request));
    };
    std::stable_sort(waiting.begin(), waiting.end(),
                     [&](const OpenCell* a, const OpenCell* b) { return rank(a) < rank(b); });
    return {waiting.begin(), waiting.end()};
  }

  Result<Progress> measure_untimed() {
    std::deque<OpenCell*> waiting = untimed_queue();
    std::map<Ticket, OpenCell*> running;
    while (!waiting.empty() || !running.empty()) {
      while (!waiting.empty() && running.size() < static_cast<std::size_t>(options_.jobs)) {
        OpenCell& next = *waiting.front();
        waiting.pop_front();
        observer_.cell_started(*next.cell);
        next.found.cell.started_epoch = epoch_now();
        EFFGATE_ASSIGN(const Ticket ticket, launcher_.start(next.request));
        running[ticket] = &next;
      }
      EFFGATE_ASSIGN(const std::optional<JobEnd> end, launcher_.wait(options_.stop));
      if (!end) return Progress::stopped;
      OpenCell& open = *running.extract(end->ticket).mapped();
      if (end->lost && !open.tried_again) {
        open.tried_again = true;
        waiting.push_front(&open);
        continue;
      }
      EFFGATE_TRY(take_untimed(open, *end));
    }
    return Progress::done;
  }

  Status take_untimed(OpenCell& open, const JobEnd& end) {
    EFFGATE_TRY(take_records(open, end));
    const CellEnding ending = ending_of(end, suite_.timeout_s);
    if (ending.status != CellStatus::pass) return settle(open, ending);
    open.ending = options_.judge(*open.cell, open.found.drift);
    // Only fresh processes are independent of each other.
    if (open.cell->time) open.found.timing.clear();
    return open.cell->time ? success() : settle(open, open.ending);
  }

  // --- timing
  // -------------------------------------------------------------------------------------

  Result<Progress> measure_timed(const CellBatch& batch) {
    auto next = cells_.begin();
    for (const CellGroup& group : batch) {
      std::vector<OpenCell*> timed;
      for (std::size_t i = 0; i < group.size(); ++i, ++next) {
        if (!next->settled) timed.push_back(&*next);
      }
      EFFGATE_ASSIGN(const Progress progress, time_group(timed));
      if (progress == Progress::stopped) return progress;
    }
    return Progress::done;
  }

  Result<Progress> time_group(const std::vector<OpenCell*>& group) {
    for (int restart = 0; restart < suite_.timing.restarts; ++restart) {
      for (OpenCell* open : group) {
        if (open->settled) continue;
        EFFGATE_ASSIGN(const Progress progress, time_once(*open, restart));
        if (progress == Progress::stopped) return progress;
      }
    }
    for (OpenCell* open : group) {
      if (!open->settled) EFFGATE_TRY(settle(*open, open->ending));
    }
    return Progress::done;
  }

  Result<Progress> time_once(OpenCell& open, int restart) {
    observer_.cell_started(*open.cell);
    LaunchRequest request = open.request;
    request.fresh = true;
    request.job.drift = false;
    request.job.time = true;
    request.job.timing.warm_up = static_cast<int>(suite_.timing.warm_up);
    request.job.timing.samples = static_cast<int>(suite_.timing.samples);
    request.job.timing.restart = restart;
    EFFGATE_TRY(launcher_.start(request));
    EFFGATE_ASSIGN(const std::optional<JobEnd> end, launcher_.wait(options_.stop));
    if (!end) return Progress::stopped;
    EFFGATE_TRY(take_records(open, *end));
    CellEnding ending = ending_of(*end, suite_.timeout_s);
    if (ending.status != CellStatus::pass) {
      ending.message = "while it was timed: " + ending.message;
      EFFGATE_TRY(settle(open, ending));
    }
    return Progress::done;
  }

  // --- recording
  // ----------------------------------------------------------------------------------

  Status take_records(OpenCell& open, const JobEnd& end) {
    CellRecord& record = open.found.cell;
    record.seconds += end.seconds;
    record.max_rss_bytes =
        std::max(record.max_rss_bytes, static_cast<std::int64_t>(end.max_rss_bytes));
    record.stderr_tail = printable_utf8(end.stderr_tail);
    for (const CellRecordLine& line : end.records) EFFGATE_TRY(take_record(open.found, line));
    return success();
  }

  Status take_record(FinishedCell& found, const CellRecordLine& line) {
    if (const auto* drift = std::get_if<DriftMeasure>(&line)) {
      found.drift.push_back({drift->tap, drift->metric, drift->value});
    } else if (const auto* print = std::get_if<FingerprintRecord>(&line)) {
      found.fingerprints.push_back({print->tap, print->xxh64});
    } else if (const auto* sample = std::get_if<TimingSample>(&line)) {
      found.timing.push_back({sample->phase, sample->restart, sample->sample, sample->seconds,
                              sample->device_seconds});
    } else if (const auto* identity = std::get_if<IdentityRecord>(&line)) {
      if (!identity->version.empty()) found.cell.version = identity->version;
      return recorder_.record_library(found.cell.library, *identity);
    }
    return success();
  }

  Status settle(OpenCell& open, const CellEnding& ending) {
    open.settled = true;
    CellRecord& record = open.found.cell;
    record.status = ending.status;
    record.reason = ending.reason;
    record.message = ending.message;
    if (did_not_load(ending.status) && options_.find_causes) explain(open);
    EFFGATE_TRY(recorder_.record(open.found));
    observer_.cell_finished(record, ++done_, open_);
    return success();
  }

  // The first cause that blocks is a better reason than what the cell could see. Nesting blocks
  // Python's load_state_dict and no cell, which takes the state dict from under its key.
  void explain(OpenCell& open) const {
    CellRecord& record = open.found.cell;
    open.found.causes = options_.find_causes(record, preparation_.file_of(*open.cell));
    const auto first = std::ranges::find_if(open.found.causes, [&](const CauseRow& cause) {
      return cause.severity == "blocks" && cause.code != "keys.nested" &&
             is_reason_of(record.status, cause.code);
    });
    if (first != open.found.causes.end()) record.reason = first->code;
  }

  const Suite& suite_;
  const RunOptions& options_;
  Recorder& recorder_;
  Launcher& launcher_;
  Preparation& preparation_;
  RunObserver& observer_;
  const std::size_t open_;
  std::size_t done_ = 0;
  std::deque<OpenCell> cells_;  // of the present batch, in its order
};

Result<RunSummary> summary_of(RunId run, const Store& store) {
  RunSummary summary;
  summary.run = run;
  EFFGATE_ASSIGN(const std::vector<StoredCell> cells, store.cells(run));
  for (const StoredCell& stored : cells) ++summary.counts[stored.cell.status];
  return summary;
}

}  // namespace

Result<RunSummary> run_cells(const Suite& suite, const std::vector<Cell>& cells,
                             const RunOptions& options, Store& store, Launcher& launcher,
                             RunObserver& observer) {
  EFFGATE_ASSIGN(Preparation preparation,
                 Preparation::create(suite, options.places, launcher, options.stop,
                                     [&](std::string_view what) { observer.preparing(what); }));
  EFFGATE_ASSIGN(Recorder recorder, Recorder::open(suite, cells, options, store));
  std::vector<const Cell*> open;
  for (const Cell& cell : cells) {
    if (!cell.skip && !recorder.is_finished(cell.name)) open.push_back(&cell);
  }
  observer.started(recorder.run(), open.size(), cells.size());

  Run run(suite, options, recorder, launcher, preparation, observer, open.size());
  Progress progress = Progress::done;
  for (const CellBatch& batch : batches_of(open)) {
    EFFGATE_ASSIGN(progress, run.run_batch(batch, open));
    if (progress == Progress::stopped) break;
  }
  if (progress == Progress::done) EFFGATE_TRY(recorder.finish());

  EFFGATE_ASSIGN(RunSummary summary, summary_of(recorder.run(), store));
  summary.resumed = recorder.already_finished();
  summary.interrupted = progress == Progress::stopped;
  return summary;
}

}  // namespace effgate
