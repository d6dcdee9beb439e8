#include "harness/backend/torch/errors.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <string_view>

namespace effgate {
namespace {

struct MessageRule {
  std::string_view part;
  effgate_code code;
};

// From a part of the library's message to a code. Exception classes do not tell these apart: on a
// CPU, out of memory and a missing kernel are both plain c10::Error. The first match counts.
constexpr std::array kMessageRules{
    // Allocators: c10/core/impl/alloc_cpu.cpp, CUDACachingAllocator, cuDNN and cuBLAS workspaces.
    MessageRule{"can't allocate memory", EFFGATE_OUT_OF_MEMORY},
    MessageRule{"not enough memory", EFFGATE_OUT_OF_MEMORY},
    MessageRule{"out of memory", EFFGATE_OUT_OF_MEMORY},
    MessageRule{"CUDNN_STATUS_ALLOC_FAILED", EFFGATE_OUT_OF_MEMORY},
    MessageRule{"CUBLAS_STATUS_ALLOC_FAILED", EFFGATE_OUT_OF_MEMORY},
    MessageRule{"Storage size calculation overflowed", EFFGATE_OUT_OF_MEMORY},
    // No kernel: AT_DISPATCH, the dispatcher, CUDA without code for this device, determinism.
    MessageRule{"not implemented for '", EFFGATE_UNSUPPORTED},
    MessageRule{"Could not run '", EFFGATE_UNSUPPORTED},
    MessageRule{"no kernel image is available", EFFGATE_UNSUPPORTED},
    MessageRule{"does not have a deterministic implementation", EFFGATE_UNSUPPORTED},
    MessageRule{"Found no NVIDIA driver", EFFGATE_UNSUPPORTED},
    MessageRule{"driver version is insufficient", EFFGATE_UNSUPPORTED},
    MessageRule{"No CUDA GPUs are available", EFFGATE_UNSUPPORTED},
    MessageRule{"no CUDA-capable device", EFFGATE_UNSUPPORTED},
    // A CUDA context that is of no more use.
    MessageRule{"illegal memory access", EFFGATE_DEVICE_LOST},
    MessageRule{"device-side assert", EFFGATE_DEVICE_LOST},
    MessageRule{"unspecified launch failure", EFFGATE_DEVICE_LOST},
    MessageRule{"uncorrectable ECC error", EFFGATE_DEVICE_LOST},
    MessageRule{"misaligned address", EFFGATE_DEVICE_LOST},
    MessageRule{"the launch timed out", EFFGATE_DEVICE_LOST},
    // Operands that do not fit each other.
    MessageRule{"expected input", EFFGATE_INVALID},
    MessageRule{"must match the size of tensor", EFFGATE_INVALID},
    MessageRule{"Sizes of tensors must match", EFFGATE_INVALID},
    MessageRule{"to be equal size", EFFGATE_INVALID},
    MessageRule{"expected a non-empty", EFFGATE_INVALID},
    MessageRule{"should contain", EFFGATE_INVALID},
    MessageRule{"can't be greater than actual input size", EFFGATE_INVALID},
    MessageRule{"out of range", EFFGATE_INVALID},
    MessageRule{"exceeds dimension size", EFFGATE_INVALID},
    MessageRule{"expected scalar type", EFFGATE_INVALID},
    MessageRule{"should be the same", EFFGATE_INVALID},
    MessageRule{"doesn't match the broadcast shape", EFFGATE_INVALID},
};

effgate_code classify(std::string_view message, Calling calling) {
  const effgate_code unknown = calling == Calling::loader ? EFFGATE_REFUSED : EFFGATE_LIBRARY_ERROR;
  for (const MessageRule& rule : kMessageRules) {
    if (message.find(rule.part) == std::string_view::npos) continue;
    // An operand does not fit a loader's call: it is the file's content that does not.
    return rule.code == EFFGATE_INVALID ? (calling == Calling::loader ? unknown : rule.code)
                                        : rule.code;
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
