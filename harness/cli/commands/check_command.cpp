#include "harness/cli/commands/check_command.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <optional>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/base/text.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/cli/check_table.h"
#include "harness/cli/checkpoint_argument.h"
#include "harness/cli/chosen_run.h"
#include "harness/cli/diagnosis_output.h"
#include "harness/cli/network_options.h"
#include "harness/cli/output_file.h"
#include "harness/cli/suite_run.h"
#include "harness/cli/verdict_output.h"
#include "harness/cli/waivers.h"
#include "harness/doctor/diagnose.h"
#include "harness/graph/catalogue.h"
#include "harness/library/catalogue.h"
#include "harness/store/store.h"
#include "harness/verdict/gate.h"
#include "reports/load_report.h"

namespace effgate {
namespace {

// The two libraries that the verdict is about; empty where there are no two.
struct Upgrade {
  std::string from, to;
  bool complete() const { return !from.empty() && !to.empty(); }
};

class CheckCommand final : public Subcommand {
 public:
  std::string_view name() const override { return "check"; }
  std::string_view help() const override { return "The whole answer for one checkpoint"; }
  Subject subject() const override { return Subject::input_file; }

  void declare(CLI::App& app) override {
    app.add_option("FILE", file_, "The checkpoint, or FILE#KEY")->required();
    app.add_option("--model", model_, "Network (default: the one the file's tensors fit)");
    app.add_option("--from", from_, "Library in use (default: the oldest LibTorch here)");
    app.add_option("--to", to_, "Library to move to (default: the newest LibTorch here)");
    app.add_option("--dtype", dtypes_, "dtypes, separated by commas (default: float32)")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember({"float64", "float32", "float16", "bfloat16"}));
    app.add_option("--size", size_, "HEIGHTxWIDTH (default: the network's own)");
    app.add_option("--report", report_, "Also write the HTML page");
    app.add_option("--db", database_, "Also keep the records in this database");
  }

  Result<ExitCode> run(const Context& context) override {
    EFFGATE_TRY(size_option(size_, model_.empty() ? "own" : model_));
    EFFGATE_TRY(check_sides());
    EFFGATE_TRY(check_outputs());
    EFFGATE_ASSIGN(const StopRequest stop, StopRequest::on_signals({SIGINT, SIGTERM}));
    EFFGATE_ASSIGN(const Diagnosis diagnosis, explain_file());
    if (tells_something(diagnosis)) print_diagnosis(context.console, diagnosis, file_);
    // A page tells even of a file that nothing can load.
    if (!fits_a_network(diagnosis) && report_.empty()) return exit_code_of(diagnosis);
    const std::string model = diagnosis.target.empty() ? "own" : diagnosis.target;
    EFFGATE_ASSIGN(const auto libraries, installed_libraries(context));
    EFFGATE_ASSIGN(const Upgrade upgrade, upgrade_among(libraries));
    EFFGATE_ASSIGN(const Suite suite, suite_for(model, upgrade));
    EFFGATE_ASSIGN(const TemporaryDirectory scratch, TemporaryDirectory::create());
    const SuiteRequest request = request_for(upgrade, scratch.path());
    EFFGATE_ASSIGN(const PreparedSuite prepared, prepare_suite(context, suite, request, stop));
    EFFGATE_ASSIGN(const RunSummary summary, run_prepared(context, prepared, request, stop));
    if (summary.interrupted) return ExitCode::interrupted;
    EFFGATE_ASSIGN(Store store, Store::create_or_open(request.database));
    EFFGATE_ASSIGN(const RunEvidence evidence, read_evidence(store, summary.run));
    EFFGATE_ASSIGN(const ReportData report, load_report(store, summary.run));
    print_check_table(context.console, report.cells);
    ExitCode code = tells_something(diagnosis) ? exit_code_of(diagnosis) : ExitCode::closed;
    if (loads_somewhere(evidence)) {
      EFFGATE_ASSIGN(code, conclude(context.console, prepared, store, evidence, upgrade));
    } else {
      fmt::print(context.console.out(), "It loads in none of these libraries.\n");
    }
    EFFGATE_TRY(write_report(request.database, summary.run, report_));
    return code;
  }

 private:
  Status check_sides() const {
    if (from_.empty() || from_ != to_) return success();
    return Error{ErrorKind::usage,
                 fmt::format("check: --from and --to are both {}; an upgrade needs two", from_),
                 "effgate check --help"};
  }

  Status check_outputs() const {
    EFFGATE_TRY(check_is_not_input(report_, split_checkpoint(file_).path));
    EFFGATE_TRY(check_is_not_input(report_, database_, "the database"));
    EFFGATE_TRY(check_output_folder(report_));
    return check_output_folder(database_);
  }

  Result<Diagnosis> explain_file() const {
    std::optional<std::string> model;
    if (!model_.empty()) {
      EFFGATE_ASSIGN(model, resolve_model_name(model_));
    }
    const CheckpointArgument source = split_checkpoint(file_);
    EFFGATE_ASSIGN(const Checkpoint checkpoint,
                   Checkpoint::inspect(source.path, {source.key, false, true}));
    return diagnose_checkpoint(checkpoint, NetworkIndex::instance(), model);
  }

  static bool tells_something(const Diagnosis& diagnosis) {
    return std::ranges::any_of(diagnosis.causes, [](const Cause& cause) {
      return cause.severity != ProblemSeverity::note;
    });
  }

