#include "harness/cli/diagnosis_output.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <utility>

#include "harness/base/text.h"

namespace effgate {
namespace {

Json fix_json(const Fix& fix) {
  return Json{{"kind", to_string(fix.kind)},
              {"command", fix.command},
              {"lossless", fix.lossless ? Json(*fix.lossless) : Json()}};
}

// Counts are numbers in the document.
Json details_json(const Cause& cause) {
  const bool counts =
      cause.code == CauseCode::arch_class_count || cause.code == CauseCode::arch_anchor_count;
  Json object = Json::object();
  for (const auto& [name, value] : cause.details) {
    const auto number = counts ? parse_integer(value) : std::nullopt;
    object[name] = number ? Json(*number) : Json(value);
  }
  return object;
}

Json causes_json(const std::vector<Cause>& causes) {
  Json list = Json::array();
  for (const Cause& cause : causes) {
    list.push_back(Json{{"code", to_string(cause.code)},
                        {"severity", to_string(cause.severity)},
                        {"confidence", cause.confidence},
                        {"summary", cause.summary},
                        {"evidence", cause.evidence},
                        {"details", details_json(cause)},
                        {"fix", fix_json(cause.fix)}});
  }
  return list;
}

Json mismatched_json(const std::vector<ShapeMismatch>& mismatched) {
  Json list = Json::array();
  for (const ShapeMismatch& mismatch : mismatched)
    list.push_back(Json{{"key", mismatch.key}, {"file", mismatch.file}, {"model", mismatch.model}});
  return list;
}

// "tf_efficientdet_d6 and tf_efficientdet_d7" of the candidates that fit best.
std::string best_candidates(const std::vector<ModelCandidate>& candidates) {
  std::vector<std::string> best;
  for (const ModelCandidate& candidate : candidates)
    if (candidate.score == candidates.front().score) best.push_back(candidate.model);
  return join(best, ", ");
}

std::string opening(const Diagnosis& diagnosis, std::string_view subject) {
  if (exit_code_of(diagnosis) == ExitCode::bad_input && diagnosis.target.empty())
    return fmt::format("{} cannot be loaded into any network.", subject);
  if (diagnosis.loads) {
    if (diagnosis.target.empty()) return "";  // of a message that does not tell into what
    return fmt::format("{} {} into {}.", subject, *diagnosis.loads ? "loads" : "does not load",
                       diagnosis.target);
  }
  if (!diagnosis.candidates.empty())
    return fmt::format("{} fits {} best.", subject, best_candidates(diagnosis.candidates));
  return diagnosis.causes.empty() && diagnosis.remark.empty()
             ? fmt::format("Nothing known explains {}.", subject)
             : "";
}

void print_cause(Console& console, const Cause& cause) {
  fmt::print(console.out(), "{}: {}\n", to_string(cause.code), printable_utf8(cause.summary));
  for (const std::string& evidence : cause.evidence)
    fmt::print(console.out(), "  {}\n", printable_utf8(evidence));
}

// One command may undo several causes; it is said once, after the last of them.
bool is_last_with_command(const std::vector<Cause>& causes, std::size_t index) {
  const std::string& command = causes[index].fix.command;
  return !command.empty() &&
         std::none_of(causes.begin() + static_cast<std::ptrdiff_t>(index) + 1, causes.end(),
                      [&](const Cause& later) { return later.fix.command == command; });
}

}  // namespace

Json candidates_json(const std::vector<ModelCandidate>& candidates) {
  Json list = Json::array();
  for (const ModelCandidate& candidate : candidates)
    list.push_back(Json{{"model", candidate.model}, {"score", candidate.score}});
  return list;
}

Json diagnosis_json(const Diagnosis& diagnosis) {
  return Json{{"schema", "effgate.explain/1"},
              {"loads", diagnosis.loads ? Json(*diagnosis.loads) : Json()},
              {"target", diagnosis.target.empty() ? Json() : Json(diagnosis.target)},
              {"causes", causes_json(diagnosis.causes)},
              {"missing", diagnosis.missing},
              {"unexpected", diagnosis.unexpected},
              {"mismatched", mismatched_json(diagnosis.mismatched)},
              {"candidates", candidates_json(diagnosis.candidates)},
              {"remark", diagnosis.remark},
              {"python", Json{{"message", diagnosis.python_message}}}};
}

void print_diagnosis(Console& console, const Diagnosis& diagnosis, std::string_view subject) {
  bool starts = true;
  for (const std::string& line : {opening(diagnosis, printable_utf8(subject)), diagnosis.remark}) {
    if (line.empty()) continue;
    fmt::print(console.out(), "{}\n", line);
    starts = false;
  }
  for (std::size_t i = 0; i < diagnosis.causes.size(); ++i) {
    if (!std::exchange(starts, false)) fmt::print(console.out(), "\n");
    print_cause(console, diagnosis.causes[i]);
    if (is_last_with_command(diagnosis.causes, i))
      fmt::print(console.out(), "next: {}\n", diagnosis.causes[i].fix.command);
  }
}

ExitCode exit_code_of(const Diagnosis& diagnosis) {
  ExitCode code = ExitCode::done;
  for (const Cause& cause : diagnosis.causes) {
    if (cause.severity == ProblemSeverity::note) continue;
    if (is_about_the_file(cause.code)) return ExitCode::bad_input;
    code = ExitCode::closed;
  }
  return code;
}

}  // namespace effgate
