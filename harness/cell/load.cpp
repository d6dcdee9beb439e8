#include "harness/cell/load.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <span>
#include <system_error>
#include <utility>

#include "harness/cell/library_file.h"
#include "harness/cell/mismatch.h"
#include "harness/layout/compare.h"
#include "harness/layout/inspect.h"
#include "harness/layout/own_schema.h"

namespace effgate {
namespace {

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

Loaded ended(EndRecord ending) {
  Loaded loaded;
  loaded.ending = std::move(ending);
  return loaded;
}

EndRecord ending_of_problem(const Problem& problem) {
  const bool unsafe = problem.code == FileProblem::unsafe;
  return {unsafe ? "unsafe" : "unreadable", std::string(to_string(problem.code)), problem.summary,
          0};
}

OpenOptions open_options(const CellJob& job) {
  return {.key = job.checkpoint_key, .ema = job.ema, .verify_storages = false};
}

LoadRecord record_of(const Checkpoint& checkpoint) {
  LoadRecord record;
  record.container = to_string(checkpoint.container());
  record.writer = checkpoint.writer();
  record.wrappers = checkpoint.wrappers();
  record.tensors = static_cast<std::int64_t>(checkpoint.tensors().size());
  return record;
}

// The models that the file is for; none where it is for this one with other classes or anchors.
std::vector<std::string> other_fitting_models(const Checkpoint& checkpoint,
                                              const std::string& model) {
  std::vector<std::string> fitting = fitting_models(inspect_checkpoint(checkpoint).candidates);
  if (std::ranges::find(fitting, model) != fitting.end()) fitting.clear();
  return fitting;
}

// Compares `state` with the model and completes the record; the ending where it does not fit.
std::optional<EndRecord> compare_with_model(const StoredState& state, const ModelConfig& model,
                                            const std::optional<Checkpoint>& checkpoint,
                                            LoadRecord& record) {
  const Comparison comparison = compare_strictly(state, own_schema(model));
  record_comparison(comparison, record);
  if (comparison.loads()) return std::nullopt;
  std::vector<std::string> fitting;
  if (checkpoint) fitting = other_fitting_models(*checkpoint, model.name);
  return mismatch_ending(comparison, state, model, fitting);
}

// What our own reader makes of a file that a library's loader shall read.
struct OwnReading {
  std::optional<Checkpoint> checkpoint;  // unset where our reader cannot use it
  std::optional<EndRecord> ending;       // why
  Container container = Container::unknown;
};

// A file that is not there and a key that is not in it are the same kind of error.
Stage failed_stage(const CellJob& job, const Error& error) {
  std::error_code ignored;
  const bool in_file =
      error.kind == ErrorKind::not_found && std::filesystem::exists(job.checkpoint_path, ignored);
  return in_file ? Stage::state_dict : Stage::checkpoint;
}

OwnReading read_ourselves(const CellJob& job) {
  OwnReading reading;
  Result<Checkpoint> opened = Checkpoint::inspect(job.checkpoint_path, open_options(job));
  if (!opened.ok()) {
    reading.ending = ending_of(failed_stage(job, opened.error()), opened.error());
    return reading;
  }
  reading.container = opened->container();
  if (const Problem* problem = opened->blocking_problem()) {
    reading.ending = ending_of_problem(*problem);
    return reading;
  }
  reading.checkpoint = *std::move(opened);
  return reading;
}

bool left_to_the_library(const OwnReading& own) {
  return own.container == Container::torch_archive || own.container == Container::torchscript;
}

// The library's words count where the file is one that it might read; a file that is broken for
// everybody keeps our own, more precise reason.
EndRecord loader_ending(const OwnReading& own, const Error& error) {
  if (own.ending && !left_to_the_library(own)) return *own.ending;
  return ending_of(Stage::library_loader, error);
}

StoredState state_of(const std::vector<TensorEntry>& tensors) {
  StoredState state;
  for (const TensorEntry& tensor : tensors) {
    state.tensors.push_back({tensor.name, tensor.shape, tensor.dtype});
  }
  return state;
}

std::vector<std::string> names_of(const std::vector<TensorEntry>& tensors) {
  std::vector<std::string> names;
  names.reserve(tensors.size());
  for (const TensorEntry& tensor : tensors) names.push_back(tensor.name);
  return names;
}

// Weights that fit, under the names that the graph asks for.
void keep(Weights weights, std::span<const std::string> names, const ModelConfig& model,
          Loaded& loaded) {
  const auto translation = translate(names, model, own_layout(model), Layout::effdet);
  if (!translation.ok()) {
    loaded.ending = ending_of(Stage::network, translation.error());
    return;
  }
  weights.rename(translation->renamed);
  loaded.weights.emplace(std::move(weights));
}

}  // namespace

Loaded load_by_effgate(const CellJob& job, const ModelConfig& model) {
  const Stopwatch watch;
  OwnReading own = read_ourselves(job);
  if (own.ending) return ended(*std::move(own.ending));
  Loaded loaded;
  loaded.record = record_of(*own.checkpoint);
  loaded.ending =
      compare_with_model(stored_state(*own.checkpoint), model, own.checkpoint, *loaded.record);
  loaded.record->seconds = watch.seconds();
  if (!loaded.ending) {
    const std::vector<std::string> names = names_of(own.checkpoint->tensors());
    keep(Weights(*std::move(own.checkpoint)), names, model, loaded);
  }
  return loaded;
}

Loaded load_by_library(const CellJob& job, const ModelConfig& model, Session& session) {
  const Stopwatch watch;
  const OwnReading own = read_ourselves(job);
  // A file that asks to run code is given to nobody.
  if (own.ending && own.ending->status == "unsafe") return ended(*own.ending);
  Result<LibraryFile> file =
      read_library_file(session, job.checkpoint_path, own.container, own_schema(model));
  if (!file.ok()) return ended(loader_ending(own, file.error()));
  if (own.checkpoint) {
    const Status same = check_same_tensors(*own.checkpoint, file->tensors);
    if (!same.ok()) return ended(ending_of(Stage::compute, same.error()));
  }
  Loaded loaded;
  loaded.record = own.checkpoint ? record_of(*own.checkpoint) : LoadRecord{};
  loaded.record->container = to_string(own.container);
  loaded.record->tensors = static_cast<std::int64_t>(file->tensors.size());
  loaded.ending =
      compare_with_model(state_of(file->tensors), model, own.checkpoint, *loaded.record);
  loaded.record->seconds = watch.seconds();
  if (!loaded.ending) {
    const std::vector<std::string> names = names_of(file->tensors);
    keep(Weights(std::move(file->tensors), std::move(file->storage)), names, model, loaded);
  }
  return loaded;
}

}  // namespace effgate
