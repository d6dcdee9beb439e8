#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "harness/base/result.h"
#include "harness/matrix/cell.h"
#include "harness/runner/cache_entries.h"
#include "harness/runner/ending.h"
#include "harness/runner/launcher.h"

namespace effgate {

// Makes what cells need before they can be measured, once each, and keeps it in the cache: recipe
// checkpoints, and truths by the reference in float64. Entries appear whole or not at all.
// REQUIRES: nothing else runs in the launcher while a preparation is asked for.
class Preparation {
 public:
  using Announce = std::function<void(std::string_view)>;

  // An error where the cell program cannot be read. `suite` and `launcher` outlive the object.
  static Result<Preparation> create(const Suite& suite, PreparationPlaces places,
                                    Launcher& launcher, const StopRequest* stop, Announce announce);

  // Where the checkpoint of a cell lies or will lie; nothing is made.
  std::filesystem::path file_of(const Cell& cell) const { return entries_.checkpoint(cell); }

  struct Checkpoint {
    std::filesystem::path path;
    std::string sha256;                // "" where the file cannot be read
    std::optional<CellEnding> failed;  // a recipe that could not be made
  };
  // The file behind a cell's checkpoint. Nothing: a stop was requested.
  Result<std::optional<Checkpoint>> checkpoint_of(const Cell& cell);

  struct Input {
    std::string source;                // recipe:N, or file: and a safetensors file
    std::optional<CellEnding> failed;  // a picture that cannot be read
  };
  // What a cell's network gets; a picture is made into it here.
  Result<Input> input_of(const Cell& cell);

  struct Truth {
    std::filesystem::path path;        // "" where the checkpoint cannot be loaded
    std::optional<CellEnding> failed;  // could not be computed for another reason
  };
  Result<std::optional<Truth>> truth_of(const Cell& cell, const Checkpoint& checkpoint);

 private:
  Preparation(CacheEntries entries, Launcher& launcher, const StopRequest* stop, Announce announce);
  // The ending of the job, or nothing where it was stopped.
  Result<std::optional<CellEnding>> make(CellJob job, const std::filesystem::path& target);
  Result<Input> file_input_of(const Cell& cell, const std::filesystem::path& file);

  CacheEntries entries_;
  Launcher* launcher_;
  const StopRequest* stop_;
  Announce announce_;
  std::map<std::string, Checkpoint> checkpoints_;
  std::map<std::filesystem::path, Truth> truths_;
  std::map<std::array<std::string, 3>, Input> inputs_;  // by input, model and size
};

}  // namespace effgate
