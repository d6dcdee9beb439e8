#pragma once

#include <filesystem>
#include <string>

#include "harness/base/result.h"
#include "harness/cli/places.h"
#include "harness/process/stop.h"

namespace effgate {

// A checkpoint as a command names it.
struct CheckpointArgument {
  std::filesystem::path path;
  std::string key;  // below which the state dict lies; "" finds it
};

// FILE or FILE#KEY; a file whose own name holds a # wins.
CheckpointArgument split_checkpoint(const std::string& argument);

// The same, or recipe:NAME, which a cell writes to the cache when it is not there yet.
Result<CheckpointArgument> materialise_checkpoint(const Places& places, const std::string& argument,
                                                  const StopRequest* stop);

}  // namespace effgate
