#pragma once

#include <cstdint>
#include <span>

#include "harness/base/result.h"
#include "harness/store/database.h"

namespace effgate {

// One step from version `to - 1` of the schema to version `to`. A released step never changes;
// what changes the tables is a new step.
struct Migration {
  std::int32_t to;
  const char* sql;
};

// Every step, the first one makes the tables of an empty file.
std::span<const Migration> store_migrations();

// The views of the contract, dropped and made anew with the last step, so that they always fit the
// newest tables.
const char* store_views();

// Applies the steps that the file lacks, each in a transaction of its own together with its
// version number. A file that is newer than the last step is left alone.
Status migrate(Database& database, std::span<const Migration> steps, const char* views);

}  // namespace effgate
