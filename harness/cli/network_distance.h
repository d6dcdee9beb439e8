#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/cli/places.h"
#include "harness/process/stop.h"

namespace effgate {

// A network and the file with its weights.
struct NetworkOnFile {
  std::string model;  // catalogue name
  std::filesystem::path checkpoint;
  std::string key{};  // below which the state dict lies; "" finds it
  bool ema = false;
  std::optional<std::int64_t> num_classes{};  // where it is not the model's own
};

// How far one output of two networks lies apart.
struct OutputDistance {
  std::string output;  // class/3 … class/L (logits), then box/3 … box/L
  double max = 0;
  double rms = 0;
  double first_rms = 0;  // root of the mean square of the first network's output
};

struct NetworkDistance {
  std::vector<OutputDistance> outputs;
  double detections_paired = 0;  // share of the detections that find a partner, 0 to 1

  // The largest difference of the outputs that begin with `prefix`, "class/" or "box/".
  double largest(const std::string& prefix) const;
};

// Both networks on image 0 of the recipe, computed by the reference in float64, each in a cell of
// its own. Meant for one set of weights in two layouts: what is left is what the implementations
// compute differently. `side` of the image in pixels; 0 is 256, with a level 8 512. Errors: a cell
// that did not work, with its reason (malformed where the file is at fault, else library);
// timed_out on a stop request.
Result<NetworkDistance> network_distance(const Places& places, const NetworkOnFile& first,
                                         const NetworkOnFile& second, const StopRequest* stop,
                                         std::int64_t side = 0);

}  // namespace effgate
