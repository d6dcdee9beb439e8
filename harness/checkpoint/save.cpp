#include "harness/checkpoint/save.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/base/text.h"
#include "harness/checkpoint/byte_cursor.h"
#include "harness/checkpoint/module_archive.h"
#include "harness/checkpoint/safetensors_header.h"
#include "harness/checkpoint/state_dict_pickle.h"
#include "harness/checkpoint/torch_legacy_writer.h"
#include "harness/checkpoint/torch_tensor.h"
#include "harness/checkpoint/zip_writer.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;

// What is asked for must be a state dict: names once each, bytes that fit the shapes.
Status check_input(std::span<const TensorToSave> tensors) {
  std::unordered_set<std::string_view> names;
  for (const TensorToSave& tensor : tensors) {
    const auto elements = checked_product(tensor.shape);
    if (!elements || *elements * size_of(tensor.dtype) != tensor.data.size())
      return Error{ErrorKind::usage, fmt::format("writing tensor {}: its {} bytes do not fit its "
                                                 "shape",
                                                 tensor.name, tensor.data.size())};
    if (!names.insert(tensor.name).second)
      return Error{ErrorKind::usage,
                   fmt::format("writing tensor {}: there are two of that name", tensor.name)};
  }
  return success();
}

bool same(const TensorToSave& wanted, const TensorEntry* written) {
  return written != nullptr && written->dtype == wanted.dtype && written->shape == wanted.shape &&
         std::ranges::equal(written->data, wanted.data);
}

// Reads the finished file with every checksum and compares it with what was to be written.
Status check_written(const fs::path& path, std::span<const TensorToSave> tensors) {
  OpenOptions options;
  options.verify_storages = true;
  EFFGATE_ASSIGN(const Checkpoint checkpoint, Checkpoint::open(path, options));
  const bool all_there = checkpoint.tensors().size() == tensors.size() &&
                         std::ranges::all_of(tensors, [&](const TensorToSave& tensor) {
                           return same(tensor, checkpoint.find(tensor.name));
                         });
  if (all_there) return success();
  return Error{ErrorKind::bug,
               fmt::format("checking {}: it does not hold what was written", path.string())};
}

// 40 digits that depend on the names and contents of the records.
std::string serialization_id(std::span<const TensorToSave> tensors,
                             const std::vector<std::uint32_t>& checksums) {
  Sha256 hash;
  for (const TensorToSave& tensor : tensors) hash.update(tensor.name);
  hash.update(std::as_bytes(std::span(checksums)));
  const Sha256Digest digest = hash.finish();
  std::array<std::uint64_t, 2> numbers;
  std::memcpy(numbers.data(), digest.data(), sizeof(numbers));
  return fmt::format("{:020}{:020}", numbers[0], numbers[1]);
}

Status write_zip(const fs::path& path, std::span<const TensorToSave> tensors,
                 const StateDictOptions& options) {
  EFFGATE_ASSIGN(ZipWriter zip, ZipWriter::create(path));
  const auto add = [&](const std::string& name, std::span<const std::byte> data) {
    return zip.add("archive/" + name, data);
  };
  const std::string pickle = state_dict_pickle(tensors, options);
  EFFGATE_TRY(add("data.pkl", as_byte_span(pickle)));
  EFFGATE_TRY(add(".format_version", as_byte_span("1")));
  EFFGATE_TRY(add(".storage_alignment", as_byte_span("64")));
  EFFGATE_TRY(add("byteorder", as_byte_span("little")));
  for (std::size_t i = 0; i < tensors.size(); ++i)
    EFFGATE_TRY(add(fmt::format("data/{}", i), tensors[i].data));
  EFFGATE_TRY(add("version", as_byte_span("3\n")));
  const std::string id = serialization_id(tensors, zip.checksums());
  EFFGATE_TRY(add(".data/serialization_id", as_byte_span(id)));
  return zip.finish();
}

Status write_torch_archive(const fs::path& path, std::span<const TensorToSave> tensors) {
  EFFGATE_ASSIGN(const ModuleArchive archive, module_archive(tensors));
  EFFGATE_ASSIGN(ZipWriter zip, ZipWriter::create(path));
  const auto add = [&](const std::string& name, std::span<const std::byte> data) {
    return zip.add("archive/" + name, data);
  };
  for (std::size_t i = 0; i < archive.storages.size(); ++i)
    EFFGATE_TRY(add(fmt::format("data/{}", i), tensors[archive.storages[i]].data));
  EFFGATE_TRY(add("data.pkl", as_byte_span(archive.pickle)));
  for (const ArchivedCode& code : archive.code)
    EFFGATE_TRY(add("code/" + code.path, as_byte_span(code.text)));
  EFFGATE_TRY(add("constants.pkl", as_byte_span("\x80\x02).")));  // an empty tuple
  EFFGATE_TRY(add("version", as_byte_span("3\n")));
  EFFGATE_TRY(add("byteorder", as_byte_span("little")));
  const std::string id = serialization_id(tensors, zip.checksums());
  EFFGATE_TRY(add(".data/serialization_id", as_byte_span(id)));
  return zip.finish();
}

