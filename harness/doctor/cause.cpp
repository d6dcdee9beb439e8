#include "harness/doctor/cause.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace effgate {
namespace {

constexpr std::array<std::string_view, 29> kCodeNames = {
    "file.not_a_checkpoint", "file.truncated",     "file.corrupt",         "file.unsafe",
    "file.whole_module",     "file.no_state_dict", "env.import",           "env.weights_only",
    "env.format_version",    "env.cpp_loader",     "env.kernel",           "keys.nested",
    "keys.prefix",           "arch.foreign",       "arch.implementation",  "arch.backbone_only",
    "arch.variant",          "arch.history",       "arch.redundant_bias",  "arch.head_layout",
    "arch.anchor_count",     "arch.class_count",   "keys.batches_tracked", "keys.missing",
    "keys.unexpected",       "dtype.mismatch",     "values.nonfinite",     "values.untrained",
    "arch.ambiguous"};
static_assert(kCodeNames.size() == static_cast<std::size_t>(CauseCode::arch_ambiguous) + 1);

constexpr std::array<std::string_view, 9> kFixNames = {"use_model",  "rename_keys",  "unwrap",
                                                       "cast",       "replace_head", "convert",
                                                       "redownload", "retrain",      "none"};
static_assert(kFixNames.size() == static_cast<std::size_t>(FixKind::none) + 1);

}  // namespace

std::string_view to_string(CauseCode code) { return kCodeNames[static_cast<std::size_t>(code)]; }
std::string_view to_string(FixKind kind) { return kFixNames[static_cast<std::size_t>(kind)]; }

CauseCode cause_code(FileProblem problem) {
  switch (problem) {
    case FileProblem::not_a_checkpoint: return CauseCode::file_not_a_checkpoint;
    case FileProblem::truncated: return CauseCode::file_truncated;
    case FileProblem::corrupt: return CauseCode::file_corrupt;
    case FileProblem::unsafe: return CauseCode::file_unsafe;
    case FileProblem::whole_module: return CauseCode::file_whole_module;
    case FileProblem::no_state_dict: return CauseCode::file_no_state_dict;
  }
  return CauseCode::file_not_a_checkpoint;
}

bool is_about_the_file(CauseCode code) { return code <= CauseCode::file_no_state_dict; }

const Cause* Diagnosis::find(CauseCode code) const {
  const auto cause = std::ranges::find(causes, code, &Cause::code);
  return cause == causes.end() ? nullptr : &*cause;
}

void sort_causes(std::vector<Cause>& causes) {
  std::ranges::stable_sort(causes, std::less(), [](const Cause& cause) {
    return std::tuple(cause.severity, cause.code);
  });
}

}  // namespace effgate
