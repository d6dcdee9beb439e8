#include "harness/library/wheel.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "harness/base/files.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;

struct CloseArchive {
  void operator()(archive* reader) const { ::archive_read_free(reader); }
};
using Reader = std::unique_ptr<archive, CloseArchive>;

Error archive_error(archive* reader, std::string_view activity, const fs::path& path) {
  const char* text = ::archive_error_string(reader);
  const int number = ::archive_errno(reader);
  if (number == ENOENT || number == EACCES || number == EIO) {
    return system_error(activity, path, number);
  }
  return Error{ErrorKind::malformed, fmt::format("{} {}: {}", activity, path.string(),
                                                 text != nullptr ? text : "it is damaged")};
}

Result<Reader> open_reader(const fs::path& path) {
  constexpr std::size_t kBlock = 1024 * 1024;
  Reader reader(::archive_read_new());
  if (!reader) return Error{ErrorKind::out_of_memory, "making a reader for zip files"};
  ::archive_read_support_format_zip_seekable(reader.get());
  if (::archive_read_open_filename(reader.get(), path.c_str(), kBlock) != ARCHIVE_OK) {
    return archive_error(reader.get(), "opening", path);
  }
  return reader;
}

bool stays_below(const fs::path& member) {
  return !member.empty() && member.is_relative() &&
         std::none_of(member.begin(), member.end(),
                      [](const fs::path& part) { return part == ".."; });
}

// Calls `visit` for each regular file, with the reader standing at its content.
using MemberVisitor = std::function<Status(archive*, const std::string& name)>;
Status visit_members(const fs::path& path, const MemberVisitor& visit) {
  EFFGATE_ASSIGN(const Reader reader, open_reader(path));
  for (;;) {
    archive_entry* entry = nullptr;
    const int code = ::archive_read_next_header(reader.get(), &entry);
    if (code == ARCHIVE_EOF) return success();
    if (code != ARCHIVE_OK) return archive_error(reader.get(), "reading", path);
    const char* name = ::archive_entry_pathname(entry);
    if (name == nullptr || !stays_below(name)) {
      return Error{ErrorKind::unsafe, fmt::format("reading {}: the member '{}' would leave its "
                                                  "folder",
                                                  path.string(), name != nullptr ? name : "")};
    }
    if (::archive_entry_filetype(entry) == AE_IFREG) EFFGATE_TRY(visit(reader.get(), name));
  }
}

// Hands the member's content on in pieces.
using PieceTaker = std::function<Status(std::string_view)>;
Status read_content(archive* reader, const fs::path& path, const PieceTaker& take) {
  std::vector<char> buffer(1024 * 1024);
  for (;;) {
    const la_ssize_t got = ::archive_read_data(reader, buffer.data(), buffer.size());
    if (got < 0) return archive_error(reader, "reading", path);
    if (got == 0) return success();
    EFFGATE_TRY(take({buffer.data(), static_cast<std::size_t>(got)}));
  }
}

Status unpack_member(archive* reader, const fs::path& wheel, const fs::path& target) {
  std::error_code failure;
  fs::create_directories(target.parent_path(), failure);
  if (failure) return system_error("making", target.parent_path(), failure.value());
  const FileDescriptor file(
      ::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!file.valid()) return system_error("creating", target, errno);
  return read_content(reader, wheel, [&](std::string_view piece) -> Status {
    while (!piece.empty()) {
      const ssize_t written = ::write(file.get(), piece.data(), piece.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return system_error("writing", target, errno);
      piece.remove_prefix(static_cast<std::size_t>(written));
    }
    return success();
  });
}

}  // namespace

Result<Wheel> Wheel::open(const fs::path& path) {
  Wheel wheel(path);
  EFFGATE_TRY(visit_members(path, [&](archive*, const std::string& name) {
    wheel.members_.push_back(name);
    return success();
  }));
  return wheel;
}

Status Wheel::unpack(const fs::path& folder, const Filter& wanted) const {
  return visit_members(path_, [&](archive* reader, const std::string& name) {
    return wanted(name) ? unpack_member(reader, path_, folder / name) : success();
  });
}

Result<std::string> Wheel::metadata() const {
  constexpr std::size_t kLongest = 4 * 1024 * 1024;
  std::string text;
  EFFGATE_TRY(visit_members(path_, [&](archive* reader, const std::string& name) -> Status {
    if (!name.ends_with(".dist-info/METADATA")) return success();
    return read_content(reader, path_, [&](std::string_view piece) -> Status {
      if (text.size() + piece.size() > kLongest) {
        return Error{ErrorKind::malformed,
                     fmt::format("reading {}: its METADATA is too long", path_.string())};
      }
      text += piece;
      return success();
    });
  }));
  if (text.empty()) {
    return Error{ErrorKind::malformed,
                 fmt::format("reading {}: it has no METADATA and is no wheel", path_.string())};
  }
  return text;
}

}  // namespace effgate
