#include "harness/backend/torch/errors.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string_view>

#include "harness/backend/torch/compat.h"

namespace effgate {
namespace {

effgate_code classify(std::string_view message, Calling calling) {
  const effgate_code unknown = calling == Calling::loader ? EFFGATE_REFUSED : EFFGATE_LIBRARY_ERROR;
  for (const MessageRule& rule : kMessageRules) {
    if (message.find(rule.part) == std::string_view::npos) continue;
    // What a loader's operands are made of is the file.
    return calling == Calling::loader && rule.code == EFFGATE_INVALID ? unknown : rule.code;
  }
  return unknown;
}

void write_text(std::string_view text, effgate_text to) noexcept {
  if (to.data == nullptr || to.capacity == 0) return;
  const size_t length = std::min(text.size(), to.capacity - 1);
  std::memcpy(to.data, text.data(), length);
  to.data[length] = '\0';
}

effgate_code report(effgate_code code, std::string_view message, effgate_text error) {
  write_text(first_line(std::string(message)), error);
  return code;
}

}  // namespace

void require(bool holds, const char* otherwise) {
  if (!holds) throw CallError(EFFGATE_INVALID, otherwise);
}

std::string first_line(const std::string& message) {
  const size_t begin = message.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "the library gave no message";
  return message.substr(begin, message.find_first_of("\r\n", begin) - begin);
}

effgate_code report_caught(effgate_text error, Calling calling) noexcept {
  try {
    try {
      throw;
    } catch (const CallError& own) {
      return report(own.code(), own.what(), error);
    } catch (const c10::Error& library) {
      const std::string_view message = library.what_without_backtrace();
      return report(classify(message, calling), message, error);
    } catch (const std::bad_alloc&) {
      return report(EFFGATE_OUT_OF_MEMORY, "std::bad_alloc", error);
    } catch (const std::exception& other) {
      return report(classify(other.what(), calling), other.what(), error);
    } catch (...) {
      return report(EFFGATE_LIBRARY_ERROR, "an exception without a message", error);
    }
  } catch (...) {
    write_text("no memory left for the message", error);
    return EFFGATE_OUT_OF_MEMORY;
  }
}

}  // namespace effgate
