#include "harness/cell/records.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace effgate {

Result<RecordFile> RecordFile::open(const std::filesystem::path& path) {
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!file.valid()) return system_error("opening", path, errno);
  return RecordFile(std::move(file), path);
}

Status RecordFile::append(const CellRecordLine& record) {
  const std::string line = to_json_line(record);
  std::string_view left = line;
  while (!left.empty()) {
    const ssize_t written = ::write(file_.get(), left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error("writing", path_, errno);
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  return success();
}

}  // namespace effgate