// The header of the tensors in the order in which their data is written.
std::string safetensors_header(std::span<const TensorToSave* const> in_file_order,
                               std::span<const std::pair<std::string, std::string>> metadata) {
  auto header = nlohmann::ordered_json::object();
  for (const auto& [key, value] : metadata) header["__metadata__"][key] = value;
  std::uint64_t offset = 0;
  for (const TensorToSave* tensor : in_file_order) {
    const std::uint64_t end = offset + tensor->data.size();
    header[tensor->name] = {{"dtype", safetensors_name(tensor->dtype)},
                            {"shape", tensor->shape},
                            {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

// As the reference writer orders them, so that wide elements stay aligned.
std::vector<const TensorToSave*> safetensors_order(std::span<const TensorToSave> tensors) {
  std::vector<const TensorToSave*> order;
  for (const TensorToSave& tensor : tensors) order.push_back(&tensor);
  std::ranges::sort(order, [](const TensorToSave* a, const TensorToSave* b) {
    const auto sizes = std::pair(size_of(a->dtype), size_of(b->dtype));
    return sizes.first != sizes.second ? sizes.first > sizes.second : a->name < b->name;
  });
  return order;
}

Status write_safetensors(const fs::path& path, std::span<const TensorToSave> tensors,
                         std::span<const std::pair<std::string, std::string>> metadata) {
  errno = 0;
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  if (!stream) return system_error("creating", path, errno);
  const auto write = [&](std::string_view bytes) {
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  };
  const auto order = safetensors_order(tensors);
  const std::string header = safetensors_header(order, metadata);
  const std::uint64_t header_bytes = header.size();
  write(as_text(std::as_bytes(std::span(&header_bytes, 1))));
  write(header);
  for (const TensorToSave* tensor : order) write(as_text(tensor->data));
  stream.close();
  if (!stream) return system_error("writing", path, errno);
  return success();
}

Status save(const fs::path& path, std::span<const TensorToSave> tensors, const FileStep& write) {
  EFFGATE_TRY(check_input(tensors));
  return replace_file_atomically(
      path, write, [&](const fs::path& beside) { return check_written(beside, tensors); });
}

// Python's readers of safetensors ask which framework a file is for.
const std::array kForTorch = {std::pair<std::string, std::string>("format", "pt")};

}  // namespace

Result<TensorToSave> borrowed(const TensorEntry& tensor) {
  if (tensor.contiguous) return TensorToSave{tensor.name, tensor.dtype, tensor.shape, tensor.data};
  return Error{ErrorKind::unsupported,
               fmt::format("writing tensor {}: it is strided", tensor.name)};
}

Status save_zip(const fs::path& path, std::span<const TensorToSave> tensors,
                const StateDictOptions& options) {
  return save(path, tensors,
              [&](const fs::path& beside) { return write_zip(beside, tensors, options); });
}

Status save_legacy(const fs::path& path, std::span<const TensorToSave> tensors,
                   const StateDictOptions& options) {
  return save(path, tensors,
              [&](const fs::path& beside) { return write_torch_legacy(beside, tensors, options); });
}

Status save_torch_archive(const fs::path& path, std::span<const TensorToSave> tensors) {
  return save(path, tensors,
              [&](const fs::path& beside) { return write_torch_archive(beside, tensors); });
}

Status save_safetensors(const fs::path& path, std::span<const TensorToSave> tensors,
                        std::span<const std::pair<std::string, std::string>> metadata) {
  return save(path, tensors,
              [&](const fs::path& beside) { return write_safetensors(beside, tensors, metadata); });
}

Status save_checkpoint(const fs::path& path, Container container,
                       std::span<const TensorToSave> tensors, const StateDictOptions& options) {
  switch (container) {
    case Container::zip: return save_zip(path, tensors, options);
    case Container::legacy: return save_legacy(path, tensors, options);
    case Container::safetensors: return save_safetensors(path, tensors, kForTorch);
    case Container::torch_archive: return save_torch_archive(path, tensors);
    default: break;
  }
  return Error{ErrorKind::usage, fmt::format("writing {}: no checkpoint is written as {}",
                                             path.string(), to_string(container))};
}

}  // namespace effgate
