#pragma once

#include <filesystem>
#include <string_view>

#include "harness/base/files.h"
#include "harness/base/result.h"
#include "harness/process/stop.h"

namespace effgate {

// Held while libraries are added or removed; given back by destruction or by the end of the
// process.
class HomeLock {
 public:
  explicit HomeLock(FileDescriptor file) : file_(std::move(file)) {}

 private:
  FileDescriptor file_;
};

// Where libraries live. Several processes and hosts may share one.
//
//   libs/NAME/library.json         what is installed; its presence makes NAME installed
//   libs/NAME/torch/{include,lib}  what was unpacked of a wheel
//   libs/NAME/nvidia/...           what was unpacked of the wheels beside it
//   libs/NAME/adapter/KEY/         an adapter and what it was built from
//   libs/.installing/              half-made; what a killed process leaves, the next removes
//   libs/.lock                     locked by whoever changes something
class Home {
 public:
  // EFFGATE_HOME, else XDG_DATA_HOME/effgate, else HOME/.local/share/effgate.
  static Result<Home> find();
  explicit Home(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path libraries() const { return root_ / "libs"; }
  std::filesystem::path library(std::string_view name) const { return libraries() / name; }

  // Makes the folders and waits for the lock; `stop` ends the wait with an error.
  Result<HomeLock> lock(const StopRequest* stop = nullptr) const;

  // A fresh directory for something that will be renamed to library(...). Only under the lock;
  // removes what killed processes have left.
  Result<TemporaryDirectory> staging() const;

 private:
  std::filesystem::path root_;
};

}  // namespace effgate
