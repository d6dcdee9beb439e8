#include "harness/cell/input.h"

#include <algorithm>
#include <limits>

#include "harness/base/text.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/checkpoint/values.h"
#include "harness/recipe/image.h"

namespace effgate {
namespace {

constexpr std::uint64_t kImageSeed = 1;
constexpr std::string_view kRecipe = "recipe:";
constexpr std::string_view kFile = "file:";

Error bad_input(const std::string& source, const std::string& why) {
  return Error{ErrorKind::usage, "reading input " + source + ": " + why};
}

std::int64_t asked_or(std::int64_t asked, std::int64_t native) {
  return asked > 0 ? asked : native;
}

Result<InputBatch> recipe_input(const CellJob& job, const ModelConfig& model) {
  const auto number = parse_integer(job.input.source.substr(kRecipe.size()));
  if (!number || *number < 0) return bad_input(job.input.source, "it names no image");
  InputBatch input{
      job.batch, asked_or(job.height, model.height), asked_or(job.width, model.width), {}};
  input.pixels = make_images(kImageSeed, *number, input.batch, input.height, input.width);
  return input;
}

// Image after image of `tensor`, from the first again after the last.
std::vector<float> repeated(const std::vector<float>& images, std::int64_t in_file,
                            std::int64_t wanted) {
  const std::size_t length = images.size() / static_cast<std::size_t>(in_file);
  std::vector<float> batch;
  batch.reserve(length * static_cast<std::size_t>(wanted));
  for (std::int64_t i = 0; i < wanted; ++i) {
    const auto* first = images.data() + static_cast<std::size_t>(i % in_file) * length;
    batch.insert(batch.end(), first, first + length);
  }
  return batch;
}

Result<InputBatch> file_input(const CellJob& job) {
  const std::string path = job.input.source.substr(kFile.size());
  EFFGATE_ASSIGN(const Checkpoint file, Checkpoint::open(path));
  const TensorEntry* tensor = file.find("input");
  if (tensor == nullptr) return bad_input(path, "it holds no tensor named input");
  const std::vector<std::int64_t>& shape = tensor->shape;
  if (tensor->dtype != DType::float32 || shape.size() != 4 || shape[1] != 3 || tensor->bytes == 0) {
    return bad_input(path, "its input is no float32 tensor [N,3,H,W]");
  }
  if (asked_or(job.height, shape[2]) != shape[2] || asked_or(job.width, shape[3]) != shape[3]) {
    return bad_input(path, "its images have another size than the one asked for");
  }
  EFFGATE_ASSIGN(const std::vector<float> images, to_floats(*tensor));
  const std::int64_t batch = std::max(job.batch, shape[0]);
  return InputBatch{batch, shape[2], shape[3], repeated(images, shape[0], batch)};
}

}  // namespace

Result<InputBatch> make_input(const CellJob& job, const ModelConfig& model) {
  if (job.batch < 1) return bad_input(job.input.source, "a batch has at least one image");
  if (job.input.source.starts_with(kRecipe)) return recipe_input(job, model);
  if (job.input.source.starts_with(kFile)) return file_input(job);
  return bad_input(job.input.source, "it is neither recipe:N nor file:PATH");
}

Result<std::vector<std::byte>> input_bytes(const InputBatch& input, DType dtype) {
  return to_bytes(std::vector<double>(input.pixels.begin(), input.pixels.end()), dtype);
}

}  // namespace effgate
