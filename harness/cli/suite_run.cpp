#include "harness/cli/suite_run.h"

#include <fmt/format.h>

#include "harness/base/files.h"
#include "harness/base/text.h"
#include "harness/cli/cell_causes.h"
#include "harness/cli/chosen_run.h"
#include "harness/cli/host_facts.h"
#include "harness/cli/own_network.h"
#include "harness/cli/picture_input.h"
#include "harness/cli/run_progress.h"
#include "harness/library/catalogue.h"
#include "harness/matrix/cell.h"
#include "harness/runner/process_launcher.h"
#include "harness/store/store.h"
#include "harness/verdict/judgement.h"
#include "reports/load_report.h"
#include "reports/page.h"

namespace effgate {
namespace {

Result<Policy> policy_of(const Context& context, const Suite& suite) {
  const std::filesystem::path standard = default_policy(context.places);
  Result<Policy> policy = read_policy(suite.policy.empty() ? standard : suite.policy);
  if (!policy.ok()) return with_sample(std::move(policy).error(), standard);
  return policy;
}

bool wanted(const std::string& library, const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns)
    if (matches_pattern(library, pattern)) return true;
  return patterns.empty();
}

// Every installed library that the request admits, its adapter rebuilt where it is stale. One that
// cannot be made ready is offered all the same: its cells say so.
Status ready_libraries(const Context& context, const Home& home,
                       const std::vector<InstalledLibrary>& installed, const SuiteRequest& request,
                       const StopRequest& stop, PreparedSuite& prepared) {
  const CatalogueTools tools{context.places.installation, &stop,
                             [&](std::string_view step) { context.console.note(step); }};
  for (const InstalledLibrary& listed : installed) {
    if (!wanted(listed.name, request.only_libraries)) continue;
    Result<InstalledLibrary> ready = ready_library(home, listed.name, tools);
    const InstalledLibrary& library = ready.ok() ? *ready : listed;
    if (!ready.ok()) prepared.failures.push_back(ready.error());
    prepared.libraries.push_back({library.name, library.version, library.adapter, library.abi, ""});
  }
  return success();
}

Result<Expansion> expand_request(const Suite& suite, const SuiteRequest& request,
                                 const std::vector<InstalledLibrary>& installed) {
  ExpandOptions options;
  for (const InstalledLibrary& library : installed)
    options.libraries.push_back({library.name, library.version});
  options.own_network = own_network;
  options.only_libraries = request.only_libraries;
  if (!request.only.empty()) {
    Result<Expression> only = Expression::compile(request.only, cell_fields());
    if (!only.ok()) {
      Error error = std::move(only).error().while_doing("--only");
      error.next = "effgate run --help";
      return error;
    }
    options.only = *std::move(only);
  }
  if (!request.shard.empty()) {
    EFFGATE_ASSIGN(options.shard, parse_shard(request.shard));
  }
  return expand(suite, options);
}

CellJudge judge_of(const Policy& policy) {
  return [&policy](const Cell& cell, std::span<const DriftRow> drift) {
    const Judgement judgement = judge_cell(policy, cell.dtype, drift);
    return CellEnding{judgement.status, judgement.reason, judgement.message};
  };
}

RunRecord run_record(const PreparedSuite& prepared, const SuiteRequest& request) {
  RunRecord run;
  run.policy_text = prepared.policy.text;
  run.policy_sha256 = prepared.policy.sha256;
  run.program_version = EFFGATE_VERSION;
  run.host = host_facts();
  run.arguments = request.arguments;
  if (const auto shard = parse_shard(request.shard); shard.ok()) {
    run.shard = shard->index - 1;
    run.shards = shard->count;
  }
  return run;
}

}  // namespace

Result<PreparedSuite> prepare_suite(const Context& context, Suite suite,
                                    const SuiteRequest& request, const StopRequest& stop) {
  EFFGATE_ASSIGN(Policy policy, policy_of(context, suite));
  PreparedSuite prepared{std::move(suite), std::move(policy), {}, {}, {}};
  EFFGATE_ASSIGN(const Home home, Home::find());
  EFFGATE_ASSIGN(const auto installed, list_libraries(home, context.places.installation));
  EFFGATE_TRY(ready_libraries(context, home, installed, request, stop, prepared));
  EFFGATE_ASSIGN(prepared.expansion, expand_request(prepared.suite, request, installed));
  for (const Error& missing : prepared.expansion.missing) prepared.failures.push_back(missing);
  for (const std::string& warning : prepared.expansion.warnings) context.console.warn(warning);
  for (const Error& failure : prepared.failures) context.console.print(failure);
  return prepared;
}

PreparationPlaces preparation_places(const Places& places) {
  return PreparationPlaces{places.installation.cell, places.cache, places.fixtures(),
                           write_cell_input};
}

Result<RunSummary> run_prepared(const Context& context, const PreparedSuite& prepared,
                                const SuiteRequest& request, const StopRequest& stop) {
  EFFGATE_ASSIGN(Store store, Store::create_or_open(request.database));
  EFFGATE_ASSIGN(const auto launcher, ProcessLauncher::create(context.places.installation.cell));
  RunProgress progress(context.console);
  RunOptions options;
  options.places = preparation_places(context.places);
  options.libraries = prepared.libraries;
  options.jobs = request.jobs;
  options.resume = request.resume;
  options.run = run_record(prepared, request);
  options.judge = judge_of(prepared.policy);
  options.find_causes = explaining_causes();
  options.reproduce = request.reproduce;
  options.stop = &stop;
  return run_cells(prepared.suite, prepared.expansion.cells, options, store, *launcher, progress);
}

ExitCode exit_code_of(const PreparedSuite& prepared, const RunSummary& summary) {
  if (summary.interrupted) return ExitCode::interrupted;
  const bool failed =
      !prepared.failures.empty() || summary.counts.contains(CellStatus::library_missing) ||
      summary.counts.contains(CellStatus::not_run) || summary.counts.contains(CellStatus::error);
  return failed ? ExitCode::not_measured : ExitCode::done;
}

Status write_report(const std::filesystem::path& database, RunId run,
                    const std::filesystem::path& page) {
  if (page.empty()) return success();
  EFFGATE_ASSIGN(const Store store, Store::open_read_only(database));
  EFFGATE_ASSIGN(const ReportData report, load_report(store, run));
  EFFGATE_ASSIGN(const std::string html, render_page(report));
  return write_file_atomically(page, html);
}

}  // namespace effgate