  // Without a network there is nothing to load the file into.
  bool fits_a_network(const Diagnosis& diagnosis) const {
    if (exit_code_of(diagnosis) == ExitCode::bad_input) return false;
    return !model_.empty() || diagnosis.find(CauseCode::arch_foreign) == nullptr;
  }

  static Result<std::vector<InstalledLibrary>> installed_libraries(const Context& context) {
    EFFGATE_ASSIGN(const Home home, Home::find());
    return list_libraries(home, context.places.installation);
  }

  Result<Upgrade> upgrade_among(const std::vector<InstalledLibrary>& libraries) const {
    std::vector<std::string> names;
    names.reserve(libraries.size());
    for (const InstalledLibrary& library : libraries) names.push_back(library.name);
    const std::vector<InstalledLibrary> torches = torch_libraries(libraries);
    for (const std::string& asked : {from_, to_}) {
      if (asked.empty() || std::find(names.begin(), names.end(), asked) != names.end()) continue;
      return Error{
          ErrorKind::library,
          fmt::format("check: library '{}' is not installed{}", asked, did_you_mean(asked, names)),
          "effgate libs"};
    }
    Upgrade upgrade{from_, to_};
    if (upgrade.from.empty() && torches.size() > 1) upgrade.from = torches.front().name;
    if (upgrade.to.empty() && !torches.empty()) upgrade.to = torches.back().name;
    return upgrade;
  }

  Result<Suite> suite_for(const std::string& model, const Upgrade& upgrade) const {
    const CheckpointArgument source = split_checkpoint(file_);
    std::error_code failure;
    const std::filesystem::path path = std::filesystem::absolute(source.path, failure);
    Suite suite;
    suite.name = "check " + source.path.filename().string();
    suite.file = std::filesystem::current_path(failure) / "check.toml";
    suite.timeout_s = 1800;
    suite.memory_mb = 0;
    const std::string key = source.key.empty() ? "" : "#" + source.key;
    AxisValues axes{{"checkpoint", {"file:" + path.string() + key}},
                    {"model", {model}},
                    {"library", {"*"}},
                    {"dtype", dtypes_},
                    {"size", {lower(size_)}},
                    {"measure", {"load", "drift", "time"}}};
    if (!from_.empty() && !to_.empty()) axes["library"] = {upgrade.from, upgrade.to};
    suite.sha256 = sha256_hex(fmt::format("{} {} {}", path.string(), model, size_));
    suite.matrix.push_back({std::move(axes), "", 0});
    return suite;
  }

  std::string typed() const {
    std::vector<std::string> words{"check", file_};
    const auto add = [&](const char* option, const std::string& value) {
      if (!value.empty()) words.insert(words.end(), {option, value});
    };
    add("--model", model_);
    add("--from", from_);
    add("--to", to_);
    add("--dtype", join(dtypes_, ","));
    add("--size", size_);
    return command_text(words);
  }

  SuiteRequest request_for(const Upgrade& upgrade, const std::filesystem::path& scratch) const {
    SuiteRequest request;
    request.database = database_.empty() ? scratch / "check.db" : std::filesystem::path(database_);
    if (!from_.empty() && !to_.empty()) request.only_libraries = {upgrade.from, upgrade.to};
    request.arguments = typed();
    request.reproduce = [file = file_](const Cell& cell) {
      std::vector<std::string> words{"forward",
                                     "--model",
                                     cell.model,
                                     "--checkpoint",
                                     file,
                                     "--lib",
                                     cell.library,
                                     "--dtype",
                                     cell.dtype,
                                     "--size",
                                     cell.size,
                                     "-o",
                                     "outputs.safetensors"};
      if (const std::string& classes = cell.axis("num_classes"); classes != "own")
        words.insert(words.end(), {"--num-classes", classes});
      return command_text(words);
    };
    return request;
  }

  // The verdict on the upgrade, recorded.
  static Result<ExitCode> conclude(Console& console, const PreparedSuite& prepared, Store& store,
                                   const RunEvidence& evidence, const Upgrade& upgrade) {
    if (!upgrade.complete()) {
      console.print(Error{ErrorKind::library,
                          "check: an upgrade needs two LibTorch versions, and fewer are installed",
                          "effgate libs add torch==2.6.0 torch==2.15.0"});
      return ExitCode::not_enough_evidence;
    }
    EFFGATE_ASSIGN(const WaiverMatcher waives, compile_waivers(prepared.policy));
    const Now now = now_utc();
    const Verdict verdict =
        judge_upgrade(evidence, upgrade.from, upgrade.to, {prepared.policy, waives, now.date()});
    print_verdict_text(console, verdict, upgrade.from + " → " + upgrade.to);
    VerdictRecord record = to_record(verdict, prepared.policy, evidence.run.id, evidence.run.id,
                                     upgrade.from, upgrade.to);
    record.decided = now.text;
    record.decided_epoch = now.epoch;
    EFFGATE_TRY(store.record_verdict(record));
    const ExitCode failed = exit_code_of(prepared, {});
    return failed == ExitCode::done ? static_cast<ExitCode>(exit_code(verdict.decision)) : failed;
  }

  static bool loads_somewhere(const RunEvidence& evidence) {
    return std::ranges::any_of(
        evidence.cells, [](const FinishedCell& cell) { return !did_not_load(cell.cell.status); });
  }

  std::string file_, model_, from_, to_, report_, database_, size_ = "native";
  std::vector<std::string> dtypes_{"float32"};
};

}  // namespace

std::unique_ptr<Subcommand> check_command() { return std::make_unique<CheckCommand>(); }

}  // namespace effgate
