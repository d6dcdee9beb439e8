#include "harness/checkpoint/state_dict_pickle.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "harness/checkpoint/pickle_writer.h"
#include "harness/checkpoint/torch_tensor.h"

namespace effgate {
namespace {

constexpr std::size_t kBatch = 1000;  // of CPython's pickler

void write_storage(PickleWriter& writer, const TensorToSave& tensor, std::size_t place,
                   StorageNaming naming) {
  const std::string_view typed = storage_class(tensor.dtype);
  const std::size_t fields = naming == StorageNaming::legacy ? 6 : 5;
  writer.begin_tuple(fields);
  writer.shared_text("storage");
  writer.global(typed.empty() ? "torch.storage" : "torch",
                typed.empty() ? "UntypedStorage" : typed);
  writer.text(storage_key(place, naming));
  writer.shared_text("cpu");
  writer.integer(storage_elements(tensor));
  if (naming == StorageNaming::legacy) writer.none();
  writer.end_tuple(fields);
  writer.persistent_id();
}

void write_integers(PickleWriter& writer, std::span<const std::int64_t> values) {
  writer.begin_tuple(values.size());
  for (const std::int64_t value : values) writer.integer(value);
  writer.end_tuple(values.size());
}

void write_empty_ordered_dict(PickleWriter& writer) {
  writer.global("collections", "OrderedDict");
  writer.empty_tuple();
  writer.reduce();
}

void write_tensor(PickleWriter& writer, const TensorToSave& tensor, std::size_t place,
                  StorageNaming naming) {
  const bool typed = !storage_class(tensor.dtype).empty();
  const std::size_t arguments = typed ? 6 : 7;
  writer.global("torch._utils", typed ? "_rebuild_tensor_v2" : "_rebuild_tensor_v3");
  writer.begin_tuple(arguments);
  write_storage(writer, tensor, place, naming);
  writer.integer(0);
  write_integers(writer, tensor.shape);
  write_integers(writer, row_major_strides(tensor.shape));
  writer.boolean(false);
  write_empty_ordered_dict(writer);
  if (!typed) writer.global("torch", to_string(tensor.dtype));
  writer.end_tuple(arguments);
  writer.reduce();
}

// The items of a dict (`exact`) or of a subclass: CPython batches them differently.
template <typename WriteItem>
void write_items(PickleWriter& writer, std::size_t count, bool exact, const WriteItem& write_item) {
  std::size_t done = 0;
  const auto write_batch = [&](std::size_t size) {
    writer.mark();
    for (std::size_t i = 0; i < size; ++i) write_item(done++);
    writer.set_items();
  };
  if (count == 0) return;
  if (exact && count > 1) {
    // A full batch is always followed by another, be it empty.
    for (;;) {
      const std::size_t size = std::min(kBatch, count - done);
      write_batch(size);
      if (size < kBatch) return;
    }
  }
  while (done < count) {
    if (count - done == 1) {
      write_item(done++);
      writer.set_item();
    } else {
      write_batch(std::min(kBatch, count - done));
    }
  }
}

void write_metadata(PickleWriter& writer, const ModuleVersions& versions) {
  writer.empty_dict();
  writer.text("_metadata");
  write_empty_ordered_dict(writer);
  write_items(writer, versions.size(), false, [&](std::size_t i) {
    writer.text(versions[i].first);
    writer.empty_dict();
    writer.shared_text("version");
    writer.integer(versions[i].second);
    writer.set_item();
  });
  writer.set_item();
  writer.build();
}

std::string_view parent_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}

bool tells_batch_norm(std::string_view name) {
  return name.ends_with(".running_mean") || name.ends_with(".num_batches_tracked");
}

}  // namespace

std::string state_dict_pickle(std::span<const TensorToSave> tensors,
                              const StateDictOptions& options, StorageNaming naming) {
  PickleWriter writer;
  if (options.plain_dict) {
    writer.empty_dict();
  } else {
    write_empty_ordered_dict(writer);
  }
  write_items(writer, tensors.size(), options.plain_dict, [&](std::size_t i) {
    writer.text(tensors[i].name);
    write_tensor(writer, tensors[i], i, naming);
  });
  if (!options.plain_dict) {
    const ModuleVersions versions =
        options.module_versions ? *options.module_versions : derived_module_versions(tensors);
    if (!versions.empty()) write_metadata(writer, versions);
  }
  return writer.finish();
}

std::string storage_key(std::size_t place, StorageNaming naming) {
  return naming == StorageNaming::zip ? std::to_string(place) : fmt::format("{:06}", place);
}

std::string_view storage_class(DType dtype) {
  switch (dtype) {
    case DType::float64: return "DoubleStorage";
    case DType::float32: return "FloatStorage";
    case DType::float16: return "HalfStorage";
    case DType::bfloat16: return "BFloat16Storage";
    case DType::int64: return "LongStorage";
    case DType::int32: return "IntStorage";
    case DType::int16: return "ShortStorage";
    case DType::int8: return "CharStorage";
    case DType::uint8: return "ByteStorage";
    case DType::boolean: return "BoolStorage";
    case DType::complex64: return "ComplexFloatStorage";
    case DType::complex128: return "ComplexDoubleStorage";
    default: return "";
  }
}

std::int64_t storage_elements(const TensorToSave& tensor) {
  const std::size_t unit = storage_class(tensor.dtype).empty() ? 1 : size_of(tensor.dtype);
  return static_cast<std::int64_t>(tensor.data.size() / unit);
}

ModuleVersions derived_module_versions(std::span<const TensorToSave> tensors) {
  ModuleVersions versions = {{"", 1}};
  std::unordered_map<std::string, std::size_t> places = {{"", 0}};
  for (const TensorToSave& tensor : tensors) {
    const std::string_view name = tensor.name;
    // Every module on the way from the root to the tensor, outermost first.
    for (std::size_t dot = name.find('.'); dot != std::string_view::npos;
         dot = name.find('.', dot + 1)) {
      const std::string module(name.substr(0, dot));
      if (places.try_emplace(module, versions.size()).second) versions.emplace_back(module, 1);
    }
    if (tells_batch_norm(name)) versions[places.at(std::string(parent_of(name)))].second = 2;
  }
  return versions;
}

}  // namespace effgate
