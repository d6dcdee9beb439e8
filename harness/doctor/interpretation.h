#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/doctor/reading.h"
#include "harness/layout/naming.h"

namespace effgate {

// Of what a state dict holds the tensors.
enum class Coverage {
  detector,
  backbone,    // of a detector, under its own names
  classifier,  // a backbone's own file: names without "backbone.", with a head of its own
};

// What a file is, with everything undone that lies around and about its names.
struct Interpretation {
  std::vector<std::string> prefixes;    // before every name, outermost first
  std::vector<std::string> inner;       // wrappers of parts, inside names
  std::vector<std::string> from_bench;  // keys that only a detection bench has
  Recognition naming;                   // whose names stand behind the prefixes
  Coverage coverage = Coverage::detector;
  StoredState ours;                          // under effdet's names
  std::vector<std::string> classifier_keys;  // of a classifier's head, left out of `ours`
  std::vector<std::string> never_read;       // of another implementation, left out likewise
  Reading reading;

  // The name that a tensor of `ours` has in the file.
  const std::string& stored_name(const std::string& ours_name) const;
  // Whether the names are those of a detector or of a backbone at all.
  bool is_foreign(const Network* target) const;
  // Whose names they are is known, and nothing of the network: it is none of the published ones.
  bool is_recognised_only() const;
  // The names are a detector's, but more than a tenth of its tensors are layers of no network here.
  bool is_of_no_network() const;
  // "tf_efficientdet_d6", "zylo:tf_efficientdet_d6": what the file may be called.
  std::vector<std::string> model_names() const;

  std::unordered_map<std::string, std::string> stored_names;  // by the name in `ours`
  std::size_t surplus_layers = 0;  // tensors of a detector's layers that the reading lacks
};

// `target` may be null; see read_detector. The state may be empty.
Interpretation interpret(const StoredState& stored, const NetworkIndex& networks,
                         const Network* target);

}  // namespace effgate
