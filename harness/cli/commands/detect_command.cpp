#include "harness/cli/commands/detect_command.h"

#include <csignal>
#include <optional>

#include "harness/base/files.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/checkpoint/values.h"
#include "harness/cli/detection_output.h"
#include "harness/cli/network_options.h"
#include "harness/cli/output_file.h"
#include "harness/cli/own_network.h"
#include "harness/cli/picture_input.h"
#include "harness/graph/catalogue.h"
#include "harness/picture/picture_file.h"

namespace effgate {
namespace {

// The rows of `det` [1,100,6] in a forward pass's output; unused ones are left out.
Result<std::vector<Detection>> read_rows(const std::filesystem::path& file) {
  constexpr std::size_t kColumns = 6;
  EFFGATE_ASSIGN(const Checkpoint outputs, Checkpoint::open(file));
  const TensorEntry* tensor = outputs.find("det");
  if (tensor == nullptr) return Error{ErrorKind::bug, "the forward pass wrote no detections"};
  EFFGATE_ASSIGN(const std::vector<float> values, to_floats(*tensor));
  std::vector<Detection> rows;
  for (std::size_t i = 0; i + kColumns <= values.size(); i += kColumns) {
    const float* row = values.data() + i;
    if (row[5] > 0) rows.push_back({row[0], row[1], row[2], row[3], row[4], row[5]});
  }
  return rows;
}

class DetectCommand final : public Subcommand {
 public:
  std::string_view name() const override { return "detect"; }
  std::string_view help() const override { return "Detections on a picture, drawn or listed"; }
  Subject subject() const override { return Subject::input_file; }

  void declare(CLI::App& app) override {
    app.add_option("IMAGE", image_, "A JPEG or PNG; what EXIF says about turning is ignored")
        ->required();
    network_.declare(app);
    app.add_flag("--soft-nms", soft_nms_,
                 "Lower the scores of boxes that overlap a better one instead of dropping them");
    app.add_option("--min-score", min_score_,
                   "Leave out lower scores (default: 0; on a drawn picture 0.2)")
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--max", most_, "At most this many detections")->check(CLI::Range(1, 100));
    app.add_flag("--json", json_, "One JSON document");
    app.add_option("-o,--output", output_, "Draw them: a picture to write, .png or .jpg");
  }

  Result<ExitCode> run(const Context& context) override {
    if (!output_.empty()) EFFGATE_TRY(check_picture_name(output_));
    EFFGATE_TRY(check_output_folder(output_));
    EFFGATE_ASSIGN(Picture picture, read_picture(image_));
    EFFGATE_ASSIGN(const StopRequest stop, StopRequest::on_signals({SIGINT, SIGTERM}));
    EFFGATE_ASSIGN(CellJob job, network_.forward_job("detect", context.places, stop));
    EFFGATE_ASSIGN(const std::optional<PictureDetections> found,
                   detect_on(picture, job, context.places, stop));
    if (!found) return ExitCode::interrupted;
    if (find_model(job.model)->implementation == Implementation::mmdet)
      context.console.warn(
          "boxes are read y first, as files hold them that were converted from TensorFlow; those "
          "of "
          "files that mmdetection trained are x first and come out wrong, and no file says which");
    if (!output_.empty()) {
      draw_detections(picture, wanted(found->rows, 0.2F));
      EFFGATE_TRY(write_picture(output_, picture));
    }
    print(context.console, *found);
    return ExitCode::done;
  }

 private:
  // Nothing where it was interrupted.
  Result<std::optional<PictureDetections>> detect_on(const Picture& picture, CellJob& job,
                                                     const Places& places,
                                                     const StopRequest& stop) const {
    EFFGATE_ASSIGN(const ModelConfig model, model_at(job.model, job.height, job.width));
    EFFGATE_ASSIGN(const TemporaryDirectory folder, TemporaryDirectory::create());
    const std::filesystem::path input = folder.path() / "input.safetensors";
    auto scaled = write_picture_input(picture, model, input);
    if (!scaled.ok()) return std::move(scaled).error().while_doing("preparing picture " + image_);
    job.input = {"file:" + input.string(), *scaled};
    job.output_path = (folder.path() / "output.safetensors").string();
    job.detections = true;
    job.soft_nms = soft_nms_;
    EFFGATE_ASSIGN(const ExitCode ended, network_.run_forward(places, job, stop));
    if (ended != ExitCode::done) return std::optional<PictureDetections>();
    EFFGATE_ASSIGN(std::vector<Detection> rows, read_rows(job.output_path));
    return std::optional(PictureDetections{image_, job.model, network_.checkpoint(),
                                           network_.library(), network_.dtype(), model.height,
                                           model.width, *scaled, soft_nms_, std::move(rows)});
  }

  // Rows come best first. `least` is for where the user said nothing.
  std::vector<Detection> wanted(const std::vector<Detection>& rows, float least) const {
    least = min_score_.value_or(least);
    std::vector<Detection> kept;
    for (const Detection& row : rows)
      if (row.score >= least && kept.size() < most_) kept.push_back(row);
    return kept;
  }

  void print(Console& console, PictureDetections found) const {
    found.rows = wanted(found.rows, 0);
    if (json_) {
      print_detections_json(console, found);
    } else if (output_.empty()) {
      print_detections_table(console, found);
    }
  }

  std::string image_, output_;
  NetworkOptions network_;
  bool soft_nms_ = false, json_ = false;
  std::optional<float> min_score_;
  std::size_t most_ = 100;
};

}  // namespace

std::unique_ptr<Subcommand> detect_command() { return std::make_unique<DetectCommand>(); }

}  // namespace effgate
