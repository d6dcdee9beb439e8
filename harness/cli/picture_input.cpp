#include "harness/cli/picture_input.h"

#include <span>
#include <vector>

#include "harness/checkpoint/save.h"
#include "harness/graph/catalogue.h"
#include "harness/graph/network.h"
#include "harness/matrix/axes.h"
#include "harness/picture/letterbox.h"
#include "harness/picture/picture_file.h"

namespace effgate {

Result<ModelConfig> model_at(const std::string& name, std::int64_t height, std::int64_t width) {
  EFFGATE_ASSIGN(const ModelConfig native, find_model(name));
  ModelOverrides size;
  if (height > 0) size.height = height;
  if (width > 0) size.width = width;
  return with_overrides(native, size);
}

Result<ScaledPicture> write_picture_input(const Picture& picture, const ModelConfig& model,
                                          const std::filesystem::path& target) {
  const Preprocessing& preprocessing = model.preprocessing;
  EFFGATE_ASSIGN(const Letterbox box,
                 letterboxed(picture, model.height, model.width, preprocessing.fill));
  const std::vector<float> input = normalised(box.picture, preprocessing.mean, preprocessing.std);
  const TensorToSave tensor{
      "input", DType::float32, {1, 3, model.height, model.width}, std::as_bytes(std::span(input))};
  EFFGATE_TRY(save_safetensors(target, {&tensor, 1}));
  return ScaledPicture{static_cast<double>(picture.width), static_cast<double>(picture.height),
                       box.scale};
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
