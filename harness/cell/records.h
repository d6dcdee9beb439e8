#pragma once

#include <filesystem>

#include "harness/base/files.h"
#include "harness/base/result.h"
#include "harness/cell/protocol.h"

namespace effgate {

// The result file of a cell. Each record is one write at the end of the file, so that what was
// written stays whatever becomes of the process.
class RecordFile {
 public:
  static Result<RecordFile> open(const std::filesystem::path& path);
  Status append(const CellRecordLine& record);

 private:
  RecordFile(FileDescriptor file, std::filesystem::path path)
      : file_(std::move(file)), path_(std::move(path)) {}
  FileDescriptor file_;
  std::filesystem::path path_;
};

}  // namespace effgate
