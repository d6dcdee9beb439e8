#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "harness/base/result.h"
#include "harness/cell/protocol.h"
#include "harness/graph/config.h"
#include "harness/matrix/cell.h"
#include "harness/picture/picture.h"

namespace effgate {

// A catalogue entry at another size; 0 keeps its own.
Result<ModelConfig> model_at(const std::string& name, std::int64_t height, std::int64_t width);

// Writes what the network sees of a picture, float32 `input` [1,3,height,width] of a model of that
// size, to a safetensors file, prepared as the model's implementation does at validation. Gives
// what brings boxes back to the picture.
Result<ScaledPicture> write_picture_input(const Picture& picture, const ModelConfig& model,
                                          const std::filesystem::path& target);

// The same for a picture file and the network and size of a cell: a runner's PictureInput.
Result<bool> write_cell_input(const std::filesystem::path& file, const Cell& cell,
                              const std::filesystem::path& target);

}  // namespace effgate
