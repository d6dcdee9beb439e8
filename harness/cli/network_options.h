#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "harness/base/result.h"
#include "harness/cell/protocol.h"
#include "harness/cli/places.h"
#include "harness/cli/subcommand.h"
#include "harness/matrix/axes.h"
#include "harness/process/stop.h"

namespace effgate {

// What commands that run one network have in common: which network, with which checkpoint, on
// which library, in which dtype and size.
class NetworkOptions {
 public:
  void declare(CLI::App& app);

  // A forward job of `command`, its input and outputs still to be named. A library that is missing
  // or does not work is kind library; a recipe's checkpoint is made.
  Result<CellJob> forward_job(const std::string& command, const Places& places,
                              const StopRequest& stop) const;

  // Runs the job in a process of its own, for at most an hour. A checkpoint that cannot be loaded
  // is kind malformed, whatever else did not work kind library.
  Result<ExitCode> run_forward(const Places& places, const CellJob& job,
                               const StopRequest& stop) const;

  const std::string& checkpoint() const { return checkpoint_; }
  const std::string& library() const { return library_; }
  const std::string& dtype() const { return dtype_; }

 private:
  std::string model_, checkpoint_, library_;
  std::string size_ = "native", dtype_ = "float32", device_ = "cpu";
  std::optional<std::int64_t> num_classes_;
  int threads_ = 1;
  bool ema_ = false;
};

// What `--size` means; `model` is the network it is for, or own. Of the sizes a network can have,
// only the form is checked.
Result<ImageSize> size_option(const std::string& typed, const std::string& model);

}  // namespace effgate
