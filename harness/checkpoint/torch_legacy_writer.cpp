#include "harness/checkpoint/torch_legacy_writer.h"

#include <cerrno>
#include <fstream>
#include <string>
#include <string_view>

#include "harness/base/files.h"
#include "harness/checkpoint/byte_cursor.h"
#include "harness/checkpoint/pickle_writer.h"
#include "harness/checkpoint/state_dict_pickle.h"

namespace effgate {
namespace {

// The pickled number 0x1950a86a20f9469cfc6c: PROTO 2, LONG1 of ten bytes, STOP.
constexpr std::string_view kMagic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
constexpr std::int64_t kProtocolVersion = 1001;

std::string protocol_version() {
  PickleWriter writer;
  writer.integer(kProtocolVersion);
  return writer.finish();
}

// Sizes of C types in bytes, on every machine that this program runs on.
std::string system_information() {
  PickleWriter writer;
  writer.empty_dict();
  writer.mark();
  writer.text("protocol_version");
  writer.integer(kProtocolVersion);
  writer.text("little_endian");
  writer.boolean(true);
  writer.text("type_sizes");
  writer.empty_dict();
  writer.mark();
  for (const auto& [type, bytes] : {std::pair("short", 2), {"int", 4}, {"long", 4}}) {
    writer.text(type);
    writer.integer(bytes);
  }
  writer.set_items();
  writer.set_items();
  return writer.finish();
}

std::string storage_keys(std::size_t count) {
  PickleWriter writer;
  writer.empty_list();
  for (std::size_t i = 0; i < count; ++i) {
    writer.text(storage_key(i, StorageNaming::legacy));
    writer.append();
  }
  return writer.finish();
}

}  // namespace

Status write_torch_legacy(const std::filesystem::path& path, std::span<const TensorToSave> tensors,
                          const StateDictOptions& options) {
  errno = 0;
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  if (!stream) return system_error("creating", path, errno);
  stream << kMagic << protocol_version() << system_information()
         << state_dict_pickle(tensors, options, StorageNaming::legacy)
         << storage_keys(tensors.size());
  for (const TensorToSave& tensor : tensors) {
    const std::int64_t elements = storage_elements(tensor);
    stream << as_text(std::as_bytes(std::span(&elements, 1))) << as_text(tensor.data);
  }
  stream.close();
  if (!stream) return system_error("writing", path, errno);
  return success();
}

}  // namespace effgate
