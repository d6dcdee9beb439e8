#include "harness/doctor/rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/text.h"

namespace effgate {
namespace {

std::string file_of(const Evidence& evidence) {
  return shell_quoted(evidence.checkpoint.path().string());
}

// Beside the file: "weights/d0.pth" gives "weights/d0-repaired.pth".
std::string output_of(const Evidence& evidence, std::string_view suffix) {
  std::filesystem::path path = evidence.checkpoint.path();
  const std::string name = path.filename().string();
  path.replace_filename(name.substr(0, name.find('.', 1)) + std::string(suffix) + ".pth");
  return shell_quoted(path.string());
}

}  // namespace

Cause make_cause(CauseCode code, ProblemSeverity severity, std::string summary) {
  Cause cause;
  cause.code = code;
  cause.severity = severity;
  cause.summary = std::move(summary);
  return cause;
}

std::vector<std::string> some_of(std::span<const std::string> names) {
  constexpr std::size_t kShown = 4;
  const std::size_t shown = std::min(names.size(), kShown);
  std::vector<std::string> some(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown));
  if (names.size() > shown) some.push_back(fmt::format("and {} more", names.size() - shown));
  return some;
}

std::string either(std::span<const std::string> names) {
  if (names.empty()) return "";
  const std::string most = join(names.first(names.size() - 1), ", ");
  return most.empty() ? names.back() : most + " or " + names.back();
}

Fix repair_fix(const Evidence& evidence, FixKind kind, std::optional<bool> lossless,
               const std::string& model) {
  return {kind,
          fmt::format("effgate repair {} --model {} -o {}", file_of(evidence),
                      model.empty() ? evidence.model : model, output_of(evidence, "-repaired")),
          lossless};
}

Fix use_model_fix(const Evidence& evidence, const std::string& model) {
  return {FixKind::use_model, fmt::format("effgate check {} --model {}", file_of(evidence), model),
          true, model};
}

Fix convert_fix(const Evidence& evidence, FixKind kind, std::string_view options,
                std::optional<bool> lossless) {
  return {kind,
          fmt::format("effgate convert {} -o {}{}{}", file_of(evidence),
                      output_of(evidence, "-converted"), options.empty() ? "" : " ", options),
          lossless};
}

}  // namespace effgate
