#include "harness/cli/commands/inspect_command.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <map>
#include <optional>

#include "harness/base/text.h"
#include "harness/cli/checkpoint_argument.h"
#include "harness/cli/diagnosis_output.h"
#include "harness/cli/json_output.h"
#include "harness/layout/inspect.h"

namespace effgate {
namespace {

using Tensors = std::vector<TensorEntry>;

Json tensor_json(const TensorEntry& tensor) {
  return Json{{"name", tensor.name},
              {"dtype", to_string(tensor.dtype)},
              {"shape", tensor.shape},
              {"bytes", tensor.bytes}};
}

Json state_dicts_json(const std::vector<StateDictPlace>& places) {
  Json list = Json::array();
  for (const StateDictPlace& place : places)
    list.push_back(Json{{"key", place.key}, {"tensors", place.tensors}, {"ema", place.ema}});
  return list;
}

Json problems_json(const std::vector<Problem>& problems) {
  Json list = Json::array();
  for (const Problem& problem : problems) {
    list.push_back(Json{{"code", to_string(problem.code)},
                        {"severity", to_string(problem.severity)},
                        {"summary", problem.summary}});
  }
  return list;
}

Json count_json(const std::optional<std::int64_t>& count) {
  return count ? Json(*count) : Json(nullptr);
}

std::map<DType, std::size_t> dtype_counts(const Tensors& tensors) {
  std::map<DType, std::size_t> counts;
  for (const TensorEntry& tensor : tensors) ++counts[tensor.dtype];
  return counts;
}

Json dtypes_json(const Tensors& tensors) {
  Json counts = Json::object();
  for (const auto& [dtype, count] : dtype_counts(tensors)) counts[to_string(dtype)] = count;
  return counts;
}

// The tensors are yet to come.
Json as_json(const Inspection& inspection, const Tensors& tensors) {
  return Json{{"schema", "effgate.inspect/1"},
              {"file", inspection.file},
              {"bytes", inspection.bytes},
              {"container", inspection.container},
              {"writer", inspection.writer},
              {"layout", inspection.layout},
              {"layout_detail", inspection.layout_detail},
              {"tensors", Json::array()},
              {"wrappers", inspection.wrappers},
              {"candidates", candidates_json(inspection.candidates)},
              {"num_classes", count_json(inspection.counts.classes)},
              {"anchors_per_cell", count_json(inspection.counts.anchors)},
              {"dtypes", dtypes_json(tensors)},
              {"problems", problems_json(inspection.problems)},
              {"state_dicts", state_dicts_json(inspection.state_dicts)},
              {"other_entries", inspection.other_entries},
              {"inert_globals", inspection.inert_globals}};
}

// "float32 588, int64 108"
std::string dtypes_text(const Tensors& tensors) {
  std::vector<std::string> parts;
  for (const auto& [dtype, count] : dtype_counts(tensors))
    parts.push_back(fmt::format("{} {}", to_string(dtype), count));
  return join(parts, ", ");
}

void print_line(Console& console, std::string_view label, const std::string& value) {
  if (!value.empty()) fmt::print(console.out(), "{:<12} {}\n", label, printable_line(value));
}

std::string places_text(const std::vector<StateDictPlace>& places) {
  std::vector<std::string> parts;
  for (const StateDictPlace& place : places) {
    parts.push_back(fmt::format("{} ({} tensors{})", place.key.empty() ? "top level" : place.key,
                                place.tensors, place.ema ? ", averaged" : ""));
  }
  return join(parts, ", ");
}

std::string layout_text(const Inspection& inspection) {
  if (inspection.layout_detail.empty()) return inspection.layout;
  return fmt::format("{} ({})", inspection.layout, inspection.layout_detail);
}

std::string count_text(const std::optional<std::int64_t>& count) {
  return count ? std::to_string(*count) : "";
}

// "fits         tf_efficientdet_d6, tf_efficientdet_d7", or "near         tf_efficientdet_d3 0.998"
void print_candidates(Console& console, const std::vector<ModelCandidate>& candidates) {
  print_line(console, "fits", join(fitting_models(candidates), ", "));
  std::vector<std::string> near;
  for (const ModelCandidate& candidate : candidates)
    if (candidate.score < 1)
      near.push_back(fmt::format("{} {:.3f}", candidate.model, candidate.score));
  print_line(console, "near", join(near, ", "));
}

void print_text(Console& console, const Inspection& inspection, const Tensors& tensors) {
  print_line(console, "file", inspection.file);
  print_line(console, "size", bytes_text(inspection.bytes));
  print_line(console, "container", inspection.container);
  print_line(console, "written by", inspection.writer);
  print_line(console, "state dicts", places_text(inspection.state_dicts));
  print_line(console, "wrappers", join(inspection.wrappers, " "));
  print_line(console, "layout", layout_text(inspection));
  print_line(console, "tensors", fmt::format("{}", tensors.size()));
  print_line(console, "dtypes", dtypes_text(tensors));
  print_line(console, "classes", count_text(inspection.counts.classes));
  print_line(console, "anchors", count_text(inspection.counts.anchors));
  print_candidates(console, inspection.candidates);
  print_line(console, "beside them", join(inspection.other_entries, ", "));
  print_line(console, "mere data", join(inspection.inert_globals, ", "));
  for (const Problem& problem : inspection.problems)
    print_line(console, std::string(to_string(problem.severity)),
               fmt::format("{}: {}", to_string(problem.code), problem.summary));
}

class InspectCommand final : public Subcommand {
 public:
  std::string_view name() const override { return "inspect"; }
  std::string_view help() const override {
    return "Container, writer, tensors, and what is wrong with a file";
  }
  Subject subject() const override { return Subject::input_file; }

  void declare(CLI::App& app) override {
    app.add_option("FILE", file_, "A checkpoint, or FILE#KEY")->required();
    app.add_flag("--json", json_, "One JSON document");
    app.add_flag("--verify", verify_, "Check the checksums of tensor data too");
    app.add_flag("--ema", ema_, "Show the averaged weights where the file holds both");
    app.add_flag("--keys", keys_, "Also list every tensor");
  }

  Result<ExitCode> run(const Context& context) override {
    const CheckpointArgument argument = split_checkpoint(file_);
    EFFGATE_ASSIGN(const Checkpoint checkpoint,
                   Checkpoint::inspect(argument.path, {argument.key, ema_, verify_}));
    const Inspection inspection = inspect_checkpoint(checkpoint);
    const Tensors& tensors = checkpoint.tensors();
    if (json_) {
      print_json(
          context.console, as_json(inspection, tensors),
          {"tensors", tensors.size(), [&](std::size_t i) { return tensor_json(tensors[i]); }});
    } else {
      print_text(context.console, inspection, tensors);
      if (keys_) print_keys(context.console, tensors);
    }
    const bool blocked = std::any_of(
        inspection.problems.begin(), inspection.problems.end(),
        [](const Problem& problem) { return problem.severity != ProblemSeverity::note; });
    return blocked ? ExitCode::bad_input : ExitCode::done;
  }

 private:
  static void print_keys(Console& console, const Tensors& tensors) {
    for (const TensorEntry& tensor : tensors) {
      fmt::print(console.out(), "{}|{}|{}\n", printable_line(tensor.name),
                 fmt::join(tensor.shape, ","), to_string(tensor.dtype));
    }
  }

  std::string file_;
  bool json_ = false, verify_ = false, ema_ = false, keys_ = false;
};

}  // namespace

std::unique_ptr<Subcommand> inspect_command() { return std::make_unique<InspectCommand>(); }

}  // namespace effgate
