#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "harness/base/files.h"
#include "harness/base/result.h"
#include "harness/recipe/statistics.h"

namespace effgate {

// What the Python implementation computed at some places of one tensor, in float64, with the error
// of its own float32 run over the whole tensor.
struct GoldenTap {
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> index;  // flat, ascending
  std::vector<double> value;
  double rms = 0;
  double float32_max_error = 0;
  double float32_rms_error = 0;
};

// A golden file, mapped. Read by a reader of its own, so that the program's is not what is trusted.
class GoldenFile {
 public:
  static Result<GoldenFile> open(const std::filesystem::path& path);

  const std::string& metadata(const std::string& key) const { return metadata_.at(key); }
  std::int64_t number(const std::string& key) const { return std::stoll(metadata_.at(key)); }
  TensorLookup lookup() const;
  // Tap and tensor must be in the file.
  std::vector<float> floats(const std::string& name) const { return values<float>(name); }
  std::vector<double> doubles(const std::string& name) const { return values<double>(name); }
  GoldenTap tap(const std::string& name) const;

 private:
  explicit GoldenFile(MappedFile file) : file_(std::move(file)) {}

  template <typename T>
  std::vector<T> values(const std::string& name) const;

  MappedFile file_;
  std::map<std::string, std::string> metadata_;
  std::map<std::string, StoredTensor> tensors_;
};

}  // namespace effgate
