#pragma once

#include <filesystem>
#include <string>

#include "harness/base/result.h"
#include "harness/matrix/cell.h"
#include "harness/matrix/suite.h"

namespace effgate {

// Where preparations are made and kept.
struct PreparationPlaces {
  std::filesystem::path cell_program;  // its content is part of every key
  std::filesystem::path cache;
  std::filesystem::path fixtures;
};

// The names of what the cache keeps. They hold hashes of everything that decides an entry's
// content, so an entry that is there is right.
class CacheEntries {
 public:
  // An error where the cell program cannot be read. `suite` must outlive the object.
  static Result<CacheEntries> create(const Suite& suite, PreparationPlaces places);

  std::filesystem::path recipe(const std::string& model) const;
  // The file behind a cell's checkpoint: a recipe in the cache or the suite's own.
  std::filesystem::path checkpoint(const Cell& cell) const;
  std::filesystem::path truth(const Cell& cell, const std::string& checkpoint_sha256) const;

  const Suite& suite() const { return *suite_; }
  const PreparationPlaces& places() const { return places_; }

 private:
  CacheEntries(const Suite& suite, PreparationPlaces places)
      : suite_(&suite), places_(std::move(places)) {}

  const Suite* suite_;
  PreparationPlaces places_;
  std::string program_sha256_;
};

}  // namespace effgate
