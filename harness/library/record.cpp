#include "harness/library/record.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/library/elf.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view kSchema = "effgate.library/1";

Result<RecordedFile> recorded(const fs::path& path, std::string name) {
  std::error_code failure;
  const std::uint64_t bytes = fs::file_size(path, failure);
  if (failure) return system_error("reading the size of", path, failure.value());
  EFFGATE_ASSIGN(std::string sha256, sha256_hex_of_file(path));
  return RecordedFile{std::move(name), bytes, std::move(sha256)};
}

bool is_shared_object(const fs::directory_entry& entry) {
  return entry.is_regular_file() && is_shared_object_name(entry.path().filename().string());
}

}  // namespace

std::string to_json(const InstallRecord& record) {
  json files = json::array();
  for (const RecordedFile& file : record.files) {
    files.push_back({{"path", file.path}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  }
  const json document = {{"schema", kSchema},
                         {"name", record.name},
                         {"version", record.version},
                         {"spec", record.spec},
                         {"kind", record.kind},
                         {"prefix", record.prefix.string()},
                         {"cxx11_abi", record.cxx11_abi},
                         {"cuda", record.cuda},
                         {"files", files}};
  return document.dump(1) + "\n";
}

Result<InstallRecord> parse_install_record(std::string_view text) {
  try {
    const json document = json::parse(text);
    if (document.at("schema") != kSchema) {
      return Error{ErrorKind::unsupported, fmt::format("its schema is {} and not {}",
                                                       document.at("schema").dump(), kSchema)};
    }
    InstallRecord record;
    document.at("name").get_to(record.name);
    document.at("version").get_to(record.version);
    document.at("spec").get_to(record.spec);
    document.at("kind").get_to(record.kind);
    record.prefix = document.at("prefix").get<std::string>();
    document.at("cxx11_abi").get_to(record.cxx11_abi);
    document.at("cuda").get_to(record.cuda);
    for (const json& file : document.at("files")) {
      record.files.push_back({file.at("path").get<std::string>(),
                              file.at("bytes").get<std::uint64_t>(),
                              file.at("sha256").get<std::string>()});
    }
    return record;
  } catch (const json::exception& problem) {
    return Error{ErrorKind::malformed, fmt::format("it is no library record: {}", problem.what())};
  }
}

Result<TorchTree> tree_of(const InstallRecord& record, const fs::path& folder) {
  if (record.kind == "system") return read_system_tree();
  if (record.kind == "prefix") return read_torch_tree(record.prefix);
  EFFGATE_ASSIGN(TorchTree tree, read_torch_tree(folder));
  tree.root = folder;
  // All its parts lie in one folder, so a piece found elsewhere is a missing one.
  tree.run_path.clear();
  std::error_code ignored;
  for (const fs::directory_entry& part : fs::directory_iterator(folder / "nvidia", ignored)) {
    if (fs::is_directory(part.path() / "include", ignored)) {
      tree.include.push_back(part.path() / "include");
    }
  }
  return tree;
}

Result<std::vector<RecordedFile>> record_files(const TorchTree& tree, const std::string& kind,
                                               const fs::path& folder) {
  std::vector<RecordedFile> files;
  if (kind != "unpacked") {
    for (const char* name : {"libtorch_cpu.so", "libc10.so"}) {
      EFFGATE_ASSIGN(RecordedFile file,
                     recorded(tree.library / name, (tree.library / name).string()));
      files.push_back(std::move(file));
    }
    return files;
  }
  std::error_code failure;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder, failure)) {
    if (!is_shared_object(entry)) continue;
    EFFGATE_ASSIGN(RecordedFile file,
                   recorded(entry.path(), entry.path().lexically_relative(folder).string()));
    files.push_back(std::move(file));
  }
  if (failure) return system_error("reading", folder, failure.value());
  std::sort(files.begin(), files.end(),
            [](const RecordedFile& a, const RecordedFile& b) { return a.path < b.path; });
  return files;
}

Status check_files(const InstallRecord& record, const fs::path& folder, Thoroughness thoroughness) {
  for (const RecordedFile& file : record.files) {
    const fs::path path = folder / file.path;  // an absolute path replaces the folder
    std::error_code failure;
    const std::uint64_t bytes = fs::file_size(path, failure);
    if (failure) {
      return Error{ErrorKind::library, fmt::format("{} is missing", path.string())};
    }
    if (bytes != file.bytes) {
      return Error{ErrorKind::library,
                   fmt::format("{} has {} bytes instead of {}", path.string(), bytes, file.bytes)};
    }
    if (thoroughness == Thoroughness::sizes) continue;
    EFFGATE_ASSIGN(const std::string sha256, sha256_hex_of_file(path));
    if (sha256 != file.sha256) {
      return Error{
          ErrorKind::library,
          fmt::format("{} is not what was installed: its checksum differs", path.string())};
    }
  }
  return success();
}

}  // namespace effgate
