#include "harness/cli/own_network.h"

#include <fmt/format.h>

#include "harness/base/text.h"
#include "harness/layout/inspect.h"

namespace effgate {
namespace {

// File names write "efficientdet-d0" as well as "efficientdet_d0".
std::string with_underscores(std::string text) {
  for (char& c : text)
    if (c == '-') c = '_';
  return lower(text);
}

// How file names write a model: other implementations' are named for the size alone,
// "efficientdet-d7.pth".
std::string in_file_names(const std::string& model) {
  const std::size_t colon = model.find(':');
  if (colon == std::string::npos) return model;
  return model.substr(model.find("efficientdet", colon));
}

}  // namespace

std::string candidate_named_by(const std::filesystem::path& file,
                               const std::vector<std::string>& candidates) {
  const std::string name = with_underscores(file.filename().string());
  const std::string* best = nullptr;
  for (const std::string& candidate : candidates) {
    const bool named = name.find(in_file_names(candidate)) != std::string::npos;
    if (named && (best == nullptr || candidate.size() > best->size())) best = &candidate;
  }
  return best == nullptr ? candidates.front() : *best;
}

std::optional<std::int64_t> own_class_count(const std::filesystem::path& file,
                                            const std::string& key) {
  const Result<Checkpoint> checkpoint = Checkpoint::open(file, {.key = key});
  if (!checkpoint.ok()) return std::nullopt;
  return inspect_checkpoint(*checkpoint).counts.classes;
}

Result<OwnNetwork> own_network(const std::filesystem::path& file, const std::string& key) {
  EFFGATE_ASSIGN(const Checkpoint checkpoint, Checkpoint::open(file, {.key = key}));
  const Inspection inspection = inspect_checkpoint(checkpoint);
  const std::vector<std::string> fitting = fitting_models(inspection.candidates);
  if (fitting.empty()) {
    return Error{ErrorKind::refused,
                 fmt::format("{}: its tensors fit no network of the catalogue", file.string()),
                 fmt::format("effgate inspect {}", shell_quoted(file.string()))};
  }
  return OwnNetwork{candidate_named_by(file, fitting), inspection.counts.classes};
}

}  // namespace effgate
