#include "harness/runner/cache_entries.h"

#include <fmt/format.h>

#include <initializer_list>
#include <string_view>

#include "harness/base/hash.h"
#include "harness/matrix/axes.h"

namespace effgate {
namespace {

// Raised when what a recipe, a truth or an input holds changes without the cell program changing.
constexpr std::string_view kRecipeFormat = "recipe 1";
constexpr std::string_view kTruthFormat = "truth 1";
constexpr std::string_view kInputFormat = "input 2";

// A hash over fields that may hold anything.
std::string key_of(std::initializer_list<std::string_view> fields) {
  Sha256 hash;
  for (const std::string_view field : fields) {
    hash.update(std::to_string(field.size()) + ":");
    hash.update(field);
  }
  return hex_text(hash.finish()).substr(0, 32);
}

}  // namespace

Result<CacheEntries> CacheEntries::create(const Suite& suite, PreparationPlaces places) {
  CacheEntries entries(suite, std::move(places));
  EFFGATE_ASSIGN(entries.program_sha256_, sha256_hex_of_file(entries.places_.cell_program));
  return entries;
}

std::filesystem::path CacheEntries::recipe(const std::string& model) const {
  const std::string key = key_of({kRecipeFormat, model, program_sha256_});
  return places_.cache / "recipes" / fmt::format("{}-{}.pth", model, key);
}

std::filesystem::path CacheEntries::checkpoint(const Cell& cell) const {
  const CheckpointSource source = checkpoint_source(cell.checkpoint);
  return source.recipe ? recipe(source.target) : path_in_suite(*suite_, source.target);
}

std::filesystem::path CacheEntries::input(const Cell& cell,
                                          const std::string& picture_sha256) const {
  const std::string key = key_of({kInputFormat, picture_sha256, cell.model, cell.size});
  return places_.cache / "inputs" / fmt::format("{}-{}.safetensors", cell.model, key);
}

std::filesystem::path CacheEntries::truth(const Cell& cell,
                                          const std::string& checkpoint_sha256) const {
  std::string input = cell.input;
  if (input.starts_with("file:")) {
    const auto hash = sha256_hex_of_file(path_in_suite(*suite_, input.substr(5)));
    input = hash.ok() ? *hash : "";
  }
  const std::string key =
      key_of({kTruthFormat, program_sha256_, checkpoint_sha256,
              checkpoint_source(cell.checkpoint).key, cell.axis("ema"), cell.model,
              cell.axis("num_classes"), cell.size, input, cell.axis("batch")});
  return places_.cache / "truths" / fmt::format("{}-{}.safetensors", cell.model, key);
}

}  // namespace effgate
