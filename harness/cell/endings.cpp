#include "harness/cell/endings.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "harness/base/text.h"

namespace effgate {
namespace {

// Unset matches any.
struct EndingRule {
  std::optional<Stage> stage;
  std::optional<ErrorKind> kind;
  const char* message_part;  // null matches any message
  const char* status;
  const char* reason;
};

constexpr std::nullopt_t kAny = std::nullopt;

// The first rule that fits counts.
constexpr EndingRule kRules[] = {
    {Stage::checkpoint, ErrorKind::unsafe, nullptr, "unsafe", "file.unsafe"},
    {Stage::checkpoint, ErrorKind::truncated, nullptr, "unreadable", "file.truncated"},
    {Stage::checkpoint, ErrorKind::malformed, nullptr, "unreadable", "file.corrupt"},
    {Stage::checkpoint, ErrorKind::out_of_memory, nullptr, "oom", "host_memory"},
    {Stage::checkpoint, ErrorKind::not_found, nullptr, "unreadable", "file.not_found"},
    {Stage::checkpoint, kAny, nullptr, "unreadable", "file.not_a_checkpoint"},
    {Stage::state_dict, kAny, nullptr, "unreadable", "file.no_state_dict"},
    {Stage::library, kAny, nullptr, "library_missing", "not_loaded"},
    {Stage::device, ErrorKind::unsupported, "cuda_not_installed", "unsupported",
     "cuda_not_installed"},
    {Stage::device, ErrorKind::unsupported, nullptr, "unsupported", "no_device"},
    {Stage::network, ErrorKind::usage, nullptr, "unsupported", "no_such_size"},
    {Stage::library_loader, ErrorKind::refused, nullptr, "load_refused", "env.cpp_loader"},
    {Stage::library_loader, ErrorKind::unsupported, nullptr, "unsupported", "no_loader"},
    {Stage::input, ErrorKind::out_of_memory, nullptr, "oom", "host_memory"},
    {Stage::input, kAny, nullptr, "unreadable", "input"},
    {Stage::output, ErrorKind::io, nullptr, "error", "output"},
    {kAny, ErrorKind::unsupported, nullptr, "unsupported", "no_kernel"},
    {kAny, ErrorKind::out_of_memory, nullptr, "oom", "host_memory"},
    {kAny, ErrorKind::refused, nullptr, "library_error", "raised"},
    {kAny, ErrorKind::library, nullptr, "library_error", "raised"},
    {kAny, kAny, nullptr, "error", "defect"},
};

bool fits(const EndingRule& rule, Stage stage, const Error& error) {
  return (!rule.stage || *rule.stage == stage) && (!rule.kind || *rule.kind == error.kind) &&
         (rule.message_part == nullptr ||
          error.message.find(rule.message_part) != std::string::npos);
}

}  // namespace

EndRecord ending_of(Stage stage, const Error& error) {
  const auto* rule = std::find_if(std::begin(kRules), std::end(kRules),
                                  [&](const EndingRule& each) { return fits(each, stage, error); });
  return {rule->status, rule->reason, printable_utf8(error.message), 0};
}

EndRecord measured() { return {"measured", "", "", 0}; }

}  // namespace effgate
