#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/checkpoint/problem.h"
#include "harness/layout/candidates.h"
#include "harness/layout/compare.h"

namespace effgate {

// What can be wrong between a checkpoint and a model, in the order in which causes are undone.
enum class CauseCode {
  file_not_a_checkpoint,
  file_truncated,
  file_corrupt,
  file_unsafe,
  file_whole_module,
  file_no_state_dict,
  env_import,
  env_weights_only,
  env_format_version,
  env_cpp_loader,
  env_kernel,
  keys_nested,
  keys_prefix,
  arch_foreign,
  arch_implementation,
  arch_backbone_only,
  arch_variant,
  arch_history,
  arch_redundant_bias,
  arch_head_layout,
  arch_anchor_count,
  arch_class_count,
  keys_batches_tracked,
  keys_missing,
  keys_unexpected,
  dtype_mismatch,
  values_nonfinite,
  values_untrained,
  arch_ambiguous,
};
// As the contract writes it: "arch.variant".
std::string_view to_string(CauseCode code);
CauseCode cause_code(FileProblem problem);
bool is_about_the_file(CauseCode code);

enum class FixKind {
  use_model,
  rename_keys,
  unwrap,
  cast,
  replace_head,
  convert,
  redownload,
  retrain,
  none,
};
std::string_view to_string(FixKind kind);

struct Fix {
  FixKind kind = FixKind::none;
  std::string command;           // a shell line, or ""
  std::optional<bool> lossless;  // unset where the file cannot tell
  std::string model{};           // of use_model: which
};

using Details = std::vector<std::pair<std::string, std::string>>;

struct Cause {
  CauseCode code;
  ProblemSeverity severity = ProblemSeverity::blocks;
  double confidence = 1;
  std::string summary;                // one sentence
  std::vector<std::string> evidence;  // keys, shapes or values that show it
  Details details;                    // such as found and expected
  Fix fix;
};

struct Diagnosis {
  // Whether strict load_state_dict accepts the object as it lies in the file; unset without a
  // target, and where the file cannot be read.
  std::optional<bool> loads;
  std::string target;  // catalogue name, or "" where none was asked for
  std::vector<Cause> causes;

  // What strict load_state_dict says of the object as it lies in the file.
  std::vector<std::string> missing;
  std::vector<std::string> unexpected;
  std::vector<ShapeMismatch> mismatched;
  std::vector<ModelCandidate> candidates;  // best first
  std::string python_message;              // "" where nothing is raised
  // What is to be said where no cause says it, such as what would be needed; or "".
  std::string remark;

  const Cause* find(CauseCode code) const;
};

// Blocking causes first, then by the order in which they are undone.
void sort_causes(std::vector<Cause>& causes);

}  // namespace effgate
