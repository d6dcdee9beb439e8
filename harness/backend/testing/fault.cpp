#include "harness/backend/testing/fault.h"

#include <algorithm>
#include <array>

#include "harness/base/text.h"

namespace effgate {
namespace {

struct KindEntry {
  std::string_view name;
  FaultKind kind;
  double default_amount;
};

constexpr std::array<KindEntry, 14> kKinds = {{
    {"crash", FaultKind::crash, 0},
    {"abort", FaultKind::abort, 0},
    {"exit", FaultKind::exit, 0},
    {"hang", FaultKind::hang, 0},
    {"eat_memory", FaultKind::eat_memory, 8e9},
    {"library_error", FaultKind::library_error, 0},
    {"out_of_memory", FaultKind::out_of_memory, 0},
    {"unsupported", FaultKind::unsupported, 0},
    {"device_lost", FaultKind::device_lost, 0},
    {"nan", FaultKind::nan, 0},
    {"perturb", FaultKind::perturb, 1e-3},
    {"nondeterministic", FaultKind::nondeterministic, 1e-3},
    {"slow", FaultKind::slow, 2},
    {"null", FaultKind::null, 0},
}};

Error bad_fault(std::string_view text, const std::string& why) {
  return Error{ErrorKind::usage, "fault '" + std::string(text) + "': " + why};
}

Result<const KindEntry*> find_kind(std::string_view text, std::string_view name) {
  const auto* found = std::find_if(kKinds.begin(), kKinds.end(),
                                   [&](const KindEntry& entry) { return entry.name == name; });
  if (found != kKinds.end()) return &*found;
  std::vector<std::string> names;
  for (const KindEntry& entry : kKinds) names.emplace_back(entry.name);
  return bad_fault(text, "no such kind" + did_you_mean(name, names));
}

Status read_when(std::string_view text, std::string_view when, Fault& fault) {
  if (when.empty()) return bad_fault(text, "nothing after '@'");
  const auto number = parse_integer(when);
  if (!number) {
    fault.function = when;
    return success();
  }
  if (*number < 1) return bad_fault(text, "calls are counted from 1");
  fault.call_number = *number;
  return success();
}

Result<Fault> parse_fault(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view head = text.substr(0, colon);
  const std::size_t at = head.find('@');
  EFFGATE_ASSIGN(const KindEntry* kind, find_kind(text, head.substr(0, at)));
  Fault fault{kind->kind, 0, "", kind->default_amount};
  if (at != std::string_view::npos) EFFGATE_TRY(read_when(text, head.substr(at + 1), fault));
  if (colon == std::string_view::npos) return fault;
  const auto amount = parse_number(text.substr(colon + 1));
  if (!amount) return bad_fault(text, "no number after ':'");
  fault.amount = *amount;
  return fault;
}

}  // namespace

bool Fault::applies_to(std::int64_t number, std::string_view name) const {
  if (call_number > 0) return number == call_number;
  return function.empty() ? number > 0 : function == name;
}

Result<std::vector<Fault>> parse_faults(std::string_view text) {
  std::vector<Fault> faults;
  if (trim(text).empty()) return faults;
  for (const std::string& part : split(text, ',')) {
    EFFGATE_ASSIGN(Fault fault, parse_fault(trim(part)));
    faults.push_back(std::move(fault));
  }
  return faults;
}

}  // namespace effgate
