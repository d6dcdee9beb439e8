#include "harness/cli/checkpoint_argument.h"

#include "harness/cli/suite_run.h"
#include "harness/graph/catalogue.h"
#include "harness/matrix/cell.h"
#include "harness/runner/process_launcher.h"

namespace effgate {
namespace {

Result<CheckpointArgument> make_recipe(const Places& places, const std::string& recipe,
                                       const StopRequest* stop) {
  EFFGATE_ASSIGN(const auto launcher, ProcessLauncher::create(places.installation.cell));
  const Suite suite;
  EFFGATE_ASSIGN(Preparation preparation,
                 Preparation::create(suite, preparation_places(places), *launcher, stop,
                                     [](std::string_view) {}));
  Cell cell;
  cell.checkpoint = recipe;
  EFFGATE_ASSIGN(const auto checkpoint, preparation.checkpoint_of(cell));
  if (!checkpoint) return Error{ErrorKind::timed_out, "making " + recipe + ": interrupted"};
  if (checkpoint->failed)
    return Error{ErrorKind::library, "making " + recipe + ": " + checkpoint->failed->message};
  return CheckpointArgument{checkpoint->path, ""};
}

}  // namespace

CheckpointArgument split_checkpoint(const std::string& argument) {
  std::error_code ignored;
  const std::size_t hash = argument.rfind('#');
  if (hash == std::string::npos || std::filesystem::exists(argument, ignored))
    return CheckpointArgument{argument, ""};
  return CheckpointArgument{argument.substr(0, hash), argument.substr(hash + 1)};
}

Result<CheckpointArgument> materialise_checkpoint(const Places& places, const std::string& argument,
                                                  const StopRequest* stop) {
  constexpr std::string_view kRecipe = "recipe:";
  if (!argument.starts_with(kRecipe)) return split_checkpoint(argument);
  EFFGATE_ASSIGN(const std::string model,
                 resolve_model_name(std::string_view(argument).substr(kRecipe.size())));
  return make_recipe(places, std::string(kRecipe) + model, stop);
}

}  // namespace effgate
