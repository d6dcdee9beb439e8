#include "harness/doctor/torch_versions.h"

#include <algorithm>
#include <array>

#include "harness/base/text.h"

namespace effgate {
namespace {

using std::string_view;

constexpr std::array<string_view, 19> kVersions = {
    "1.5.1", "1.6.0", "1.13.1", "2.0.1",  "2.1.2",  "2.2.2",  "2.3.1",  "2.4.1",  "2.5.1", "2.6.0",
    "2.7.1", "2.8.0", "2.9.1",  "2.10.0", "2.11.0", "2.12.1", "2.13.0", "2.14.1", "2.15.0"};
constexpr string_view kOldestLibTorch = "1.13.1";  // whose C++ loaders were tried

constexpr std::array<TorchLoader, 3> kLoaders = {TorchLoader::torch_load, TorchLoader::pickle_load,
                                                 TorchLoader::archive};

// Classes of mere data that weights_only admits in every version that has it.
constexpr std::array<string_view, 5> kAdmitted = {"collections.Counter", "builtins.set",
                                                  "__builtin__.set", "builtins.bytearray",
                                                  "_codecs.encode"};

using Facts = LoadFacts;
bool always(const Facts&) { return true; }
bool is_zip(const Facts& facts) {
  return facts.container == Container::zip || is_module_archive(facts.container);
}
bool is_no_torch_file(const Facts& facts) {
  return !is_zip(facts) && facts.container != Container::legacy;
}
bool is_legacy(const Facts& facts) { return facts.container == Container::legacy; }
bool is_archive(const Facts& facts) { return is_module_archive(facts.container); }
bool is_damaged(const Facts& facts) { return facts.damaged; }
bool is_unsafe(const Facts& facts) { return facts.unsafe; }
bool is_module(const Facts& facts) { return facts.whole_module; }
bool has_inert_globals(const Facts& facts) { return facts.inert_globals; }
bool names_other_types(const Facts& facts) {
  return facts.unsafe || facts.whole_module || facts.inert_globals;
}
bool has_ordered_dict(const Facts& facts) { return facts.pickle.ordered_dict; }
bool has_parameters(const Facts& facts) { return facts.pickle.parameters; }
bool has_newer_dtypes(const Facts& facts) { return facts.pickle.newer_dtypes; }

struct VersionRule {
  TorchLoader loader;
  string_view from;    // "" is the oldest
  string_view before;  // the first version it no longer holds for; "" is none
  bool (*applies)(const Facts&);
  VersionOutcome outcome;
};

using enum TorchLoader;
using enum LoadOutcome;

// What a version makes of damage depends on where it lies.
constexpr VersionOutcome kDamaged{unknown, "the file is damaged"};

// The first rule that holds decides.
constexpr std::array kRules = {
    VersionRule{torch_load, "", "", is_no_torch_file, {refuses, "it is no file of torch.save"}},
    VersionRule{torch_load,
                "",
                "1.6.0",
                is_zip,
                {refuses, "zip archives are read since 1.6 (env.format_version)"}},
    VersionRule{torch_load, "", "", is_damaged, kDamaged},
    VersionRule{torch_load,
                "2.6.0",
                "",
                is_archive,
                {refuses, "weights_only reads no TorchScript archive (env.weights_only)"}},
    VersionRule{torch_load, "2.6.0", "", is_unsafe, {refuses, "weights_only (env.weights_only)"}},
    VersionRule{torch_load, "", "", is_unsafe, {runs_code, "pickle calls what the file names"}},
    VersionRule{torch_load, "2.6.0", "", is_module, {refuses, "weights_only (env.weights_only)"}},
    VersionRule{
        torch_load, "", "", is_module, {reads_with_classes, "its classes must be where they were"}},
    VersionRule{torch_load,
                "2.6.0",
                "",
                has_inert_globals,
                {refuses, "weights_only admits no such class (env.weights_only)"}},
    VersionRule{torch_load,
                "",
                "2.1.2",
                has_newer_dtypes,
                {refuses, "dtypes of 2.1 and later (env.format_version)"}},
    VersionRule{torch_load, "", "", always, {reads, ""}},

    VersionRule{pickle_load, "", "", is_no_torch_file, {refuses, "it is no zip archive"}},
    VersionRule{pickle_load,
                "",
                "",
                is_legacy,
                {refuses, "failed finding central directory: the older format"}},
    VersionRule{pickle_load, "", "", is_damaged, kDamaged},
    VersionRule{pickle_load, "", "", is_archive, {refuses, "found unknown type __torch__"}},
    VersionRule{pickle_load,
                "",
                "",
                names_other_types,
                {refuses, "Unpickler found unknown type (env.cpp_loader)"}},
    VersionRule{pickle_load,
                "",
                "",
                has_ordered_dict,
                {refuses, "Expected GenericDict but got None: an OrderedDict (env.cpp_loader)"}},
    VersionRule{pickle_load,
                "",
                "",
                has_newer_dtypes,
                {refuses, "Unpickler found unknown type _rebuild_tensor_v3 (env.cpp_loader)"}},
    VersionRule{pickle_load,
                "",
                "2.7.1",
                has_parameters,
                {refuses, "Unpickler found unknown type _rebuild_parameter (env.cpp_loader)"}},
    VersionRule{pickle_load,
                "2.7.1",
                "2.14.1",
                has_parameters,
                {unknown, "2.6 refuses Parameter values and 2.14 reads them"}},
    VersionRule{pickle_load, "", "", always, {reads, ""}},

    VersionRule{archive, "", "", is_damaged, kDamaged},
    VersionRule{archive, "", "", is_archive, {reads, ""}},
    VersionRule{
        archive, "", "", is_zip, {refuses, "failed locating file constants.pkl (env.cpp_loader)"}},
    VersionRule{archive, "", "", always, {refuses, "failed finding central directory"}},
};

// The places of `version` and of a rule's ends in the list of versions.
std::size_t place_of(string_view version) {
  return static_cast<std::size_t>(std::ranges::find(kVersions, version) - kVersions.begin());
}

bool holds(const VersionRule& rule, TorchLoader loader, string_view version) {
  const std::size_t place = place_of(version);
  return rule.loader == loader && (rule.from.empty() || place >= place_of(rule.from)) &&
         (rule.before.empty() || place < place_of(rule.before));
}

bool same(const VersionOutcome& a, const VersionOutcome& b) {
  return a.outcome == b.outcome && a.reason == b.reason;
}

bool has_problem(const Checkpoint& checkpoint, FileProblem code) {
  return std::ranges::find(checkpoint.problems(), code, &Problem::code) !=
         checkpoint.problems().end();
}

}  // namespace

string_view to_string(TorchLoader loader) {
  constexpr std::array<string_view, 3> kNames = {"torch.load", "torch::pickle_load", "torch::load"};
  return kNames[static_cast<std::size_t>(loader)];
}

string_view to_string(LoadOutcome outcome) {
  constexpr std::array<string_view, 5> kNames = {"reads", "reads_with_classes", "runs_code",
                                                 "refuses", "unknown"};
  return kNames[static_cast<std::size_t>(outcome)];
}

LoadFacts load_facts(const Checkpoint& checkpoint) {
  LoadFacts facts;
  facts.container = checkpoint.container();
  facts.damaged = has_problem(checkpoint, FileProblem::truncated) ||
                  has_problem(checkpoint, FileProblem::corrupt);
  facts.unsafe = has_problem(checkpoint, FileProblem::unsafe);
  facts.whole_module = has_problem(checkpoint, FileProblem::whole_module);
  facts.inert_globals = std::ranges::any_of(checkpoint.inert_globals(), [](const auto& name) {
    return std::ranges::find(kAdmitted, name) == kAdmitted.end();
  });
  facts.pickle = checkpoint.pickle_facts();
  return facts;
}

std::span<const string_view> torch_versions() { return kVersions; }

VersionOutcome predicted_outcome(const LoadFacts& facts, TorchLoader loader, string_view version) {
  for (const VersionRule& rule : kRules)
    if (holds(rule, loader, version) && rule.applies(facts)) return rule.outcome;
  return {};
}

std::vector<VersionRange> predicted_ranges(const LoadFacts& facts) {
  std::vector<VersionRange> ranges;
  for (const TorchLoader loader : kLoaders) {
    const std::size_t oldest = loader == torch_load ? 0 : place_of(kOldestLibTorch);
    for (std::size_t i = oldest; i < kVersions.size(); ++i) {
      const VersionOutcome outcome = predicted_outcome(facts, loader, kVersions[i]);
      const bool goes_on =
          !ranges.empty() && ranges.back().loader == loader && same(ranges.back().outcome, outcome);
      if (goes_on) {
        ranges.back().last = kVersions[i];
      } else {
        ranges.push_back({loader, kVersions[i], kVersions[i], outcome});
      }
    }
  }
  return ranges;
}

}  // namespace effgate
