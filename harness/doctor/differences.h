#pragma once

#include <string>
#include <vector>

#include "harness/doctor/reading.h"
#include "harness/doctor/target.h"

namespace effgate {

// In what the network that a file is of differs from the one asked for, by its keys and shapes.
struct Differences {
  bool variant = false;         // another size, backbone or wiring
  bool history = false;         // what the same name once meant
  bool redundant_bias = false;  // one has biases before its batch norms
  bool head_layout = false;     // the order of the heads' batch norms
  bool class_count = false;
  bool anchor_count = false;
};
Differences differences(const Reading& reading, const Target& target);

// Without a target: what had to be assumed of the catalogue's network to read the file, and how a
// network of the past differs from what its name means today.
Differences alterations_of(const Reading& reading, const NetworkIndex& networks);

// What the network is called that `name` means at another time: "tf_efficientdet_lite0@2020-06" for
// tf_efficientdet_lite0, and the other way about. "" where it never had the name.
std::string name_of_another_time(const Network& network, const std::string& name);

// The network whose tensors are the target's but for the order of the heads' norms, where it
// computes something else with them, so that renaming would give none of both: "cspresdet50@0.2.1"
// for cspresdet50. "" where there is none, or one of its names stands for what computes the same.
std::string other_network_by_head_order(const Target& target, const NetworkIndex& networks);

}  // namespace effgate
