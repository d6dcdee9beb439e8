#include "harness/cli/explain_command.h"

#include <iostream>
#include <iterator>
#include <optional>
#include <string>

#include "harness/base/files.h"
#include "harness/cli/checkpoint_argument.h"
#include "harness/cli/diagnosis_output.h"
#include "harness/cli/json_output.h"
#include "harness/doctor/diagnose.h"
#include "harness/doctor/message.h"
#include "harness/graph/catalogue.h"

namespace effgate {
namespace {

// Python's messages name every key; a text beyond this is none.
constexpr std::size_t kMostMessageBytes = 16 << 20;

Result<std::string> read_message(const std::string& file) {
  if (file != "-") return read_text_file(file, kMostMessageBytes);
  std::string text(kMostMessageBytes + 1, '\0');
  std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::cin.gcount()));
  if (text.size() <= kMostMessageBytes) return text;
  return Error{ErrorKind::unsupported,
               "reading the message from standard input: it is longer than 16 MB"};
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
  }

  Result<ExitCode> run(const Context& context) override {
    std::optional<std::string> model;
    if (!model_.empty()) {
      EFFGATE_ASSIGN(model, resolve_model_name(model_));
    }
    EFFGATE_ASSIGN(const Diagnosis diagnosis,
                   message_.empty() ? of_checkpoint(model) : of_message(model));
    if (json_) {
      print_json(context.console, diagnosis_json(diagnosis));
    } else {
      print_diagnosis(context.console, diagnosis, message_.empty() ? checkpoint_ : "the message");
    }
    return exit_code_of(diagnosis);
  }

 private:
  Result<Diagnosis> of_checkpoint(const std::optional<std::string>& model) const {
    const CheckpointArgument argument = split_checkpoint(checkpoint_);
    EFFGATE_ASSIGN(const Checkpoint checkpoint,
                   Checkpoint::inspect(argument.path, {argument.key, ema_, true}));
    return diagnose_checkpoint(checkpoint, NetworkIndex::instance(), model);
  }

  Result<Diagnosis> of_message(const std::optional<std::string>& model) const {
    EFFGATE_ASSIGN(const std::string text, read_message(message_));
    return diagnose_message(text, NetworkIndex::instance(), model);
  }

  std::string checkpoint_, message_, model_;
  bool json_ = false, ema_ = false;
};

}  // namespace

std::unique_ptr<Subcommand> explain_command() { return std::make_unique<ExplainCommand>(); }

}  // namespace effgate
