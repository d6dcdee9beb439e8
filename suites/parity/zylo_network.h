#pragma once

#include <map>
#include <string>
#include <vector>

#include "suites/parity/recipe_network.h"

namespace effgate {

// What zylo's network returns for one image, anchor after anchor: levels from the finest, then
// rows, columns and the anchors of a cell. By the golden file's tap: zylo/class (logits), zylo/prob
// [N,90] and zylo/box [N,4].
using ZyloOutputs = std::map<std::string, std::vector<double>>;

// Runs `model` ("zylo:tf_efficientdet_d0", or effdet's) with the weights and the image of a golden
// file of zylo's. Only zylo's network has probabilities.
Result<ZyloOutputs> run_like_zylo(const GoldenFile& zylo, const std::string& model, Library library,
                                  int threads, DType dtype);

// Has every tap of fixtures/golden/zylo-SIZE.safetensors judged. To be called by a test.
void compare_with_zylo(const std::string& network, Library library, int threads, DType dtype,
                       const Judge& judge);

}  // namespace effgate
