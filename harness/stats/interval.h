#pragma once

namespace effgate {

struct Interval {
  double low = 0;
  double high = 0;

  bool contains(double value) const { return low <= value && value <= high; }
};

}  // namespace effgate
