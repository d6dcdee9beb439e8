#pragma once

#include <c10/core/InferenceMode.h>

#include <exception>
#include <string>
#include <utility>

#include "harness/backend/backend.h"

namespace effgate {

// A failure that the adapter itself finds. Ends at guarded().
class CallError : public std::exception {
 public:
  CallError(effgate_code code, std::string text) : code_(code), text_(std::move(text)) {}
  effgate_code code() const { return code_; }
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  effgate_code code_;
  std::string text_;
};

// Throws a CallError of EFFGATE_INVALID unless `holds`.
void require(bool holds, const char* otherwise);

// What is being called, for messages that no rule of the table knows: a loader that fails has
// refused the file.
enum class Calling { operation, loader };

// Writes the first line of what is being caught and gives its code.
effgate_code report_caught(effgate_text error, Calling calling) noexcept;

// Runs `body` in inference mode; nothing but a code leaves.
template <typename Body>
effgate_code guarded(effgate_text error, const Body& body,
                     Calling calling = Calling::operation) noexcept {
  try {
    const c10::InferenceMode inference;
    body();
    return EFFGATE_OK;
  } catch (...) {
    return report_caught(error, calling);
  }
}

// The first line of a message that says something.
std::string first_line(const std::string& message);

}  // namespace effgate
