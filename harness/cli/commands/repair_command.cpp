#include "harness/cli/commands/repair_command.h"

#include <fmt/format.h>

#include <csignal>
#include <optional>

#include "harness/base/files.h"
#include "harness/base/text.h"
#include "harness/checkpoint/save.h"
#include "harness/cli/checkpoint_argument.h"
#include "harness/cli/output_file.h"
#include "harness/cli/repair_output.h"
#include "harness/doctor/diagnose.h"
#include "harness/doctor/target.h"
#include "harness/graph/catalogue.h"

namespace effgate {
namespace {

std::vector<TensorToSave> tensors_of(const Repair& repair) {
  std::vector<TensorToSave> tensors;
  for (const RepairedTensor& one : repair.tensors) tensors.push_back(one.tensor);
  return tensors;
}

class RepairCommand final : public Subcommand {
 public:
  std::string_view name() const override { return "repair"; }
  std::string_view help() const override {
    return "Rewrite a checkpoint so that it loads, and prove it";
  }
  Subject subject() const override { return subject_; }

  void declare(CLI::App& app) override {
    app.add_option("FILE", file_, "A checkpoint, or FILE#KEY")->required();
    app.add_option("--model", model_, "The network it has to fit, in full or short")->required();
    app.add_option("-o,--output", output_, "The file to write")->required();
    app.add_option("--format", format_, kFormatHelp);
    app.add_flag("--ema", ema_, "Take the averaged weights where the file holds both");
    app.add_flag("--json", json_, "One JSON document");
  }

  Result<ExitCode> run(const Context& context) override {
    EFFGATE_ASSIGN(const std::string model, resolve_model_name(model_));
    const CheckpointArgument argument = split_checkpoint(file_);
    EFFGATE_ASSIGN(const Container format, container_to_write(format_, output_));
    EFFGATE_TRY(check_is_not_input(output_, argument.path));
    EFFGATE_TRY(check_output_folder(output_));
    EFFGATE_ASSIGN(const StopRequest stop, StopRequest::on_signals({SIGINT, SIGTERM}));
    EFFGATE_ASSIGN(const Checkpoint source,
                   Checkpoint::inspect(argument.path, {argument.key, ema_, true}));
    const Diagnosis diagnosis = diagnose_checkpoint(source, NetworkIndex::instance(), model);
    Result<Repair> repaired = repair(source, diagnosis, NetworkIndex::instance());
    if (!repaired.ok()) return refusal(context, diagnosis, std::move(repaired).error());
    RepairedFile result{file_, output_, model, *repaired, {}, {}};
    const Status written = write(context.places, source, format, result, &stop);
    if (stop.requested()) return ExitCode::interrupted;
    if (!written.ok()) return refusal(context, diagnosis, written.error());
    json_ ? print_repair_json(context.console, result) : print_repair(context.console, result);
    return ExitCode::done;
  }

 private:
  // Writes beside the output and puts it there only once everything is proved.
  Status write(const Places& places, const Checkpoint& source, Container format,
               RepairedFile& result, const StopRequest* stop) const {
    EFFGATE_ASSIGN(const Target target, find_target(result.model, NetworkIndex::instance()));
    const auto save = [&](const std::filesystem::path& beside) {
      return save_checkpoint(beside, format, tensors_of(result.repair));
    };
    const auto prove = [&](const std::filesystem::path& beside) -> Status {
      EFFGATE_ASSIGN(const Checkpoint written, Checkpoint::open(beside, {"", false, true}));
      EFFGATE_ASSIGN(result.proof, prove_repair(source, written, result.repair, target.schema));
      EFFGATE_ASSIGN(result.forward, prove_forward(places, beside, result.model, stop));
      return success();
    };
    return replace_file_atomically(output_, save, prove);
  }

  Error refusal(const Context& context, const Diagnosis& diagnosis, Error error) {
    // Whatever else fails is not the input's fault.
    if (error.kind == ErrorKind::io) subject_ = Subject::machine;
    if (json_) print_refusal_json(context.console, file_, diagnosis, error.message);
    if (error.next.empty())
      error.next = fmt::format("effgate explain --checkpoint {} --model {}", shell_quoted(file_),
                               diagnosis.target);
    return std::move(error).while_doing("repairing " + file_);
  }

  std::string file_, model_, output_, format_;
  bool ema_ = false, json_ = false;
  Subject subject_ = Subject::input_file;
};

}  // namespace

std::unique_ptr<Subcommand> repair_command() { return std::make_unique<RepairCommand>(); }

}  // namespace effgate
