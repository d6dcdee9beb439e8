#include "harness/graph/channels.h"

#include <algorithm>

namespace effgate {

std::int64_t round_channels(double exact) {
  const std::int64_t nearest =
      std::max<std::int64_t>(8, static_cast<std::int64_t>(exact + 4) / 8 * 8);
  return static_cast<double>(nearest) < 0.9 * exact ? nearest + 8 : nearest;
}

}  // namespace effgate
