#include "harness/cli/commands/run_command.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <csignal>
#include <ostream>

#include "harness/base/counted.h"
#include "harness/base/text.h"
#include "harness/cli/output_file.h"
#include "harness/cli/suite_run.h"
#include "harness/matrix/cell.h"
#include "harness/runner/plan.h"
#include "harness/runner/reasons.h"

namespace effgate {
namespace {

// The language of --only, and every status with its reasons: the end of the help.
std::string run_help() {
  std::vector<std::string> fields;
  for (const ExpressionField& field : cell_fields()) fields.emplace_back(field.name);
  std::string text = fmt::format(
      "Expressions of --only and `where`: fields compared by == != < <= > >= =~ (a pattern) or in\n"
      "[...], joined by and, or, not and parentheses; texts and versions in quotes:\n"
      "  --only 'library =~ \"torch-*\" and version < \"2.6\" and not dtype in [\"float16\"]'\n"
      "  fields: {}\n\nStatuses and their reasons:\n",
      join(fields, ", "));
  for (const std::string_view name : kCellStatusNames) {
    text += fmt::format("  {}\n", name);
    for (const ReasonMeaning& reason : reasons_of(*cell_status_from_string(name)))
      text += fmt::format("    {:<26} {}\n", reason.code, reason.meaning);
  }
  return text;
}

std::string quoted_in_expression(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

void print_plan(Console& console, const RunPlan& plan, const Expansion& expansion) {
  for (const Cell& cell : expansion.cells) {
    fmt::print(console.out(), "{}{}\n", cell.name,
               cell.skip ? "  (skipped: " + cell.skip->message + ")" : "");
  }
  const auto number = [](std::size_t count, std::string_view noun) {
    return counted(static_cast<long long>(count), noun);
  };
  fmt::print(console.out(),
             "{} to measure, {} skipped, {} without their library\n"
             "{}; to be made first: {}, {} ({} of cache)\n"
             "about {:.1f} minutes on two cores\n",
             number(plan.cells, "cell"), plan.skipped, plan.library_missing,
             fmt::format("{} process{}", plan.processes, plan.processes == 1 ? "" : "es"),
             number(plan.recipes.size(), "recipe checkpoint"), number(plan.truths, "truth"),
             bytes_text(plan.disk_bytes), plan.seconds / 60);
}

void print_summary(Console& console, const RunSummary& summary) {
  std::vector<std::string> parts;
  parts.reserve(summary.counts.size());
  for (const auto& [status, count] : summary.counts)
    parts.push_back(fmt::format("{} {}", count, to_string(status)));
  fmt::print(console.out(), "run {}: {}\n", static_cast<std::int64_t>(summary.run),
             join(parts, ", "));
}

class RunCommand final : public Subcommand {
 public:
  std::string_view name() const override { return "run"; }
  std::string_view help() const override { return "Run a matrix and record it"; }

  void declare(CLI::App& app) override {
    app.add_option("SUITE", suite_, "Suite file (TOML)")->required();
    app.add_option("--db", database_, "Database to record in (default: effgate.db)");
    app.add_option("--report", report_, "Also write the HTML page");
    app.add_option("--libs", libraries_,
                   "Only these libraries, names or patterns, separated by commas")
        ->delimiter(',')
        ->allow_extra_args(false);
    app.add_option("--only", only_, "Only cells for which this holds, as in `where`");
    app.add_option("--jobs", jobs_, "Cells at the same time; timed ones run alone")
        ->check(CLI::Range(1, 256));
    app.add_flag("--resume", resume_,
                 "Go on with the newest run of this suite, where it is unfinished");
    app.add_option("--shard", shard_, "I/N: the I-th of N parts");
    app.add_flag("--plan", plan_, "Only say which cells, preparations, disk and minutes");
    app.footer(run_help);
  }

  Result<ExitCode> run(const Context& context) override {
    EFFGATE_ASSIGN(Suite suite, read_suite(suite_));
    EFFGATE_TRY(check_is_not_input(report_, database_, "the database"));
    EFFGATE_TRY(check_is_not_input(report_, suite_, "the suite"));
    EFFGATE_TRY(check_output_folder(report_));
    EFFGATE_TRY(check_output_folder(database_));
    EFFGATE_ASSIGN(const StopRequest stop, StopRequest::on_signals({SIGINT, SIGTERM}));
    const SuiteRequest request = this->request();
    EFFGATE_ASSIGN(const PreparedSuite prepared,
                   prepare_suite(context, std::move(suite), request, stop));
    if (plan_) return show_plan(context, prepared);
    if (prepared.expansion.asked_for == 0) return nothing_to_run(prepared);
    EFFGATE_ASSIGN(const RunSummary summary, run_prepared(context, prepared, request, stop));
    print_summary(context.console, summary);
    EFFGATE_TRY(write_report(database_, summary.run, report_));
    if (summary.interrupted) {
      context.console.print(Error{ErrorKind::timed_out, "running " + suite_ + ": interrupted",
                                  request.arguments + " --resume"});
    }
    return exit_code_of(prepared, summary);
  }

 private:
  // What goes on with the same cells: the options that choose them, and the page.
  std::string typed() const {
    std::vector<std::string> words{"run", suite_, "--db", database_};
    const auto add = [&](const char* option, const std::string& value) {
      if (!value.empty()) words.insert(words.end(), {option, value});
    };
    add("--report", report_);
    for (const std::string& pattern : libraries_) add("--libs", pattern);
    add("--only", only_);
    add("--shard", shard_);
    return command_text(words);
  }

  SuiteRequest request() const {
    SuiteRequest request;
    request.database = database_;
    request.only_libraries = libraries_;
    request.only = only_;
    request.shard = shard_;
    request.jobs = jobs_;
    request.resume = resume_;
    request.arguments = typed();
    request.reproduce = [suite = suite_](const Cell& cell) {
      return command_text({"run", suite, "--db", "again.db", "--libs", cell.library, "--only",
                           "cell == " + quoted_in_expression(cell.name)});
    };
    return request;
  }

  // No run is recorded. A shard may be empty: small suites have such.
  Result<ExitCode> nothing_to_run(const PreparedSuite& prepared) const {
    if (!prepared.failures.empty()) return ExitCode::not_measured;
    return Error{ErrorKind::usage, fmt::format("run: {} has no cell that was asked for", suite_),
                 command_text({"run", suite_, "--plan"})};
  }

  Result<ExitCode> show_plan(const Context& context, const PreparedSuite& prepared) const {
    EFFGATE_ASSIGN(const RunPlan plan, plan_run(prepared.suite, prepared.expansion.cells,
                                                preparation_places(context.places)));
    print_plan(context.console, plan, prepared.expansion);
    return prepared.failures.empty() ? ExitCode::done : ExitCode::not_measured;
  }

  std::string suite_, report_, only_, shard_, database_ = "effgate.db";
  std::vector<std::string> libraries_;
  int jobs_ = 1;
  bool resume_ = false, plan_ = false;
};

}  // namespace

std::unique_ptr<Subcommand> run_command() { return std::make_unique<RunCommand>(); }

}  // namespace effgate
