#pragma once

#include <filesystem>

#include "harness/backend/library.h"
#include "harness/base/result.h"
#include "harness/cell/protocol.h"

namespace effgate {

// Where the fixtures lie: EFFGATE_FIXTURES, or share/effgate/fixtures of the tree that the program
// is installed in. May name a folder that is not there.
std::filesystem::path fixtures_folder();

// Writes the checkpoint of recipe v1, seed 1, for the job's model as a zip file. BatchNorm
// statistics come from a golden file of `fixtures` where one is stored, and are measured with
// `library` in float64 otherwise.
Status make_recipe(const CellJob& job, const Library& library,
                   const std::filesystem::path& fixtures);

}  // namespace effgate
