#include "harness/cli/commands/convert_command.h"

#include <fmt/format.h>

#include <array>
#include <csignal>

#include "harness/base/text.h"
#include "harness/checkpoint/save.h"
#include "harness/cli/checkpoint_argument.h"
#include "harness/cli/convert_difference.h"
#include "harness/cli/convert_output.h"
#include "harness/cli/output_file.h"
#include "harness/graph/catalogue.h"
#include "harness/layout/conversion.h"

namespace effgate {
namespace {

constexpr std::array kDTypes = {DType::float64, DType::float32, DType::float16, DType::bfloat16};

Result<DType> chosen_dtype(const std::string& typed) {
  std::vector<std::string> names;
  for (const DType dtype : kDTypes) {
    if (to_string(dtype) == typed) return dtype;
    names.emplace_back(to_string(dtype));
  }
  return Error{ErrorKind::usage,
               fmt::format("--dtype '{}': it is one of {}{}", typed, join(names, ", "),
                           did_you_mean(typed, names)),
               "effgate convert --help"};
}

Result<Layout> chosen_layout(const std::string& typed) {
  if (const auto layout = layout_from_string(typed)) return *layout;
  const std::vector<std::string> names = layout_names();
  return Error{ErrorKind::usage,
               fmt::format("--layout '{}': it is one of {}{}", typed, join(names, ", "),
                           did_you_mean(typed, names)),
               "effgate convert --help"};
}

class ConvertCommand final : public Subcommand {
 public:
  std::string_view name() const override { return "convert"; }
  std::string_view help() const override {
    return "Rewrite a checkpoint: names, dtype, file format";
  }
  Subject subject() const override { return subject_; }

  void declare(CLI::App& app) override {
    app.add_option("FILE", file_, "A checkpoint, or FILE#KEY")->required();
    app.add_option("-o,--output", output_, "The file to write")->required();
    app.add_option("--layout", layout_, "Whose names: " + join(layout_names(), ", "));
    app.add_option("--model", model_, "The network it is, in full or short; found otherwise");
    app.add_option("--dtype", dtype_, "For weights: float64, float32, float16 or bfloat16");
    app.add_option("--format", format_, kFormatHelp);
    app.add_flag("--ema", ema_, "Take the averaged weights where the file holds both");
    app.add_option("--drop", drop_, "Leave out tensors whose names match this pattern")
        ->allow_extra_args(false);
    app.add_flag("--no-difference", no_difference_,
                 "Do not compute how far another implementation's network is from the source's");
    app.add_flag("--json", json_, "One JSON document");
  }

  Result<ExitCode> run(const Context& context) override {
    EFFGATE_ASSIGN(const ConversionRequest request, wanted());
    EFFGATE_ASSIGN(const Container format, container_to_write(format_, output_));
    const CheckpointArgument argument = split_checkpoint(file_);
    EFFGATE_TRY(check_is_not_input(output_, argument.path));
    EFFGATE_TRY(check_output_folder(output_));
    EFFGATE_ASSIGN(const Checkpoint source,
                   Checkpoint::open(argument.path, {argument.key, ema_, true}));
    auto converted = convert(conversion_source(source), request);
    if (!converted.ok()) return refusal(std::move(converted).error());
    subject_ = Subject::machine;  // what fails from here on is not the input
    EFFGATE_TRY(save_checkpoint(output_, format, converted->tensors, converted->options));
    EFFGATE_ASSIGN(const StopRequest stop, StopRequest::on_signals({SIGINT, SIGTERM}));
    ConvertedFile written{source, output_, format, *converted, std::nullopt};
    if (!no_difference_) written.difference = difference(context, written, &stop);
    json_ ? print_conversion_json(context.console, written)
          : print_conversion(context.console, written);
    return ExitCode::done;
  }

 private:
  // The file is written and whole even where this cannot be had.
  std::optional<NetworkDistance> difference(const Context& context, const ConvertedFile& written,
                                            const StopRequest* stop) const {
    auto computed =
        convert_difference(context.places, written.source, written.conversion, output_, stop);
    if (computed.ok()) return *std::move(computed);
    context.console.warn("the difference between the implementations is not known: " +
                         computed.error().message);
    return std::nullopt;
  }

  Result<ConversionRequest> wanted() const {
    ConversionRequest request;
    if (!layout_.empty()) {
      EFFGATE_ASSIGN(request.layout, chosen_layout(layout_));
    }
    if (!model_.empty()) {
      EFFGATE_ASSIGN(request.model, resolve_model_name(model_));
    }
    if (!dtype_.empty()) {
      EFFGATE_ASSIGN(request.dtype, chosen_dtype(dtype_));
    }
    request.drop = drop_;
    request.command = command();
    return request;
  }

  Error refusal(Error error) const {
    if (error.next.empty() && error.kind == ErrorKind::refused)
      error.next = "effgate explain --checkpoint " + shell_quoted(file_) +
                   (model_.empty() ? "" : " --model " + model_);
    return std::move(error).while_doing("converting " + file_);
  }

  // This command line again.
  std::string command() const {
    std::string line = "effgate convert " + shell_quoted(file_) + " -o " + shell_quoted(output_);
    const std::array<std::pair<std::string_view, const std::string*>, 4> options = {
        {{"layout", &layout_}, {"model", &model_}, {"dtype", &dtype_}, {"format", &format_}}};
    for (const auto& [option, value] : options)
      if (!value->empty()) line += fmt::format(" --{} {}", option, *value);
    if (ema_) line += " --ema";
    for (const std::string& pattern : drop_) line += " --drop " + shell_quoted(pattern);
    return line;
  }

  std::string file_, output_, layout_, model_, dtype_, format_;
  std::vector<std::string> drop_;
  bool ema_ = false, json_ = false, no_difference_ = false;
  Subject subject_ = Subject::input_file;
};

}  // namespace

std::unique_ptr<Subcommand> convert_command() { return std::make_unique<ConvertCommand>(); }

}  // namespace effgate
