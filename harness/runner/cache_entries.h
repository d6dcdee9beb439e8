#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "harness/base/result.h"
#include "harness/matrix/cell.h"
#include "harness/matrix/suite.h"

namespace effgate {

// Writes what the network of a cell sees of a picture file to a safetensors file. False where the
// file is no picture; an error where it is a damaged one.
using PictureInput = std::function<Result<bool>(
    const std::filesystem::path& picture, const Cell& cell, const std::filesystem::path& target)>;

// Where preparations are made and kept.
struct PreparationPlaces {
  std::filesystem::path cell_program;  // its content is part of every key
  std::filesystem::path cache;
  std::filesystem::path fixtures;
  PictureInput picture_input = nullptr;  // without one, inputs are safetensors files alone
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
  // What a cell's network sees of a picture with this hash.
  std::filesystem::path input(const Cell& cell, const std::string& picture_sha256) const;
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
