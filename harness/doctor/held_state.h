#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/files.h"
#include "harness/checkpoint/byte_cursor.h"
#include "harness/checkpoint/save.h"
#include "harness/checkpoint/state_dict_pickle.h"
#include "harness/checkpoint/zip_writer.h"
#include "harness/doctor/cause.h"
#include "harness/graph/catalogue.h"
#include "harness/graph/network.h"

// State dicts in memory, and the files of them that tests diagnose.

namespace effgate {

inline constexpr const char* kLite0 = "tf_efficientdet_lite0";

struct HeldTensor {
  ParamSpec spec;
  std::vector<std::byte> bytes;
};
using HeldState = std::vector<HeldTensor>;

inline std::vector<std::byte> filled(const ParamSpec& spec,
                                     const std::function<double(std::size_t)>& at) {
  std::size_t count = 1;
  for (const std::int64_t size : spec.shape) count *= static_cast<std::size_t>(size);
  std::vector<std::byte> bytes(count * size_of(spec.dtype));
  for (std::size_t i = 0; i < count; ++i) {
    const float real = static_cast<float>(at(i));
    const auto whole = static_cast<std::int64_t>(at(i));
    const void* value = spec.dtype == DType::int64 ? static_cast<const void*>(&whole) : &real;
    std::memcpy(bytes.data() + i * size_of(spec.dtype), value, size_of(spec.dtype));
  }
  return bytes;
}

// float32 and int64, as training leaves them: no number that a constructor would write.
inline HeldState trained(const ModelConfig& config) {
  HeldState held;
  for (ParamSpec& spec : state_dict_schema(config)) {
    auto bytes = filled(spec, [](std::size_t i) { return 1 + static_cast<double>(i % 97) / 64; });
    held.push_back({std::move(spec), std::move(bytes)});
  }
  return held;
}
inline HeldState trained(const std::string& model = kLite0) { return trained(*find_model(model)); }

inline void refill(HeldState& held, std::string_view part,
                   const std::function<double(const ParamSpec&)>& to) {
  for (HeldTensor& tensor : held)
    if (tensor.spec.name.starts_with(part))
      tensor.bytes = filled(tensor.spec, [&](std::size_t) { return to(tensor.spec); });
}

inline void prefix_with(HeldState& held, const std::string& prefix) {
  for (HeldTensor& tensor : held) tensor.spec.name = prefix + tensor.spec.name;
}

inline void add(HeldState& held, ParamSpec spec) {
  auto bytes = filled(spec, [](std::size_t) { return 0.5; });
  held.push_back({std::move(spec), std::move(bytes)});
}

// A torch zip in a folder of its own, opened with every checksum.
class HeldFile {
 public:
  explicit HeldFile(const HeldState& held, const StateDictOptions& options = {}) {
    const Status saved = save_zip(path(), to_save(held), options);
    checkpoint_ = saved.ok() ? Checkpoint::inspect(path(), {"", false, true}) : saved.error();
  }

  // As training programs save: the state dict under each of the keys, and texts beside them.
  HeldFile(const HeldState& held, const std::vector<std::string>& keys,
           const std::vector<std::pair<std::string, std::string>>& texts) {
    const std::vector<TensorToSave> tensors = to_save(held);
    const std::string pickle = state_dict_pickle(tensors, {});
    const std::string state_dict = pickle.substr(2, pickle.size() - 3);
    std::string items;
    for (const std::string& key : keys) items += text(key) + state_dict;
    for (const auto& [key, value] : texts) items += text(key) + text(value);
    const Status saved = save_object(pickle.substr(0, 2) + "}(" + items + "u.", tensors);
    checkpoint_ = saved.ok() ? Checkpoint::inspect(path(), {"", false, true}) : saved.error();
  }

  std::filesystem::path path() const { return folder_.path() / "file.pth"; }
  const Checkpoint& checkpoint() const { return *checkpoint_; }

 private:
  static std::vector<TensorToSave> to_save(const HeldState& held) {
    std::vector<TensorToSave> tensors;
    for (const HeldTensor& tensor : held)
      tensors.push_back({tensor.spec.name, tensor.spec.dtype, tensor.spec.shape, tensor.bytes});
    return tensors;
  }
  static std::string text(const std::string& value) {
    std::string length(4, '\0');
    for (std::size_t i = 0; i < length.size(); ++i)
      length[i] = static_cast<char>((value.size() >> (8 * i)) & 0xFF);
    return "X" + length + value;
  }
  Status save_object(const std::string& pickle, const std::vector<TensorToSave>& tensors) const {
    EFFGATE_ASSIGN(ZipWriter writer, ZipWriter::create(path()));
    EFFGATE_TRY(writer.add("file/data.pkl", as_byte_span(pickle)));
    for (std::size_t i = 0; i < tensors.size(); ++i)
      EFFGATE_TRY(writer.add("file/data/" + storage_key(i, StorageNaming::zip), tensors[i].data));
    EFFGATE_TRY(writer.add("file/version", as_byte_span("3\n")));
    return writer.finish();
  }

  TemporaryDirectory folder_ = *TemporaryDirectory::create();
  Result<Checkpoint> checkpoint_ = Error{};
};

inline std::vector<std::string> codes(const Diagnosis& diagnosis) {
  std::vector<std::string> names;
  for (const Cause& cause : diagnosis.causes) names.emplace_back(to_string(cause.code));
  return names;
}

}  // namespace effgate
