#include "harness/runner/preparation.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/matrix/axes.h"
#include "harness/runner/cell_job.h"

namespace effgate {
namespace {

constexpr double kPreparationSeconds = 4 * 3600;
constexpr std::string_view kReference = "builtin:reference";

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

Status make_folder(const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (!failure) return success();
  return system_error("creating", folder, failure.value());
}

// Statuses that say that a checkpoint cannot be loaded; its cells find out themselves.
bool speaks_of_the_checkpoint(CellStatus status) {
  return status == CellStatus::load_mismatch || status == CellStatus::unreadable ||
         status == CellStatus::unsafe || status == CellStatus::unsupported;
}

}  // namespace

Preparation::Preparation(CacheEntries entries, Launcher& launcher, const StopRequest* stop,
                         Announce announce)
    : entries_(std::move(entries)),
      launcher_(&launcher),
      stop_(stop),
      announce_(std::move(announce)) {}

Result<Preparation> Preparation::create(const Suite& suite, PreparationPlaces places,
                                        Launcher& launcher, const StopRequest* stop,
                                        Announce announce) {
  EFFGATE_ASSIGN(CacheEntries entries, CacheEntries::create(suite, std::move(places)));
  return Preparation(std::move(entries), launcher, stop, std::move(announce));
}

Result<std::optional<CellEnding>> Preparation::make(CellJob job,
                                                    const std::filesystem::path& target) {
  EFFGATE_TRY(make_folder(target.parent_path()));
  const std::filesystem::path aside = fmt::format("{}.{}.partial", target.string(), getpid());
  job.output_path = aside.string();
  job.cell = target.filename().string();
  job.adapter = kReference;
  // The reference gives the same bits for any number of threads.
  job.environment = {};
  job.environment.intra_op_threads =
      static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  LaunchRequest request;
  request.job = std::move(job);
  request.fresh = true;
  request.environment = {{"EFFGATE_FIXTURES", entries_.places().fixtures.string()}};
  request.timeout_s = kPreparationSeconds;
  EFFGATE_TRY(launcher_->start(request));
  EFFGATE_ASSIGN(const std::optional<JobEnd> end, launcher_->wait(stop_));
  if (!end) return std::optional<CellEnding>();
  CellEnding ending = ending_of(*end, kPreparationSeconds);
  std::error_code failure;
  if (ending.status == CellStatus::pass) {
    std::filesystem::rename(aside, target, failure);
    if (failure) return system_error("renaming into", target, failure.value());
  } else {
    std::filesystem::remove(aside, failure);
  }
  return std::optional(std::move(ending));
}

Result<std::optional<Preparation::Checkpoint>> Preparation::checkpoint_of(const Cell& cell) {
  const auto known = checkpoints_.find(cell.checkpoint);
  if (known != checkpoints_.end()) return std::optional(known->second);
  const CheckpointSource source = checkpoint_source(cell.checkpoint);
  Checkpoint checkpoint;
  checkpoint.path = entries_.checkpoint(cell);
  if (source.recipe && !is_there(checkpoint.path)) {
    announce_("making the recipe checkpoint of " + source.target);
    CellJob job;
    job.kind = JobKind::make_recipe;
    job.model = source.target;
    EFFGATE_ASSIGN(const std::optional<CellEnding> ending, make(job, checkpoint.path));
    if (!ending) return std::optional<Checkpoint>();
    if (ending->status != CellStatus::pass) {
      checkpoint.failed = CellEnding{CellStatus::not_run, "no_recipe",
                                     "making its recipe checkpoint: " + ending->message};
    }
  }
  const auto hash = sha256_hex_of_file(checkpoint.path);
  if (hash.ok()) checkpoint.sha256 = *hash;
  return std::optional(checkpoints_.emplace(cell.checkpoint, std::move(checkpoint)).first->second);
}

Result<Preparation::Input> Preparation::file_input_of(const Cell& cell,
                                                      const std::filesystem::path& file) {
  constexpr const char* kFile = "file:";
  const PictureInput& picture_input = entries_.places().picture_input;
  const auto hash = sha256_hex_of_file(file);
  // What is no file is told by the cell.
  if (!picture_input || !hash.ok()) return Input{kFile + file.string(), std::nullopt};
  const std::filesystem::path target = entries_.input(cell, *hash);
  if (is_there(target)) return Input{kFile + target.string(), std::nullopt};
  EFFGATE_TRY(make_folder(target.parent_path()));
  const Result<bool> was_picture = picture_input(file, cell, target);
  if (!was_picture.ok())
    return Input{"", CellEnding{CellStatus::unreadable, "input", was_picture.error().message}};
  return Input{kFile + (*was_picture ? target : file).string(), std::nullopt};
}

Result<Preparation::Input> Preparation::input_of(const Cell& cell) {
  constexpr std::string_view kFile = "file:";
  if (!cell.input.starts_with(kFile)) return Input{cell.input, std::nullopt};
  const std::array<std::string, 3> key = {cell.input, cell.model, cell.size};
  const auto known = inputs_.find(key);
  if (known != inputs_.end()) return known->second;
  const std::filesystem::path file =
      path_in_suite(entries_.suite(), cell.input.substr(kFile.size()));
  EFFGATE_ASSIGN(Input input, file_input_of(cell, file));
  return inputs_.emplace(key, std::move(input)).first->second;
}

Result<std::optional<Preparation::Truth>> Preparation::truth_of(const Cell& cell,
                                                                const Checkpoint& checkpoint) {
  Truth truth;
  if (checkpoint.sha256.empty()) return std::optional(truth);
  const std::filesystem::path path = entries_.truth(cell, checkpoint.sha256);
  const auto known = truths_.find(path);
  if (known != truths_.end()) return std::optional(known->second);
  truth.path = path;
  if (!is_there(path)) {
    announce_(fmt::format("computing the truth of {} at {}", cell.model, cell.size));
    EFFGATE_ASSIGN(const Input input, input_of(cell));
    CellJob job = job_of(cell, checkpoint.path, input.source, "");
    job.kind = JobKind::truth;
    job.loader = "effgate";
    job.dtype = DType::float64;
    job.tf32_cell = false;
    job.detections = true;
    EFFGATE_ASSIGN(const std::optional<CellEnding> ending, make(job, path));
    if (!ending) return std::optional<Truth>();
    if (ending->status != CellStatus::pass) truth.path.clear();
    if (ending->status != CellStatus::pass && !speaks_of_the_checkpoint(ending->status)) {
      truth.failed =
          CellEnding{CellStatus::not_run, "no_truth", "computing its truth: " + ending->message};
    }
  }
  return std::optional(truths_.emplace(path, std::move(truth)).first->second);
}

}  // namespace effgate
