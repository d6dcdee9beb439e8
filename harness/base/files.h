#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "harness/base/result.h"

namespace effgate {

// The kind and sentence for a failed system call: "ACTIVITY PATH: WHY". The one place that reads
// errno: ENOENT is not_found, ENOMEM is out_of_memory, everything else is io.
Error system_error(std::string_view activity, const std::filesystem::path& path, int error_number);

// An owned file descriptor; -1 owns nothing.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int number) : number_(number) {}
  ~FileDescriptor() { reset(); }
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;

  int get() const { return number_; }
  bool valid() const { return number_ >= 0; }
  int release() { return std::exchange(number_, -1); }
  void reset();

 private:
  int number_ = -1;
};

// A regular file mapped read-only. The bytes stay valid and at the same address for the life of
// the object, moves included. An empty file has no bytes. Another process that shortens the file
// while it is mapped ends this process with SIGBUS, of which main tells; cells run apart for it.
class MappedFile {
 public:
  static Result<MappedFile> open(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const std::byte> bytes() const& { return bytes_; }
  std::span<const std::byte> bytes() && = delete;

 private:
  explicit MappedFile(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::span<const std::byte> bytes_;
};

// The whole content, at most `limit` bytes; a longer file is an error of kind unsupported.
Result<std::string> read_text_file(const std::filesystem::path& path,
                                   std::size_t limit = 64 * 1024 * 1024);

// Writes beside the target, syncs, and renames over it: a reader sees the old content or all of
// the new one, and a full disk leaves the old one. A symbolic link stays one: what it leads to is
// replaced. What is no regular file (a FIFO, a device, /dev/stdout) is written to.
Status write_file_atomically(const std::filesystem::path& path, std::string_view content);

// The same for content made piece by piece: `write` gets a path beside the target; when it and
// `check` (called on the finished file, before it replaces anything) succeed, it is renamed. Where
// it goes to a stream, the path is one in a temporary folder.
using FileStep = std::function<Status(const std::filesystem::path&)>;
Status replace_file_atomically(const std::filesystem::path& path, const FileStep& write,
                               const FileStep& check = nullptr);

// A fresh directory that is removed with everything in it.
class TemporaryDirectory {
 public:
  // Below `parent`, or below TMPDIR (/tmp) where it is empty.
  static Result<TemporaryDirectory> create(const std::filesystem::path& parent = {});
  ~TemporaryDirectory();
  TemporaryDirectory(TemporaryDirectory&& other) noexcept;
  TemporaryDirectory& operator=(TemporaryDirectory&& other) noexcept;
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace effgate
