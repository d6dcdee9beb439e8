#include "harness/cli/commands/report_command.h"

#include "harness/base/files.h"
#include "harness/cli/chosen_run.h"
#include "harness/cli/output_file.h"
#include "harness/store/store.h"
#include "reports/load_report.h"
#include "reports/page.h"

namespace effgate {
namespace {

class ReportCommand final : public Subcommand {
 public:
  std::string_view name() const override { return "report"; }
  std::string_view help() const override { return "The HTML page of a recorded run"; }

  void declare(CLI::App& app) override {
    app.add_option("--db", database_, "The database of `effgate run`")->required();
    app.add_option("--run", run_, "Number of the run (default: the newest)");
    app.add_option("-o,--output", output_, "The page to write")->required();
  }

  Result<ExitCode> run(const Context&) override {
    EFFGATE_TRY(check_is_not_input(output_, database_, "the database"));
    EFFGATE_ASSIGN(const Store store, open_recorded(database_));
    EFFGATE_ASSIGN(const RunId id, chosen_run(store, run_));
    EFFGATE_ASSIGN(const ReportData report, load_report(store, id));
    EFFGATE_ASSIGN(const std::string page, render_page(report));
    EFFGATE_TRY(write_file_atomically(output_, page));
    return ExitCode::done;
  }

 private:
  std::string database_, run_, output_;
};

}  // namespace

std::unique_ptr<Subcommand> report_command() { return std::make_unique<ReportCommand>(); }

}  // namespace effgate
