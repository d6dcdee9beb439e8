#include "harness/cell/library_file.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "harness/checkpoint/values.h"

namespace effgate {
namespace {

class ErrorText {
 public:
  effgate_text text() { return {buffer_.data(), buffer_.size()}; }
  Status status(const std::string& activity, effgate_code code) const {
    if (code == EFFGATE_OK) return success();
    return backend_error(activity, code, buffer_.data());
  }

 private:
  std::array<char, 4096> buffer_{};
};

struct ModuleFree {
  const effgate_backend* table = nullptr;
  void operator()(effgate_module* module) const {
    if (table->module_free != nullptr) table->module_free(module);
  }
};
using Module = std::unique_ptr<effgate_module, ModuleFree>;

struct TensorFree {
  const effgate_backend* table = nullptr;
  void operator()(effgate_tensor* tensor) const { table->tensor_free(tensor); }
};
using Tensor = std::unique_ptr<effgate_tensor, TensorFree>;

bool has_loaders(const effgate_backend& table) {
  return table.load_library_file != nullptr && table.module_tensor_count != nullptr &&
         table.module_tensor != nullptr && table.describe != nullptr;
}

effgate_loader loader_for(Container container) {
  if (container == Container::torchscript) return EFFGATE_TORCHSCRIPT;
  if (container == Container::torch_archive) return EFFGATE_ARCHIVE_LOAD;
  return EFFGATE_PICKLE_LOAD;
}

bool is_buffer(const std::string& name) {
  return name.ends_with(".running_mean") || name.ends_with(".running_var") ||
         name.ends_with(".num_batches_tracked");
}

std::vector<effgate_param> params_of(std::span<const ParamSpec> schema) {
  std::vector<effgate_param> params;
  for (const ParamSpec& spec : schema) {
    effgate_param param{spec.name.c_str(), static_cast<effgate_dtype>(spec.dtype), {}, 0};
    param.shape.rank = static_cast<std::int32_t>(spec.shape.size());
    std::copy(spec.shape.begin(), spec.shape.end(), param.shape.dims);
    param.is_buffer = is_buffer(spec.name) ? 1 : 0;
    params.push_back(param);
  }
  return params;
}

Result<Module> load_module(Session& session, const std::string& path, Container container,
                           std::span<const ParamSpec> schema) {
  const effgate_backend& table = session.table();
  const std::vector<effgate_param> params = params_of(schema);
  effgate_module* module = nullptr;
  ErrorText error;
  EFFGATE_TRY(
      error.status("letting " + session.library_name() + " read " + path,
                   table.load_library_file(session.get(), loader_for(container), path.c_str(),
                                           params.data(), params.size(), &module, error.text())));
  return Module(module, ModuleFree{&table});
}

// Name, dtype and shape of a tensor; its bytes come later.
Result<TensorEntry> describe(const effgate_backend& table, const effgate_tensor* tensor,
                             const char* name) {
  effgate_dtype dtype = 0;
  effgate_shape shape{};
  ErrorText error;
  EFFGATE_TRY(error.status(std::string("describing ") + name,
                           table.describe(tensor, &dtype, &shape, error.text())));
  const bool known = dtype >= 0 && dtype < kDTypeCount;
  if (!known || shape.rank < 0 || shape.rank > EFFGATE_MAX_RANK) {
    return Error{ErrorKind::library, std::string("describing ") + name + ": unknown form"};
  }
  TensorEntry entry;
  entry.name = name;
  entry.dtype = static_cast<DType>(dtype);
  entry.shape.assign(shape.dims, shape.dims + shape.rank);
  return entry;
}

void set_contiguous(TensorEntry& entry) {
  std::int64_t stride = 1;
  entry.strides.assign(entry.shape.size(), 0);
  for (std::size_t i = entry.shape.size(); i-- > 0;) {
    entry.strides[i] = stride;
    stride *= entry.shape[i];
  }
  entry.contiguous = true;
  entry.bytes = static_cast<std::uint64_t>(stride) * size_of(entry.dtype);
}

Status copy_tensor(Session& session, const effgate_module* module, std::size_t index,
                   LibraryFile& file) {
  const effgate_backend& table = session.table();
  const char* name = nullptr;
  effgate_tensor* raw = nullptr;
  ErrorText error;
  EFFGATE_TRY(
      error.status("taking a tensor of the library's file",
                   table.module_tensor(session.get(), module, index, &name, &raw, error.text())));
  const Tensor tensor(raw, TensorFree{&table});
  EFFGATE_ASSIGN(TensorEntry entry, describe(table, tensor.get(), name));
  set_contiguous(entry);
  std::vector<std::byte>& bytes = file.storage.emplace_back(entry.bytes);
  EFFGATE_TRY(error.status(
      "copying " + entry.name,
      table.copy_out(session.get(), tensor.get(), bytes.data(), bytes.size(), error.text())));
  entry.data = bytes;
  file.tensors.push_back(std::move(entry));
  return success();
}

}  // namespace

Result<LibraryFile> read_library_file(Session& session, const std::string& path,
                                      Container container, std::span<const ParamSpec> schema) {
  if (!has_loaders(session.table())) {
    return Error{ErrorKind::unsupported, "letting " + session.library_name() + " read " + path +
                                             ": it has no loaders of its own"};
  }
  EFFGATE_ASSIGN(const Module module, load_module(session, path, container, schema));
  const std::size_t count = session.table().module_tensor_count(module.get());
  LibraryFile file;
  for (std::size_t i = 0; i < count; ++i) EFFGATE_TRY(copy_tensor(session, module.get(), i, file));
  return file;
}

Status check_same_tensors(const Checkpoint& ours, std::span<const TensorEntry> theirs) {
  for (const TensorEntry& their : theirs) {
    const TensorEntry* our = ours.find(their.name);
    if (our == nullptr) continue;  // the comparison with the model says what that means
    const bool same_form = our->dtype == their.dtype && our->shape == their.shape;
    if (same_form && std::ranges::equal(contiguous_bytes(*our), their.data)) continue;
    return Error{ErrorKind::library, "reading " + their.name +
                                         " by the library's own loader: it "
                                         "differs from what the file holds"};
  }
  return success();
}

}  // namespace effgate
