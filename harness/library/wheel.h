#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace effgate {

// A Python wheel, which is a zip file, read member by member: what is not wanted is skipped, and
// nothing is held in memory. Names that would leave the target folder, links and devices are
// refused; checksums are checked.
class Wheel {
 public:
  // Reads the directory. Kind malformed or truncated where it is no whole zip file.
  static Result<Wheel> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  // The files, as "torch/lib/libc10.so".
  const std::vector<std::string>& members() const { return members_; }

  // Unpacks the files that are wanted below `folder`, keeping their paths, without overwriting.
  using Filter = std::function<bool(std::string_view member)>;
  Status unpack(const std::filesystem::path& folder, const Filter& wanted) const;

  // The content of NAME-VERSION.dist-info/METADATA.
  Result<std::string> metadata() const;

 private:
  explicit Wheel(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
  std::vector<std::string> members_;
};

}  // namespace effgate
