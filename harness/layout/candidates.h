#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/layout/compare.h"
#include "harness/layout/head_counts.h"
#include "harness/layout/naming.h"

namespace effgate {

struct ModelCandidate {
  std::string model;
  double score = 0;  // share of the tensors of file and model that agree, 0 to 1
};

// The networks that a state dict may be of, whatever its number of classes and anchors.
struct CandidateList {
  // Score 1: strict load_state_dict takes it; of zylo's and mmdetection's layouts that of their own
  // networks. What names meant before comes last. Where there is any, no other is listed; else the
  // nearest few, best first, all below 1. Empty for something foreign.
  std::vector<ModelCandidate> models;
  HeadCounts counts;
};

// `state` has no wrapper prefixes, and `layout` is what recognise() makes of its names.
CandidateList model_candidates(StoredState state, Layout layout);

// The names of score 1.
std::vector<std::string> fitting_models(std::span<const ModelCandidate> candidates);

}  // namespace effgate
