#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "harness/base/result.h"
#include "harness/cli/places.h"
#include "harness/process/stop.h"

namespace effgate {

// One forward pass of a small recipe image by the reference, and what came out.
struct ForwardProof {
  std::int64_t height = 0, width = 0;
  std::uint64_t outputs = 0;  // numbers, all finite
  double largest = 0;         // magnitude
};

// Loads the checkpoint into the model in a cell and computes. An error of kind malformed or
// refused is the file's: it does not load there, or its outputs are not finite.
Result<ForwardProof> prove_forward(const Places& places, const std::filesystem::path& checkpoint,
                                   const std::string& model, const StopRequest* stop);

}  // namespace effgate
