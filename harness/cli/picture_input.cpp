#include "harness/cli/picture_input.h"

#include <span>
#include <vector>

#include "harness/checkpoint/save.h"
#include "harness/picture/letterbox.h"

namespace effgate {

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

}  // namespace effgate
