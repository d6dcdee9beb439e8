#include "harness/backend/testing/testing.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <tuple>
#include <vector>

#include "harness/backend/reference/reference.h"
#include "harness/backend/testing/misbehaviour.h"

namespace effgate {
namespace {

using Clock = std::chrono::steady_clock;

// What an effgate_session of this backend points to; tensors, events and captures are the
// reference's own.
struct TestingSession {
  effgate_session* inner = nullptr;
  std::vector<Fault> faults;
  std::int64_t operations = 0;
  std::map<std::string_view, std::int64_t> counts;
};

TestingSession& testing(effgate_session* session) {
  return *reinterpret_cast<TestingSession*>(session);
}

// --- names of calls ---

template <std::size_t Size>
struct Name {
  consteval Name(const char (&name)[Size]) { std::copy_n(name, Size, text); }
  char text[Size];
};

struct KindName {
  std::string_view fresh;
  std::string_view in_place;
};
constexpr std::array<KindName, 8> kActivationNames = {{{"silu", "silu_"},
                                                       {"relu", "relu_"},
                                                       {"relu6", "relu6_"},
                                                       {"leaky_relu", "leaky_relu_"},
                                                       {"hard_swish", "hard_swish_"},
                                                       {"hard_sigmoid", "hard_sigmoid_"},
                                                       {"mish", "mish_"},
                                                       {"sigmoid", "sigmoid_"}}};
constexpr std::array<KindName, 3> kBinaryNames = {
    {{"add", "add_"}, {"mul", "mul_"}, {"div", "div_"}}};

// One call as faults see it: the table's name, the operation's own, and the result in place.
struct CallSite {
  std::string_view function;
  std::string_view operation;
  effgate_tensor* in_place = nullptr;
};

template <std::size_t Count>
std::string_view kind_name(const std::array<KindName, Count>& names, std::int32_t kind,
                           std::int32_t in_place) {
  if (kind < 0 || static_cast<std::size_t>(kind) >= Count) return "unknown";
  const KindName& name = names[static_cast<std::size_t>(kind)];
  return in_place != 0 ? name.in_place : name.fresh;
}

template <typename... Arguments>
CallSite call_site(std::string_view function, const Arguments&...) {
  return {function, function};
}
CallSite call_site(std::string_view function, const std::int32_t& kind, effgate_tensor* const& x,
                   const double&, const std::int32_t& in_place, effgate_tensor** const&,
                   const effgate_text&) {
  return {function, kind_name(kActivationNames, kind, in_place), in_place != 0 ? x : nullptr};
}
CallSite call_site(std::string_view function, const std::int32_t& kind, effgate_tensor* const& a,
                   const effgate_tensor* const&, const std::int32_t& in_place,
                   effgate_tensor** const&, const effgate_text&) {
  return {function, kind_name(kBinaryNames, kind, in_place), in_place != 0 ? a : nullptr};
}

bool applies(const Fault& fault, std::int64_t number, const CallSite& site) {
  return fault.applies_to(number, site.function) || fault.applies_to(number, site.operation);
}

// --- calls ---

// Does `body`, a call of the reference, with the faults that apply to it. `number` is 0 for what
// is no operation.
template <typename Body>
effgate_code with_faults(TestingSession& session, std::int64_t number, const CallSite& site,
                         effgate_tensor** out, effgate_text error, const Body& body) {
  const Clock::time_point start = Clock::now();
  for (const Fault& fault : session.faults) {
    if (!applies(fault, number, site)) continue;
    const effgate_code struck = strike(fault, site.operation, error);
    if (struck != EFFGATE_OK) return struck;
  }
  const effgate_code code = body();
  if (code != EFFGATE_OK) return code;
  effgate_tensor* result = site.in_place != nullptr ? site.in_place : out ? *out : nullptr;
  for (const Fault& fault : session.faults) {
    if (!applies(fault, number, site)) continue;
    if (result != nullptr) spoil(reference_session(session.inner), fault, reference_tensor(result));
    if (fault.kind == FaultKind::slow) stretch(start, fault.amount);
  }
  return EFFGATE_OK;
}

// An operation: its last two arguments are where the result goes and the text of an error.
template <Name Function, auto Member, typename... Arguments>
effgate_code operation(effgate_session* session, Arguments... arguments) {
  TestingSession& own = testing(session);
  const CallSite site = call_site(Function.text, arguments...);
  const auto all = std::tie(arguments...);
  constexpr std::size_t kCount = sizeof...(Arguments);
  ++own.counts[site.operation];
  return with_faults(own, ++own.operations, site, std::get<kCount - 2>(all),
                     std::get<kCount - 1>(all),
                     [&] { return (reference_backend()->*Member)(own.inner, arguments...); });
}

// A function that is no operation: faults that name it apply before it.
template <Name Function, auto Member, typename... Arguments>
effgate_code service(effgate_session* session, Arguments... arguments) {
  TestingSession& own = testing(session);
  const auto all = std::tie(arguments...);
  return with_faults(own, 0, {Function.text, Function.text}, nullptr,
                     std::get<sizeof...(Arguments) - 1>(all),
                     [&] { return (reference_backend()->*Member)(own.inner, arguments...); });
}

template <typename... Arguments>
using TableFunction = effgate_code (*)(effgate_session*, Arguments...);

template <Name Function, auto Member, typename... Arguments>
constexpr void wrap_operation(effgate_backend& table,
                              TableFunction<Arguments...> effgate_backend::*) {
  table.*Member = operation<Function, Member, Arguments...>;
}

template <Name Function, auto Member, typename... Arguments>
constexpr void wrap_service(effgate_backend& table,
                            TableFunction<Arguments...> effgate_backend::*) {
  table.*Member = service<Function, Member, Arguments...>;
}

// --- the library and sessions ---

effgate_code identify(effgate_identity* out, effgate_text) {
  *out = {sizeof(effgate_identity), "testing", "1", "1", "", "misbehaves on demand"};
  return EFFGATE_OK;
}

effgate_code session_open(const effgate_environment* environment, effgate_session** out,
                          effgate_text error) {
  const char* text = std::getenv(kTestingVariable);
  const auto faults = parse_faults(text == nullptr ? "" : text);
  if (!faults) return report(faults.error(), error);
  return open_testing_session(environment, *faults, out, error);
}

void session_close(effgate_session* session) {
  const std::unique_ptr<TestingSession> own(&testing(session));
  reference_backend()->session_close(own->inner);
}

effgate_backend make_table() {
  using Table = effgate_backend;
  effgate_backend table = *reference_backend();  // for what has no session
  table.identify = identify;
  table.session_open = session_open;
  table.session_close = session_close;
  wrap_service<"from_data", &Table::from_data>(table, &Table::from_data);
  wrap_service<"borrow_data", &Table::borrow_data>(table, &Table::borrow_data);
  wrap_service<"copy_out", &Table::copy_out>(table, &Table::copy_out);
  wrap_operation<"conv2d", &Table::conv2d>(table, &Table::conv2d);
  wrap_operation<"batch_norm", &Table::batch_norm>(table, &Table::batch_norm);
  wrap_operation<"activation", &Table::activation>(table, &Table::activation);
  wrap_operation<"constant_pad", &Table::constant_pad>(table, &Table::constant_pad);
  wrap_operation<"max_pool2d", &Table::max_pool2d>(table, &Table::max_pool2d);
  wrap_operation<"avg_pool2d", &Table::avg_pool2d>(table, &Table::avg_pool2d);
  wrap_operation<"mean_hw", &Table::mean_hw>(table, &Table::mean_hw);
  wrap_operation<"upsample_nearest2d", &Table::upsample_nearest2d>(table,
                                                                   &Table::upsample_nearest2d);
  wrap_operation<"upsample_bilinear2d", &Table::upsample_bilinear2d>(table,
                                                                     &Table::upsample_bilinear2d);
  wrap_operation<"binary", &Table::binary>(table, &Table::binary);
  wrap_operation<"add_scalar", &Table::add_scalar>(table, &Table::add_scalar);
  wrap_operation<"softmax0", &Table::softmax0>(table, &Table::softmax0);
  wrap_operation<"sum_all", &Table::sum_all>(table, &Table::sum_all);
  wrap_operation<"sum_last", &Table::sum_last>(table, &Table::sum_last);
  wrap_operation<"select0", &Table::select0>(table, &Table::select0);
  wrap_operation<"stack_last", &Table::stack_last>(table, &Table::stack_last);
  wrap_operation<"cat1", &Table::cat1>(table, &Table::cat1);
  wrap_operation<"narrow1", &Table::narrow1>(table, &Table::narrow1);
  wrap_service<"synchronize", &Table::synchronize>(table, &Table::synchronize);
  wrap_service<"event_create", &Table::event_create>(table, &Table::event_create);
  wrap_service<"event_record", &Table::event_record>(table, &Table::event_record);
  wrap_service<"event_elapsed", &Table::event_elapsed>(table, &Table::event_elapsed);
  wrap_service<"capture_warm_up", &Table::capture_warm_up>(table, &Table::capture_warm_up);
  wrap_service<"capture_begin", &Table::capture_begin>(table, &Table::capture_begin);
  wrap_service<"capture_end", &Table::capture_end>(table, &Table::capture_end);
  wrap_service<"capture_replay", &Table::capture_replay>(table, &Table::capture_replay);
  wrap_service<"peak_device_bytes", &Table::peak_device_bytes>(table, &Table::peak_device_bytes);
  return table;
}

}  // namespace

const effgate_backend* testing_backend() {
  static const effgate_backend kTable = make_table();
  return &kTable;
}

effgate_code open_testing_session(const effgate_environment* environment,
                                  std::span<const Fault> faults, effgate_session** out,
                                  effgate_text error) {
  const bool dry = std::any_of(faults.begin(), faults.end(),
                               [](const Fault& fault) { return fault.kind == FaultKind::null; });
  auto own = std::make_unique<TestingSession>();
  own->faults.assign(faults.begin(), faults.end());
  const effgate_code code =
      dry ? open_dry_session(environment, &own->inner, error)
          : reference_backend()->session_open(environment, &own->inner, error);
  if (code != EFFGATE_OK) return code;
  *out = reinterpret_cast<effgate_session*>(own.release());
  return EFFGATE_OK;
}

std::map<std::string, std::int64_t> operation_counts(const effgate_session* session) {
  const auto& counts = reinterpret_cast<const TestingSession*>(session)->counts;
  return {counts.begin(), counts.end()};
}

}  // namespace effgate
