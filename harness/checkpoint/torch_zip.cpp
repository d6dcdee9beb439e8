#include "harness/checkpoint/torch_zip.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "harness/base/text.h"
#include "harness/checkpoint/byte_cursor.h"
#include "harness/checkpoint/pickle.h"
#include "harness/checkpoint/torch_pickle.h"
#include "harness/checkpoint/zip_inflate.h"
#include "harness/checkpoint/zip_reader.h"

namespace effgate {
namespace {

// The records of one archive: all lie below the folder that the first record names.
class Archive {
 public:
  explicit Archive(const ZipReader& zip) : zip_(zip) {
    const std::string_view first = zip.records().empty() ? "" : zip.records().front().name;
    folder_ = std::string(first.substr(0, first.find('/')));
  }
  const ZipRecord* find(std::string_view name) const {
    return zip_.find(folder_ + "/" + std::string(name));
  }
  bool has(std::string_view name) const { return find(name) != nullptr; }
  std::string_view text(std::string_view name) const {
    const ZipRecord* record = find(name);
    return record == nullptr ? std::string_view() : as_text(record->data);
  }
  const std::vector<ZipRecord>& records() const { return zip_.records(); }

 private:
  const ZipReader& zip_;
  std::string folder_;
};

// Both forms of module archive have constants.pkl. C++ torch::save calls every class `Module`, and
// TorchScript keeps the names that they had in Python.
Container container_of(const Archive& archive, const Unpickled& pickle) {
  if (!archive.has("constants.pkl")) return Container::zip;
  const NodeId root_class = pickle.tree.callee(pickle.root);
  const std::string_view module = pickle.tree.module(root_class);
  const bool nameless = module == "__torch__" || module.starts_with("__torch__.___torch_mangle_");
  return nameless && pickle.tree.name(root_class) == "Module" ? Container::torch_archive
                                                              : Container::torchscript;
}

std::string writer_of(const Archive& archive, Container container) {
  const std::string_view version = archive.has(".format_version")          ? "2.7 or newer"
                                   : archive.has(".data/serialization_id") ? "2.1 to 2.6"
                                   : archive.has("byteorder")              ? "2.1 or newer"
                                                                           : "1.6 to 2.0";
  if (container == Container::zip) return fmt::format("torch {}", version);
  return fmt::format("{} of torch {}",
                     container == Container::torchscript ? "TorchScript" : "C++ torch::save",
                     archive.has(".data/serialization_id") ? "2.1 or newer" : "1.6 to 2.0");
}

void check_version(const Archive& archive, Findings& findings) {
  constexpr int kNewest = 10;
  const auto number = parse_integer(trim(archive.text("version")));
  if (!number) {
    findings.report(FileProblem::corrupt, "Its record `version` is missing or holds no number.");
  } else if (*number < 1 || *number > kNewest) {
    findings.report(FileProblem::corrupt,
                    fmt::format("Its format version is {}; 1 to {} are known.", *number, kNewest));
  }
  const std::string_view order = archive.text("byteorder");
  if (!order.empty() && order != "little") {
    findings.report(FileProblem::corrupt, fmt::format("Its byte order is {}, not little.",
                                                      printable_utf8(order.substr(0, 20))));
  }
}

// Torch deflates only the code in archives of its C++ side, which is not read; it reads what
// another program has deflated. The bytes come to lie in `findings`.
void inflate_records(ZipReader& zip, std::uint64_t file_bytes, Findings& findings) {
  // Weights hardly shrink; what grows by more is a bomb.
  std::uint64_t room = 4 * file_bytes + (std::uint64_t{1} << 20);
  for (std::size_t i = 0; i < zip.records().size(); ++i) {
    const ZipRecord& record = zip.records()[i];
    const bool unread = record.name.find("/code/") != std::string_view::npos ||
                        record.name.find("/extra/") != std::string_view::npos;
    if (!record.deflated || unread) continue;
    const std::string name = printable_utf8(record.name.substr(0, 200));
    if (record.bytes > room) {
      findings.report(FileProblem::corrupt,
                      fmt::format("Record {} inflates to more than weights do.", name));
      return;
    }
    room -= record.bytes;
    auto bytes = inflate(record.data, record.bytes);
    if (!bytes.ok()) {
      findings.report(FileProblem::corrupt,
                      fmt::format("Record {} {}.", name, bytes.error().message));
      return;
    }
    findings.inflated.push_back(*std::move(bytes));
    zip.replace_by_inflated(i, findings.inflated.back());
  }
}

void check_sums(const Archive& archive, bool storages_too, Findings& findings) {
  for (const ZipRecord& record : archive.records()) {
    const bool is_storage = record.name.find("/data/") != std::string_view::npos;
    if (is_storage && !storages_too) continue;
    if (const Status status = verify(record); !status.ok()) {
      findings.report(FileProblem::corrupt, sentence(status.error().message));
      findings.problems.back().in_values = is_storage;
    }
    if (findings.problems.size() > kMostNotes) return;
  }
}

StorageSource storages_of(const Archive& archive) {
  return [&archive](const StorageId& id) -> Result<std::span<const std::byte>> {
    const ZipRecord* record = archive.find("data/" + std::string(id.key.substr(0, 512)));
    if (record != nullptr) return record->data;
    return Error{ErrorKind::malformed, fmt::format("lies in storage {}, which is not in the file",
                                                   printable_utf8(id.key.substr(0, 100)))};
  };
}

std::string foreign_name(const ZipReader& zip) {
  if (zip.find("model.weights.h5") != nullptr) return "a Keras archive";
  if (!zip.records().empty() && zip.records().front().name.ends_with(".npy"))
    return "a NumPy archive";
  return "a zip file without data.pkl";
}

}  // namespace

Status read_torch_zip(std::span<const std::byte> bytes, const OpenOptions& options,
                      Findings& findings) {
  auto zip = ZipReader::open(bytes);
  if (!zip.ok()) {
    findings.report(zip.error());
    return success();
  }
  const Archive archive(*zip);
  const ZipRecord* pickle_record = archive.find("data.pkl");
  if (pickle_record == nullptr) {
    findings.container = Container::unknown;
    findings.report(FileProblem::not_a_checkpoint, fmt::format("It is {}.", foreign_name(*zip)));
    return success();
  }
  inflate_records(*zip, bytes.size(), findings);
  if (!findings.problems.empty()) return success();
  const Unpickled pickle = read_pickle(pickle_record->data);
  findings.container = container_of(archive, pickle);
  findings.writer = writer_of(archive, findings.container);
  report_calls(pickle, findings.container != Container::zip, findings);
  check_version(archive, findings);
  check_sums(archive, options.verify_storages, findings);
  if (zip->bytes_behind() > 0) {
    findings.report(FileProblem::corrupt,
                    fmt::format("Behind the end of the zip lie {} more; torch does not read them.",
                                bytes_text(zip->bytes_behind())),
                    ProblemSeverity::note);
  }
  if (pickle.error)
    findings.report(FileProblem::corrupt, fmt::format("In data.pkl, {}.", pickle.error->message));
  return read_torch_pickle(pickle, storages_of(archive), options, findings);
}

}  // namespace effgate
