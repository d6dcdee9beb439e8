#pragma once

#include <initializer_list>

#include "harness/base/files.h"
#include "harness/base/result.h"

namespace effgate {

// A request to stop that can be waited for together with children. Once made it stays made.
class StopRequest {
 public:
  // Made by calling request(), from any thread.
  static Result<StopRequest> manual();
  // Made by the first of these signals, which no longer end this process. To be called before
  // other threads are started, so that all of them leave the signals alone.
  static Result<StopRequest> on_signals(std::initializer_list<int> signals);

  bool requested() const;
  // Does nothing on one that waits for signals.
  void request();

  // Readable once a stop was requested; never to be read from.
  int descriptor() const { return descriptor_.get(); }

 private:
  explicit StopRequest(FileDescriptor descriptor) : descriptor_(std::move(descriptor)) {}
  FileDescriptor descriptor_;
};

}  // namespace effgate
