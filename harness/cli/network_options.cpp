#include "harness/cli/network_options.h"

#include <fmt/format.h>

#include "harness/base/dtype.h"
#include "harness/base/text.h"
#include "harness/cli/checkpoint_argument.h"
#include "harness/cli/own_network.h"
#include "harness/cli/single_job.h"
#include "harness/graph/catalogue.h"
#include "harness/library/catalogue.h"

namespace effgate {
namespace {

constexpr double kLimitSeconds = 3600;

// What `--dtype` may be: tf32 is float32 with TF32 switched on, and CUDA's alone.
struct DTypeChoice {
  std::string_view name;
  DType dtype;
  bool tf32;
};
constexpr DTypeChoice kDTypeChoices[] = {
    {"float64", DType::float64, false},   {"float32", DType::float32, false},
    {"tf32", DType::float32, true},       {"float16", DType::float16, false},
    {"bfloat16", DType::bfloat16, false},
};

Result<DTypeChoice> parse_dtype(const std::string& text) {
  std::vector<std::string> names;
  for (const DTypeChoice& choice : kDTypeChoices) {
    if (choice.name == text) return choice;
    names.emplace_back(choice.name);
  }
  return Error{ErrorKind::usage,
               fmt::format("--dtype '{}' is none{}", text, did_you_mean(text, names))};
}

// Whatever is the matter with a library, it is not the input file's.
Result<std::string> adapter_of(const Places& places, const std::string& name,
                               const StopRequest& stop) {
  EFFGATE_ASSIGN(const Home home, Home::find());
  Result<InstalledLibrary> library = ready_library(home, name, {places.installation, &stop});
  if (!library.ok())
    return Error{ErrorKind::library, library.error().message, library.error().next};
  return library->adapter;
}

// What helps where a forward pass ended for this reason, or "". Whatever is wrong with a
// checkpoint, `explain` tells.
std::string next_after(const EndRecord& end, const CellJob& job, const std::string& library) {
  constexpr std::string_view kTorch = "torch-";
  if (end.reason == "input") return "";  // unreadable, but not the checkpoint
  const std::string key = job.checkpoint_key.empty() ? "" : "#" + job.checkpoint_key;
  if (end.status == "unreadable" || end.status == "unsafe" || end.status == "load_mismatch")
    return command_text(
        {"explain", "--checkpoint", job.checkpoint_path + key, "--model", job.model});
  if (end.reason == "cuda_not_installed" && library.starts_with(kTorch))
    return command_text({"libs", "add", "torch==" + library.substr(kTorch.size()), "--cuda"});
  if (end.reason == "cuda_not_installed" || end.reason == "no_device")
    return command_text({"libs", "list"});
  if (end.reason == "no_such_size") return command_text({"models", job.model});
  return "";
}

}  // namespace

Result<ImageSize> size_option(const std::string& typed, const std::string& model) {
  Result<std::string> size = canonical_value(*find_axis("size"), lower(typed));
  if (size.ok()) return image_size(*size);
  return Error{ErrorKind::usage, "--" + size.error().message,
               model == "own" ? "effgate models" : command_text({"models", model})};
}

void NetworkOptions::declare(CLI::App& app) {
  app.add_option("--model", model_, "Network, in full or short")->required();
  app.add_option("--checkpoint", checkpoint_, "FILE, FILE#KEY or recipe:NAME")->required();
  app.add_option("--lib", library_, "Library, as `effgate libs` names it")->required();
  app.add_option("--size", size_, "HEIGHTxWIDTH of the network's input (default: native)");
  app.add_option("--num-classes", num_classes_, "Classes of the checkpoint (default: those it has)")
      ->check(CLI::Range(1, 100000));
  app.add_option("--dtype", dtype_, "float64, float32, tf32, float16 or bfloat16");
  app.add_option("--device", device_, "cpu or cuda")->check(CLI::IsMember({"cpu", "cuda"}));
  app.add_option("--threads", threads_, "Threads of one operation")->check(CLI::Range(1, 1024));
  app.add_flag("--ema", ema_, "Take the averaged weights where the file holds both");
}

Result<CellJob> NetworkOptions::forward_job(const std::string& command, const Places& places,
                                            const StopRequest& stop) const {
  CellJob job;
  job.kind = JobKind::forward;
  job.cell = command;
  EFFGATE_ASSIGN(job.model, resolve_model_name(model_));
  EFFGATE_ASSIGN(const ImageSize size, size_option(size_, job.model));
  EFFGATE_ASSIGN(const DTypeChoice dtype, parse_dtype(dtype_));
  EFFGATE_ASSIGN(job.adapter, adapter_of(places, library_, stop));
  EFFGATE_ASSIGN(const CheckpointArgument source,
                 materialise_checkpoint(places, checkpoint_, &stop));
  job.checkpoint_path = source.path.string();
  job.checkpoint_key = source.key;
  job.ema = ema_;
  job.num_classes = num_classes_ ? num_classes_ : own_class_count(source.path, source.key);
  job.environment.device = device_;
  job.environment.intra_op_threads = threads_;
  job.environment.tf32 = dtype.tf32;
  job.dtype = dtype.dtype;
  job.tf32_cell = dtype.tf32;
  job.height = size.height;
  job.width = size.width;
  return job;
}

Result<ExitCode> NetworkOptions::run_forward(const Places& places, const CellJob& job,
                                             const StopRequest& stop) const {
  EFFGATE_ASSIGN(const JobAnswer answer, run_single_job(places, job, kLimitSeconds, &stop));
  if (stop.requested()) return ExitCode::interrupted;
  if (answer.end.status == "measured") return ExitCode::done;
  Error failure = failure_of(answer, job.cell);
  failure.next = next_after(answer.end, job, library_);
  return failure;
}

}  // namespace effgate
