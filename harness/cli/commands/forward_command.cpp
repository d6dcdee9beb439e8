#include "harness/cli/commands/forward_command.h"

#include <csignal>

#include "harness/base/files.h"
#include "harness/cli/network_options.h"
#include "harness/cli/output_file.h"

namespace effgate {
namespace {

class ForwardCommand final : public Subcommand {
 public:
  std::string_view name() const override { return "forward"; }
  std::string_view help() const override { return "One forward pass, outputs as safetensors"; }
  Subject subject() const override { return Subject::input_file; }

  void declare(CLI::App& app) override {
    network_.declare(app);
    app.add_option("--input", input_,
                   "safetensors file with float32 `input` [N,3,H,W], normalised; or recipe:N");
    app.add_flag("--detections", detections_, "Also write det [N,100,6]: x1,y1,x2,y2,score,class");
    app.add_flag("--taps", taps_, "Also write every named intermediate");
    app.add_option("-o,--output", output_, "The safetensors file to write")->required();
  }

  Result<ExitCode> run(const Context& context) override {
    EFFGATE_TRY(check_output_folder(output_));
    EFFGATE_ASSIGN(const StopRequest stop, StopRequest::on_signals({SIGINT, SIGTERM}));
    EFFGATE_ASSIGN(CellJob job, network_.forward_job("forward", context.places, stop));
    job.input.source = input_.starts_with("recipe:") ? input_ : "file:" + input_;
    job.detections = detections_;
    job.taps = taps_;
    EFFGATE_TRY(check_is_not_input(output_, job.checkpoint_path, "the checkpoint"));
    EFFGATE_TRY(check_is_not_input(output_, input_));
    return write_outputs(context.places, job, stop);
  }

 private:
  // Written from here: standard output is another one for the cell.
  Result<ExitCode> write_outputs(const Places& places, CellJob& job,
                                 const StopRequest& stop) const {
    ExitCode code = ExitCode::done;
    const auto forward = [&](const std::filesystem::path& beside) -> Status {
      job.output_path = beside.string();
      EFFGATE_ASSIGN(code, network_.run_forward(places, job, stop));
      if (code == ExitCode::done) return success();
      return Error{ErrorKind::timed_out, "forward: interrupted"};
    };
    const Status written = replace_file_atomically(output_, forward);
    if (!written.ok() && code == ExitCode::done) return written.error();
    return code;
  }

  NetworkOptions network_;
  std::string input_ = "recipe:0", output_;
  bool detections_ = false, taps_ = false;
};

}  // namespace

std::unique_ptr<Subcommand> forward_command() { return std::make_unique<ForwardCommand>(); }

}  // namespace effgate
