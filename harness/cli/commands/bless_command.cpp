#include "harness/cli/commands/bless_command.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <ostream>

#include "harness/base/text.h"
#include "harness/cli/chosen_run.h"
#include "harness/store/store.h"

namespace effgate {
namespace {

class BlessCommand final : public Subcommand {
 public:
  std::string_view name() const override { return "bless"; }
  std::string_view help() const override { return "Name a run, for `gate --baseline NAME`"; }

  void declare(CLI::App& app) override {
    app.add_option("NAME", baseline_, "The name; it then means this run only")->required();
    app.add_option("--db", database_, "The database of `effgate run`")->required();
    app.add_option("--run", run_, "Number of the run (default: the newest)");
  }

  Result<ExitCode> run(const Context& context) override {
    if (trim(baseline_).empty())
      return Error{ErrorKind::usage, "bless: NAME is empty", "effgate bless --help"};
    EFFGATE_TRY(open_recorded(database_));  // makes none where there is none
    EFFGATE_ASSIGN(Store store, Store::create_or_open(database_));
    EFFGATE_ASSIGN(const RunId id, chosen_run(store, run_));
    EFFGATE_TRY(store.set_baseline(baseline_, id));
    fmt::print(context.console.out(), "{} is run {}\n", baseline_, static_cast<std::int64_t>(id));
    return ExitCode::done;
  }

 private:
  std::string baseline_, database_, run_;
};

}  // namespace

std::unique_ptr<Subcommand> bless_command() { return std::make_unique<BlessCommand>(); }

}  // namespace effgate
