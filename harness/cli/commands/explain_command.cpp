#include "harness/cli/commands/explain_command.h"

#include <fmt/format.h>

#include <iostream>
#include <iterator>
#include <optional>
#include <string>

#include "harness/base/files.h"
#include "harness/base/text.h"
#include "harness/cli/candidate_distance.h"
#include "harness/cli/checkpoint_argument.h"
#include "harness/cli/diagnosis_output.h"
#include "harness/cli/json_output.h"
#include "harness/cli/version_outcomes.h"
#include "harness/doctor/diagnose.h"
#include "harness/doctor/message/message.h"
#include "harness/graph/catalogue.h"
#include "harness/layout/inspect.h"

namespace effgate {
namespace {

// Python's messages name every key; a text beyond this is none.
constexpr std::size_t kMostMessageBytes = 16'000'000;

Error too_long(std::string_view where) {
  return Error{ErrorKind::malformed,
               fmt::format("reading the message from {}: it is longer than {}", where,
                           bytes_text(kMostMessageBytes))};
}

Result<std::string> read_message(const std::string& file) {
  if (file != "-") {
    auto text = read_text_file(file, kMostMessageBytes);
    if (!text.ok() && text.error().kind == ErrorKind::unsupported) return too_long(file);
    return text;
  }
  std::string text(kMostMessageBytes + 1, '\0');
  std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::cin.gcount()));
  if (text.size() <= kMostMessageBytes) return text;
  return too_long("standard input");
}

class ExplainCommand final : public Subcommand {
 public:
  std::string_view name() const override { return "explain"; }
  std::string_view help() const override {
    return "Why a checkpoint does not load, or loads and is wrong, and the fix";
  }
  Subject subject() const override { return Subject::input_file; }

  void declare(CLI::App& app) override {
    auto* source = app.add_option_group("what to explain");
    source->add_option("--checkpoint", checkpoint_, "A checkpoint, or FILE#KEY");
    source->add_option("--message", message_,
                       "A file with the text of a Python error; - for standard input");
    source->require_option(1);
    app.add_option("--model", model_, "The model it is to be loaded into; without, what it is");
    app.add_flag("--json", json_, "One JSON document");
    app.add_flag("--ema", ema_, "Take the averaged weights where the file holds both");
    app.add_flag("--measure", measure_,
                 "Let every installed LibTorch load the checkpoint too, and compute how far the "
                 "models lie apart that it fits; takes seconds to minutes");
  }

  Result<ExitCode> run(const Context& context) override {
    std::optional<std::string> model;
    if (!model_.empty()) {
      EFFGATE_ASSIGN(model, resolve_model_name(model_));
    }
    return message_.empty() ? explain_checkpoint(context, model) : explain_message(context, model);
  }

 private:
  Result<ExitCode> explain_checkpoint(const Context& context,
                                      const std::optional<std::string>& model) const {
    const CheckpointArgument argument = split_checkpoint(checkpoint_);
    EFFGATE_ASSIGN(const Checkpoint checkpoint,
                   Checkpoint::inspect(argument.path, {argument.key, ema_, true}));
    Diagnosis diagnosis = diagnose_checkpoint(checkpoint, NetworkIndex::instance(), model);
    const HeadCounts counts = inspect_checkpoint(checkpoint).counts;
    if (!model) diagnosis.remark = remark_on(counts, diagnosis);
    const LoadFacts facts = load_facts(checkpoint);
    std::vector<MeasuredOutcome> measured;
    if (measure_) {
      EFFGATE_TRY(measure_candidates(context.places, argument, ema_, diagnosis));
      EFFGATE_ASSIGN(measured, measure_outcomes(context, checkpoint, argument.key,
                                                network_to_measure(diagnosis)));
    }
    if (json_) {
      Json document = diagnosis_json(diagnosis);
      document["num_classes"] = counts.classes ? Json(*counts.classes) : Json();
      document["versions"] = versions_json(facts, measured);
      print_json(context.console, document);
    } else {
      print_diagnosis(context.console, diagnosis, checkpoint_);
      print_versions(context.console, facts, measured);
    }
    return exit_code_of(diagnosis);
  }

  // A file for classes of its own fits the network of its size, which has others.
  static std::string remark_on(const HeadCounts& counts, const Diagnosis& diagnosis) {
    if (!counts.classes || diagnosis.candidates.empty()) return diagnosis.remark;
    const auto network = find_model(diagnosis.candidates.front().model);
    if (!network.ok() || network->num_classes == *counts.classes) return diagnosis.remark;
    return fmt::format(
        "Its heads are for {}; as published the network has {}.",
        *counts.classes == 1 ? "1 class" : fmt::format("{} classes", *counts.classes),
        network->num_classes);
  }

  // An archive is loaded into a network; for other files any will do.
  static std::string network_to_measure(const Diagnosis& diagnosis) {
    if (!diagnosis.target.empty()) return diagnosis.target;
    return diagnosis.candidates.empty() ? "tf_efficientdet_d0" : diagnosis.candidates.front().model;
  }

  Result<ExitCode> explain_message(const Context& context,
                                   const std::optional<std::string>& model) const {
    EFFGATE_ASSIGN(const std::string text, read_message(message_));
    const Diagnosis diagnosis = diagnose_message(text, NetworkIndex::instance(), model);
    if (json_) {
      print_json(context.console, diagnosis_json(diagnosis));
    } else {
      print_diagnosis(context.console, diagnosis, "The checkpoint");
    }
    return exit_code_of(diagnosis);
  }

  std::string checkpoint_, message_, model_;
  bool json_ = false, ema_ = false, measure_ = false;
};

}  // namespace

std::unique_ptr<Subcommand> explain_command() { return std::make_unique<ExplainCommand>(); }

}  // namespace effgate
