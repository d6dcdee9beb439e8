#pragma once

#include <filesystem>

#include "harness/base/result.h"
#include "harness/cell/protocol.h"
#include "harness/graph/config.h"
#include "harness/picture/picture.h"

namespace effgate {

// Writes what the network sees of a picture, float32 `input` [1,3,height,width] of a model of that
// size, to a safetensors file: letterboxed and normalised as effdet does at validation. Gives what
// brings boxes back to the picture.
Result<ScaledPicture> write_picture_input(const Picture& picture, const ModelConfig& model,
                                          const std::filesystem::path& target);

}  // namespace effgate
