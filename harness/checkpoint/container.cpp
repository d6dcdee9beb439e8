#include "harness/checkpoint/container.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstring>

#include "harness/base/text.h"
#include "harness/checkpoint/byte_cursor.h"
#include "harness/checkpoint/globals.h"
#include "harness/checkpoint/pickle.h"
#include "harness/checkpoint/torch_legacy.h"

namespace effgate {
namespace {

using namespace std::string_view_literals;

struct Signature {
  std::size_t offset;
  std::string_view bytes;
  std::string_view what;
};

// Files that are found under a checkpoint's name, by the bytes they begin with.
constexpr std::array kForeign = {
    Signature{0, "version https://git-lfs"sv, "a Git LFS pointer; the file itself was not fetched"},
    Signature{0, "\x89HDF\r\n\x1a\n"sv, "an HDF5 file, as Keras writes it"},
    Signature{0, "\x1f\x8b"sv, "compressed by gzip"},
    Signature{0, "BZh"sv, "compressed by bzip2"},
    Signature{0,
              "\xfd"
              "7zXZ\0"sv,
              "compressed by xz"},
    Signature{0, "\x28\xb5\x2f\xfd"sv, "compressed by zstd"},
    Signature{0, "7z\xbc\xaf\x27\x1c"sv, "a 7z archive"},
    Signature{0, "Rar!"sv, "a RAR archive"},
    Signature{0, "\x93NUMPY"sv, "a NumPy array"},
    Signature{0, "\x89PNG"sv, "a PNG picture"},
    Signature{0, "\xff\xd8\xff"sv, "a JPEG picture"},
    Signature{0, "%PDF"sv, "a PDF document"},
    Signature{0,
              "\x7f"
              "ELF"sv,
              "a program"},
    Signature{0, "SQLite format 3"sv, "an SQLite database"},
    Signature{4, "TFL3"sv, "a TensorFlow Lite model"},
    Signature{257, "ustar"sv, "a tar archive"},
};

bool has_at(std::string_view text, std::size_t offset, std::string_view bytes) {
  return text.size() >= offset && text.substr(offset).starts_with(bytes);
}

// The index of a TensorFlow bundle is a LevelDB table, which ends in this number.
bool is_tensorflow_index(std::string_view text) {
  return text.size() >= 48 && text.ends_with("\x57\xfb\x80\x8b\x24\x75\x47\xdb"sv);
}

bool is_safetensors(std::span<const std::byte> file) {
  constexpr std::uint64_t kMostHeaderBytes = 100'000'000;
  ByteCursor cursor(file);
  const auto header_bytes = cursor.number<std::uint64_t>();
  if (!header_bytes || *header_bytes < 2 || *header_bytes > kMostHeaderBytes) return false;
  const auto first = cursor.number<char>();
  return first == '{';
}

// torch.save before 2018 wrote a tar whose members have these names.
bool is_old_torch_tar(std::string_view text) {
  return has_at(text, 257, "ustar") &&
         (text.starts_with("storages"sv) || text.starts_with("tensors"sv) ||
          text.starts_with("sys_info"sv) || text.starts_with("pickle"sv));
}

std::string name_of_text(std::string_view text) {
  const std::string start = lower(trim(text.substr(0, 512)));
  const bool html = start.find("<html") != std::string::npos || start.starts_with("<!doctype html");
  if (html) return "an HTML page, perhaps the answer of a download page";
  if (start.starts_with("<?xml")) return "an XML document";
  if (start.starts_with("{") || start.starts_with("[")) return "a JSON document";
  return "a text file";
}

bool is_text(std::string_view text) {
  const std::string_view start = text.substr(0, 4096);
  return std::ranges::all_of(start, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 || c == '\n' || c == '\r' || c == '\t' || c == '\f';
  });
}

bool is_dotted_name(std::string_view name) {
  return std::ranges::all_of(name, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
  });
}

// A pickle of protocol 2 or newer begins with its number. An older one has no signature: it is what
// an unpickler gets through to the end, or as far as a call, which it has made by then. Prose may
// look so by chance ("(in the\n..." names a class), but names no module that could be.
bool is_pickle(std::span<const std::byte> file) {
  const std::string_view text = as_text(file);
  if (text.size() >= 2 && text[0] == '\x80' && text[1] >= 2 && text[1] <= 5) return true;
  const Unpickled pickle = read_pickle(file);
  if (!pickle.error) return trim(text.substr(pickle.bytes_read)).empty();
  return std::ranges::any_of(examine_calls(pickle.tree, false).unsafe, is_dotted_name);
}

}  // namespace

std::string_view to_string(Container container) {
  switch (container) {
    case Container::unknown: return "unknown";
    case Container::zip: return "zip";
    case Container::legacy: return "legacy";
    case Container::safetensors: return "safetensors";
    case Container::torch_archive: return "torch-archive";
    case Container::torchscript: return "torchscript";
    case Container::tensorflow: return "tensorflow";
  }
  return "";
}

FirstLook recognise(std::span<const std::byte> file) {
  const std::string_view text = as_text(file);
  if (text.empty()) return {.foreign = "an empty file"};
  if (text.starts_with("PK\x03\x04"sv)) return {.container = Container::zip};
  if (has_legacy_magic(file)) return {.container = Container::legacy};
  if (is_safetensors(file)) return {.container = Container::safetensors};
  if (is_tensorflow_index(text)) return {.container = Container::tensorflow};
  if (is_old_torch_tar(text))
    return {.foreign = "a tar archive of torch 0.1, which no current torch reads safely"};
  for (const Signature& signature : kForeign) {
    if (has_at(text, signature.offset, signature.bytes))
      return {.foreign = std::string(signature.what)};
  }
  if (is_pickle(file)) return {.bare_pickle = true};
  if (is_text(text)) return {.foreign = name_of_text(text)};
  return {.foreign = "of no format that is known here"};
}

}  // namespace effgate
