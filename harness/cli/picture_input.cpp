#include "harness/cli/picture_input.h"

#include <span>
#include <vector>

#include "harness/checkpoint/save.h"
#include "harness/graph/catalogue.h"
#include "harness/graph/implementations.h"
#include "harness/graph/network.h"
#include "harness/matrix/axes.h"
#include "harness/picture/letterbox.h"
#include "harness/picture/picture_file.h"
#include "harness/picture/zero_padded.h"

namespace effgate {

Result<ModelConfig> model_at(const std::string& name, std::int64_t height, std::int64_t width) {
  EFFGATE_ASSIGN(const ModelConfig native, find_model(name));
  ModelOverrides size;
  if (height > 0) size.height = height;
  if (width > 0) size.width = width;
  return with_overrides(native, size);
}

namespace {

// As effdet does at validation.
Result<PreparedPicture> letterboxed_input(const Picture& picture, const ModelConfig& model) {
  const Preprocessing& preprocessing = model.preprocessing;
  EFFGATE_ASSIGN(const Letterbox box,
                 letterboxed(picture, model.height, model.width, preprocessing.fill));
  return PreparedPicture{normalised(box.picture, preprocessing.mean, preprocessing.std), box.scale,
                         box.scale};
}

Result<PreparedPicture> prepared(const Picture& picture, const ModelConfig& model) {
  const Preprocessing& preprocessing = model.preprocessing;
  ZeroPadding padding{preprocessing.mean, preprocessing.std};
  switch (picture_scaling(model.implementation)) {
    case PictureScaling::pillow_bytes: return letterboxed_input(picture, model);
    case PictureScaling::opencv_bytes: padding.rounds_sides = true; break;
    case PictureScaling::opencv_numbers: padding.numbers = true; break;
  }
  return zero_padded(picture, model.height, model.width, padding);
}

}  // namespace

Result<ScaledPicture> write_picture_input(const Picture& picture, const ModelConfig& model,
                                          const std::filesystem::path& target) {
  EFFGATE_ASSIGN(const PreparedPicture input, prepared(picture, model));
  const TensorToSave tensor{"input",
                            DType::float32,
                            {1, 3, model.height, model.width},
                            std::as_bytes(std::span(input.planes))};
  EFFGATE_TRY(save_safetensors(target, {&tensor, 1}));
  return ScaledPicture{static_cast<double>(picture.width), static_cast<double>(picture.height),
                       input.scale_x, input.scale_y};
}

Result<bool> write_cell_input(const std::filesystem::path& file, const Cell& cell,
                              const std::filesystem::path& target) {
  EFFGATE_ASSIGN(const bool readable, is_picture_file(file));
  if (!readable) return false;
  EFFGATE_ASSIGN(const Picture picture, read_picture(file));
  const ImageSize size = image_size(cell.size);
  EFFGATE_ASSIGN(const ModelConfig model, model_at(cell.model, size.height, size.width));
  EFFGATE_TRY(write_picture_input(picture, model, target));
  return true;
}

}  // namespace effgate
