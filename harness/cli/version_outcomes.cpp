#include "harness/cli/version_outcomes.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <csignal>

#include "harness/base/text.h"
#include "harness/cli/single_job.h"
#include "harness/library/catalogue.h"

namespace effgate {
namespace {

constexpr double kLimitSeconds = 120;

// The loader that a cell takes for a container.
TorchLoader loader_of(Container container) {
  const bool archive = is_module_archive(container);
  return archive ? TorchLoader::archive : TorchLoader::pickle_load;
}

CellJob load_job(const Checkpoint& checkpoint, const std::string& key, const std::string& model,
                 const std::string& adapter) {
  CellJob job;
  job.kind = JobKind::measure;
  job.cell = "load";
  job.checkpoint_path = checkpoint.path().string();
  job.checkpoint_key = key;
  job.model = model;
  job.adapter = adapter;
  job.loader = "library";
  job.height = job.width = 128;  // what is computed with the weights does not matter
  return job;
}

// A file that the library read and whose tensors are not the model's was read all the same.
LoadOutcome outcome_of(const EndRecord& end) {
  // An archive of another module than the one it was loaded into tells nothing of the format.
  if (end.message.find("No such serialized") != std::string::npos) return LoadOutcome::unknown;
  if (end.status == "load_refused") return LoadOutcome::refuses;
  const bool read = end.status == "measured" || end.status == "load_mismatch";
  return read ? LoadOutcome::reads : LoadOutcome::unknown;
}

std::string version_text(std::string_view first, std::string_view last) {
  return first == last ? std::string(first) : fmt::format("{} to {}", first, last);
}

}  // namespace

Result<std::vector<MeasuredOutcome>> measure_outcomes(const Context& context,
                                                      const Checkpoint& checkpoint,
                                                      const std::string& key,
                                                      const std::string& model) {
  EFFGATE_ASSIGN(const StopRequest stop, StopRequest::on_signals({SIGINT, SIGTERM}));
  EFFGATE_ASSIGN(const Home home, Home::find());
  EFFGATE_ASSIGN(const auto libraries, list_libraries(home, context.places.installation));
  std::vector<MeasuredOutcome> measured;
  for (const InstalledLibrary& listed : torch_libraries(libraries)) {
    if (stop.requested()) break;
    EFFGATE_ASSIGN(const InstalledLibrary library,
                   ready_library(home, listed.name, {context.places.installation, &stop}));
    const CellJob job = load_job(checkpoint, key, model, library.adapter);
    EFFGATE_ASSIGN(const JobAnswer answer,
                   run_single_job(context.places, job, kLimitSeconds, &stop));
    const LoadOutcome outcome = outcome_of(answer.end);
    measured.push_back({library.name, library.version, outcome,
                        outcome == LoadOutcome::reads ? "" : answer.end.message});
  }
  return measured;
}

Json versions_json(const LoadFacts& facts, const std::vector<MeasuredOutcome>& measured) {
  Json list = Json::array();
  for (const VersionRange& range : predicted_ranges(facts)) {
    list.push_back(Json{{"loader", to_string(range.loader)},
                        {"first", range.first},
                        {"last", range.last},
                        {"outcome", to_string(range.outcome.outcome)},
                        {"reason", range.outcome.reason},
                        {"basis", "predicted"}});
  }
  for (const MeasuredOutcome& one : measured) {
    list.push_back(Json{{"loader", to_string(loader_of(facts.container))},
                        {"first", one.version},
                        {"last", one.version},
                        {"outcome", to_string(one.outcome)},
                        {"reason", one.reason},
                        {"basis", "measured"},
                        {"library", one.library}});
  }
  return list;
}

void print_versions(Console& console, const LoadFacts& facts,
                    const std::vector<MeasuredOutcome>& measured) {
  fmt::print(console.out(), "\nby version:\n");
  const auto line = [&](TorchLoader loader, const std::string& versions, std::string_view basis,
                        LoadOutcome outcome, std::string_view reason) {
    fmt::print(console.out(), "  {:<18} {:<17} {:<9} {}{}{}\n", to_string(loader), versions, basis,
               to_string(outcome), reason.empty() ? "" : ": ", printable_utf8(reason));
  };
  for (const VersionRange& range : predicted_ranges(facts)) {
    line(range.loader, version_text(range.first, range.last), "predicted", range.outcome.outcome,
         range.outcome.reason);
  }
  for (const MeasuredOutcome& one : measured)
    line(loader_of(facts.container), one.version, "measured", one.outcome, one.reason);
}

}  // namespace effgate
