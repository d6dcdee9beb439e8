#pragma once

#include <cassert>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace effgate {

// The closed list of ways in which an operation can fail. A kind exists only where a caller acts
// differently on it; everything else a person needs is in the message.
enum class ErrorKind {
  usage,          // the request itself is wrong: an option, a name, a key of a suite
  not_found,      // a file, model, library or tensor that was asked for is not there
  malformed,      // bytes from outside break their format
  truncated,      // bytes from outside end too early
  unsafe,         // bytes from outside would run code if they were obeyed
  unsupported,    // the request is sound, but this library, device or build cannot do it
  refused,        // a library's own loader refused a file
  out_of_memory,  // an allocation failed
  io,             // the operating system refused: permissions, disk full, broken pipe
  timed_out,      // a deadline passed
  library,        // a library under test failed in a way of its own
  bug,            // effgate broke one of its own promises
};

// The kind's name as it is written in records and JSON, for example "not_found".
std::string_view to_string(ErrorKind kind);

// One failure. `message` is one line: what was being done, to what, and why it failed. `next` is
// a command that would help, or empty.
struct Error {
  ErrorKind kind;
  std::string message;
  std::string next = {};

  // The same failure told from one caller further up: "ACTIVITY: MESSAGE".
  Error while_doing(std::string_view activity) && {
    message = std::string(activity) + ": " + message;
    return std::move(*this);
  }
};

// Either a value or an Error. Reading the side that is not there is a defect and asserts.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& {
    assert(!ok() && "Result::error() of a success");
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    assert(!ok() && "Result::error() of a success");
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  T& value() {
    assert(ok() && "Result read without asking ok()");
    return *std::get_if<0>(&state_);
  }
  const T& value() const {
    assert(ok() && "Result read without asking ok()");
    return *std::get_if<0>(&state_);
  }

  std::variant<T, Error> state_;
};

// The outcome of an operation that yields nothing.
using Status = Result<std::monostate>;
inline Status success() { return Status(std::monostate{}); }

}  // namespace effgate

// Returns the error of `expression` to the caller, or goes on.
#define EFFGATE_TRY(expression)                               \
  do {                                                        \
    if (auto effgate_try_ = (expression); !effgate_try_.ok()) \
      return std::move(effgate_try_).error();                 \
  } while (false)

#define EFFGATE_CONCAT_(a, b) a##b
#define EFFGATE_CONCAT(a, b) EFFGATE_CONCAT_(a, b)

// Declares `declaration` from the value of `expression`, or returns its error to the caller.
#define EFFGATE_ASSIGN(declaration, expression) \
  EFFGATE_ASSIGN_(EFFGATE_CONCAT(effgate_result_, __LINE__), declaration, expression)
#define EFFGATE_ASSIGN_(result, declaration, expression) \
  auto result = (expression);                            \
  if (!result.ok()) return std::move(result).error();    \
  declaration = *std::move(result)
