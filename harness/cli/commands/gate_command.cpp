#include "harness/cli/commands/gate_command.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/text.h"
#include "harness/cli/chosen_run.h"
#include "harness/cli/verdict_output.h"
#include "harness/cli/waivers.h"
#include "harness/store/store.h"
#include "harness/verdict/gate.h"

namespace effgate {
namespace {

class GateCommand final : public Subcommand {
 public:
  std::string_view name() const override { return "gate"; }
  std::string_view help() const override { return "One verdict on an upgrade or a night"; }

  void declare(CLI::App& app) override {
    app.add_option("--db", database_, "The database of `effgate run`")->required();
    app.add_option("--from", from_, "The library in use");
    app.add_option("--to", to_, "The library to move to");
    app.add_option("--baseline", baseline_,
                   "Compare with an earlier run: a name given by `effgate bless`, or its number");
    app.add_option("--run", run_, "Number of the run to judge (default: the newest)");
    app.add_option("--policy", policy_, "Policy file (default: the one recorded with the run)");
    app.add_option("--format", format_, "text, json or markdown")
        ->check(CLI::IsMember({"text", "json", "markdown"}));
    app.add_flag_callback(
        "--json", [this] { format_ = "json"; }, "The same as --format json");
  }

  Result<ExitCode> run(const Context& context) override {
    EFFGATE_TRY(check_options());
    EFFGATE_ASSIGN(const Store store, open_recorded(database_));
    EFFGATE_ASSIGN(const RunId id, chosen_run(store, run_));
    EFFGATE_ASSIGN(const RunEvidence evidence, read_evidence(store, id));
    EFFGATE_ASSIGN(const Policy policy, chosen_policy(context.places, policy_, evidence.run.run));
    EFFGATE_ASSIGN(const WaiverMatcher waives, compile_waivers(policy));
    const GateContext gate{policy, waives, now_utc().date()};
    RunId base = id;
    Verdict verdict;
    if (baseline_.empty()) {
      verdict = judge_upgrade(evidence, from_, to_, gate);
      say_what_to_do(verdict, evidence);
    } else {
      EFFGATE_ASSIGN(base, baseline_run(store));
      EFFGATE_ASSIGN(const RunEvidence before, read_evidence(store, base));
      verdict = judge_baseline(before, evidence, gate);
    }
    print(context.console, verdict);
    record(context.console, to_record(verdict, policy, base, id, from_, to_));
    return static_cast<ExitCode>(exit_code(verdict.decision));
  }

 private:
  Status check_options() const {
    if (!from_.empty() && from_ == to_) {
      return Error{ErrorKind::usage,
                   fmt::format("gate: --from and --to are both {}; an upgrade needs two", from_),
                   "effgate gate --help"};
    }
    const bool upgrade = !from_.empty() && !to_.empty();
    if (upgrade != !baseline_.empty() && from_.empty() == to_.empty()) return success();
    return Error{ErrorKind::usage, "gate: give either --from LIB and --to LIB, or --baseline NAME",
                 "effgate gate --help"};
  }

  Result<RunId> baseline_run(const Store& store) const {
    Result<RunId> named = store.baseline(baseline_);
    if (named.ok() || !parse_integer(baseline_)) return named;
    return chosen_run(store, baseline_);
  }

  // Where a library has no cell, the name that was meant, or else the run with it there.
  void say_what_to_do(Verdict& verdict, const RunEvidence& evidence) const {
    for (Finding& finding : verdict.findings) {
      if (finding.kind != FindingKind::library_not_in_run) continue;
      const std::string from = nearest_library(evidence, from_),
                        to = nearest_library(evidence, to_);
      finding.next = from.empty() || to.empty() || from == to
                         ? evidence.run.run.arguments
                         : command_text({"gate", "--db", database_, "--from", from, "--to", to});
    }
  }

  // Of those in the run: the library itself, one with a similar name, or "".
  static std::string nearest_library(const RunEvidence& evidence, const std::string& typed) {
    const std::vector<std::string> names = library_names(evidence);
    if (std::ranges::find(names, typed) != names.end()) return typed;
    const std::vector<std::string> near = nearest_names(typed, names);
    return near.empty() ? "" : near.front();
  }

  std::string about() const {
    return baseline_.empty() ? from_ + " → " + to_ : "against baseline " + baseline_;
  }

  void print(Console& console, const Verdict& verdict) const {
    if (format_ == "json") {
      print_json(console, verdict_json(verdict, baseline_.empty() ? from_ : baseline_, to_));
    } else if (format_ == "markdown") {
      print_verdict_markdown(console, verdict, about());
    } else {
      print_verdict_text(console, verdict, about());
    }
  }

  // The answer stands whether or not the database can be written to.
  void record(Console& console, VerdictRecord verdict) const {
    const Now now = now_utc();
    verdict.decided = now.text;
    verdict.decided_epoch = now.epoch;
    Result<Store> store = Store::create_or_open(database_);
    const Status outcome =
        store.ok() ? store->record_verdict(verdict) : Status(std::move(store).error());
    if (!outcome.ok()) console.warn("the verdict was not recorded: " + outcome.error().message);
  }

  std::string database_, from_, to_, baseline_, run_, policy_, format_ = "text";
};

}  // namespace

std::unique_ptr<Subcommand> gate_command() { return std::make_unique<GateCommand>(); }

}  // namespace effgate
