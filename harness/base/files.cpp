#include "harness/base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "harness/base/text.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;

// Writes everything or says why not; a write may be short or interrupted.
Status write_all(int descriptor, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error("writing", path, errno);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return success();
}

Status sync_path(const fs::path& path, int flags) {
  const FileDescriptor file(::open(path.c_str(), flags | O_CLOEXEC));
  if (!file.valid() || ::fsync(file.get()) != 0) return system_error("syncing", path, errno);
  return success();
}

fs::path parent_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

void remove_quietly(const fs::path& path) {
  std::error_code ignored;  // best effort in destructors and after an error that is told already
  fs::remove_all(path, ignored);
}

// Where a write to a path goes: to what its links lead to.
struct Target {
  fs::path path;
  bool stream = false;  // a FIFO, a device: what is written cannot be taken back
  int descriptor = -1;  // of this process, where the path names one: /dev/stdout, /proc/self/fd/3
};

bool is_stream(const fs::path& path) {
  std::error_code ignored;  // what cannot be looked at is told by the write
  const fs::file_status status = fs::status(path, ignored);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

Result<Target> target_of(const fs::path& path) {
  constexpr int kMostLinks = 40;  // as the kernel follows
  std::error_code failure;
  const fs::path descriptors = fs::canonical("/proc/self/fd", failure);
  fs::path at = path;
  for (int links = 0; links <= kMostLinks; ++links) {
    if (!fs::is_symlink(at, failure)) return Target{at, is_stream(at)};
    const auto number = parse_integer(at.filename().string());
    if (number && fs::canonical(parent_of(at), failure) == descriptors)
      return Target{at, true, static_cast<int>(*number)};
    const fs::path to = fs::read_symlink(at, failure);
    if (failure) return system_error("reading the link", at, failure.value());
    at = parent_of(at) / to;
  }
  return system_error("following the links of", path, ELOOP);
}

Status copy_all(const fs::path& from, int descriptor, const fs::path& to) {
  const FileDescriptor file(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return system_error("opening", from, errno);
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("reading", from, errno);
    if (got == 0) return success();
    EFFGATE_TRY(write_all(descriptor, {buffer.data(), static_cast<std::size_t>(got)}, to));
  }
}

// Nothing is written before the whole is there and checked.
Status write_to_stream(const Target& target, const FileStep& write, const FileStep& check) {
  EFFGATE_ASSIGN(const TemporaryDirectory folder, TemporaryDirectory::create());
  const fs::path whole = folder.path() / "whole";
  EFFGATE_TRY(write(whole));
  if (check) EFFGATE_TRY(check(whole));
  if (target.descriptor >= 0) return copy_all(whole, target.descriptor, target.path);
  const FileDescriptor stream(::open(target.path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  if (!stream.valid()) return system_error("opening", target.path, errno);
  return copy_all(whole, stream.get(), target.path);
}

Status replace_regular_file(const fs::path& path, const FileStep& write, const FileStep& check) {
  const fs::path beside =
      parent_of(path) / fmt::format(".{}.{}.part", path.filename().string(), ::getpid());
  const auto attempt = [&]() -> Status {
    EFFGATE_TRY(write(beside));
    EFFGATE_TRY(sync_path(beside, O_RDONLY));
    if (check) EFFGATE_TRY(check(beside));
    if (::rename(beside.c_str(), path.c_str()) != 0) return system_error("replacing", path, errno);
    return sync_path(parent_of(path), O_RDONLY | O_DIRECTORY);
  };
  Status outcome = attempt();
  if (!outcome.ok()) remove_quietly(beside);
  return outcome;
}

}  // namespace

Error system_error(std::string_view activity, const fs::path& path, int error_number) {
  const ErrorKind kind = error_number == ENOENT || error_number == ENOTDIR ? ErrorKind::not_found
                         : error_number == ENOMEM ? ErrorKind::out_of_memory
                                                  : ErrorKind::io;
  return Error{kind, fmt::format("{} {}: {}", activity, path.string(),
                                 std::generic_category().message(error_number))};
}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    reset();
    number_ = std::exchange(other.number_, -1);
  }
  return *this;
}

void FileDescriptor::reset() {
  // Not retried on EINTR: Linux has closed it even then.
  if (number_ >= 0) ::close(std::exchange(number_, -1));
}

Result<MappedFile> MappedFile::open(const fs::path& path) {
  // O_NONBLOCK so that a FIFO given by mistake does not hang the open.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return system_error("opening", path, errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return system_error("reading the size of", path, errno);
  if (!S_ISREG(status.st_mode))
    return Error{ErrorKind::io, fmt::format("opening {}: it is not a regular file", path.string())};
  if (status.st_size == 0) return MappedFile({});
  const auto size = static_cast<std::size_t>(status.st_size);
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (address == MAP_FAILED) return system_error("mapping", path, errno);
  return MappedFile({static_cast<const std::byte*>(address), size});
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

Result<std::string> read_text_file(const fs::path& path, std::size_t limit) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return system_error("opening", path, errno);
  std::string content;
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("reading", path, errno);
    if (got == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(got));
    if (content.size() > limit) {
      return Error{ErrorKind::unsupported,
                   fmt::format("reading {}: it is longer than {} bytes", path.string(), limit)};
    }
  }
}

Status write_file_atomically(const fs::path& path, std::string_view content) {
  return replace_file_atomically(path, [&](const fs::path& beside) -> Status {
    const FileDescriptor file(
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!file.valid()) return system_error("creating", beside, errno);
    return write_all(file.get(), content, beside);
  });
}

Status replace_file_atomically(const fs::path& path, const FileStep& write, const FileStep& check) {
  EFFGATE_ASSIGN(const Target target, target_of(path));
  return target.stream ? write_to_stream(target, write, check)
                       : replace_regular_file(target.path, write, check);
}

Result<TemporaryDirectory> TemporaryDirectory::create(const fs::path& parent) {
  const char* configured = std::getenv("TMPDIR");
  const fs::path below = !parent.empty()                             ? parent
                         : configured != nullptr && *configured != 0 ? fs::path(configured)
                                                                     : fs::path("/tmp");
  std::string name = (below / "effgate.XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    return system_error("making a temporary directory in", below, errno);
  return TemporaryDirectory(fs::path(name));
}

TemporaryDirectory::~TemporaryDirectory() {
  if (!path_.empty()) remove_quietly(path_);
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

TemporaryDirectory& TemporaryDirectory::operator=(TemporaryDirectory&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

}  // namespace effgate
