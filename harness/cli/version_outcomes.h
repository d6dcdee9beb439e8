#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/cli/console.h"
#include "harness/cli/json_output.h"
#include "harness/cli/subcommand.h"
#include "harness/doctor/torch_versions.h"

namespace effgate {

// What one installed library's own C++ loader did with a file.
struct MeasuredOutcome {
  std::string library;  // "torch-2.15.0"
  std::string version;
  LoadOutcome outcome = LoadOutcome::unknown;
  std::string reason;  // the library's words, or ""
};

// Loads the file with every installed LibTorch, each in a process of its own; takes seconds.
// `model` is a catalogue name whose schema an archive is loaded into.
Result<std::vector<MeasuredOutcome>> measure_outcomes(const Context& context,
                                                      const Checkpoint& checkpoint,
                                                      const std::string& key,
                                                      const std::string& model);

// The field `versions` of `effgate.explain/1`: predicted ranges of versions, then what was
// measured.
Json versions_json(const LoadFacts& facts, const std::vector<MeasuredOutcome>& measured);
void print_versions(Console& console, const LoadFacts& facts,
                    const std::vector<MeasuredOutcome>& measured);

}  // namespace effgate
