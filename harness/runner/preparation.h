#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "harness/base/result.h"
#include "harness/matrix/cell.h"
#include "harness/matrix/suite.h"
#include "harness/runner/ending.h"
#include "harness/runner/launcher.h"

namespace effgate {

// Where preparations are made and kept.
struct PreparationPlaces {
  std::filesystem::path cell_program;  // its content is part of every key
  std::filesystem::path cache;
  std::filesystem::path fixtures;
};

// Makes what cells need before they can be measured, once each, and keeps it in the cache: recipe
// checkpoints, and truths by the reference in float64. Entries appear whole or not at all, and
// their names hold hashes of everything that decides their content.
class Preparation {
 public:
  using Announce = std::function<void(std::string_view)>;

  static Result<Preparation> create(const Suite& suite, PreparationPlaces places,
                                    Launcher& launcher, const StopRequest* stop, Announce announce);

  struct Checkpoint {
    std::filesystem::path path;
    std::string sha256;                // "" where the file cannot be read
    std::optional<CellEnding> failed;  // a recipe that could not be made
  };
  // The file behind a cell's checkpoint. Nothing: a stop was requested.
  Result<std::optional<Checkpoint>> checkpoint_of(const Cell& cell);

  struct Truth {
    std::filesystem::path path;        // "" where the checkpoint does not fit the network
    std::optional<CellEnding> failed;  // could not be computed although the checkpoint fits
  };
  Result<std::optional<Truth>> truth_of(const Cell& cell, const Checkpoint& checkpoint);

  // The cache entries of a cell, and whether they are there; for plans. A truth's entry depends on
  // the checkpoint's content, so it is unknown while a recipe is not made.
  bool has_checkpoint(const Cell& cell) const;
  bool has_truth(const Cell& cell);

 private:
  Preparation(const Suite& suite, PreparationPlaces places, Launcher& launcher,
              const StopRequest* stop, Announce announce);

  std::filesystem::path recipe_path(const std::string& model) const;
  std::filesystem::path truth_path(const Cell& cell, const Checkpoint& checkpoint) const;
  // The ending of the job, or nothing where it was stopped.
  Result<std::optional<CellEnding>> make(CellJob job, const std::filesystem::path& target);
  std::string sha256_of(const std::filesystem::path& file);

  const Suite* suite_;
  PreparationPlaces places_;
  Launcher* launcher_;
  const StopRequest* stop_;
  Announce announce_;
  std::string program_sha256_;
  std::map<std::string, Checkpoint> checkpoints_;
  std::map<std::filesystem::path, Truth> truths_;
};

}  // namespace effgate
