#include "harness/cli/commands/export_command.h"

#include <fmt/format.h>

#include <ostream>

#include "harness/base/files.h"
#include "harness/cli/chosen_run.h"
#include "harness/cli/output_file.h"
#include "harness/store/store.h"
#include "reports/junit.h"
#include "reports/load_report.h"
#include "reports/tabular.h"

namespace effgate {
namespace {

// A format's name and what writes it.
struct Format {
  std::string_view name;
  Result<std::string> (*render)(const ReportData&);
};

constexpr Format kFormats[] = {
    {"junit", render_junit},
    {"json", [](const ReportData& data) { return Result<std::string>(render_json(data)); }},
    {"csv", [](const ReportData& data) { return Result<std::string>(render_csv(data)); }},
    {"markdown", [](const ReportData& data) { return Result<std::string>(render_markdown(data)); }},
};

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const Format& format : kFormats) names.emplace_back(format.name);
  return names;
}

class ExportCommand final : public Subcommand {
 public:
  std::string_view name() const override { return "export"; }
  std::string_view help() const override { return "A recorded run for other tools"; }

  void declare(CLI::App& app) override {
    app.add_option("--db", database_, "The database of `effgate run`")->required();
    app.add_option("--run", run_, "Number of the run (default: the newest)");
    app.add_option("--format", format_, "junit, json, csv or markdown")
        ->required()
        ->check(CLI::IsMember(format_names()));
    app.add_option("-o,--output", output_, "The file to write (default: standard output)");
  }

  Result<ExitCode> run(const Context& context) override {
    EFFGATE_TRY(check_is_not_input(output_, database_, "the database"));
    EFFGATE_ASSIGN(const Store store, open_recorded(database_));
    EFFGATE_ASSIGN(const RunId id, chosen_run(store, run_));
    EFFGATE_ASSIGN(const ReportData report, load_report(store, id));
    EFFGATE_ASSIGN(const std::string document, render(report));
    if (output_.empty()) {
      context.console.out() << document;
    } else {
      EFFGATE_TRY(write_file_atomically(output_, document));
    }
    return ExitCode::done;
  }

 private:
  Result<std::string> render(const ReportData& report) const {
    for (const Format& format : kFormats)
      if (format.name == format_) return format.render(report);
    return Error{ErrorKind::bug, fmt::format("export: no format '{}'", format_)};
  }

  std::string database_, run_, format_, output_;
};

}  // namespace

std::unique_ptr<Subcommand> export_command() { return std::make_unique<ExportCommand>(); }

}  // namespace effgate
