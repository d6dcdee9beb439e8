#include "suites/parity/golden_file.h"

#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

namespace effgate {
namespace {

constexpr std::size_t kLengthBytes = 8;

DType dtype_of(const std::string& safetensors_name) {
  static const std::map<std::string, DType> kNames = {
      {"F64", DType::float64}, {"F32", DType::float32}, {"I64", DType::int64}};
  return kNames.at(safetensors_name);
}

}  // namespace

Result<GoldenFile> GoldenFile::open(const std::filesystem::path& path) {
  EFFGATE_ASSIGN(MappedFile mapped, MappedFile::open(path));
  GoldenFile golden(std::move(mapped));
  const std::span<const std::byte> bytes = golden.file_.bytes();
  std::uint64_t length = 0;
  if (bytes.size() < kLengthBytes) return Error{ErrorKind::truncated, path.string()};
  std::memcpy(&length, bytes.data(), kLengthBytes);
  if (length > bytes.size() - kLengthBytes) return Error{ErrorKind::truncated, path.string()};
  const char* text = reinterpret_cast<const char*>(bytes.data()) + kLengthBytes;
  const auto header = nlohmann::json::parse(text, text + length);
  const std::span<const std::byte> data = bytes.subspan(kLengthBytes + length);
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      golden.metadata_ = entry.get<std::map<std::string, std::string>>();
      continue;
    }
    const auto begin = entry.at("data_offsets").at(0).get<std::size_t>();
    const auto end = entry.at("data_offsets").at(1).get<std::size_t>();
    golden.tensors_[name] = {dtype_of(entry.at("dtype")),
                             entry.at("shape").get<std::vector<std::int64_t>>(),
                             data.subspan(begin, end - begin)};
  }
  return golden;
}

TensorLookup GoldenFile::lookup() const {
  return [this](const std::string& name) -> std::optional<StoredTensor> {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) return std::nullopt;
    return found->second;
  };
}

template <typename T>
std::vector<T> GoldenFile::values(const std::string& name) const {
  const std::span<const std::byte> bytes = tensors_.at(name).bytes;
  std::vector<T> all(bytes.size() / sizeof(T));
  std::memcpy(all.data(), bytes.data(), all.size() * sizeof(T));
  return all;
}

template std::vector<float> GoldenFile::values<float>(const std::string&) const;
template std::vector<double> GoldenFile::values<double>(const std::string&) const;

GoldenTap GoldenFile::tap(const std::string& name) const {
  GoldenTap tap;
  tap.shape = values<std::int64_t>(name + "/shape");
  tap.index = values<std::int64_t>(name + "/index");
  tap.value = values<double>(name + "/value");
  const std::vector<double> error = values<double>(name + "/fp32_err");
  tap.float32_max_error = error[0];
  tap.float32_rms_error = error[1];
  double elements = 1;
  for (const std::int64_t extent : tap.shape) elements *= static_cast<double>(extent);
  tap.rms = values<double>(name + "/stats")[4] / std::sqrt(elements);
  return tap;
}

}  // namespace effgate
