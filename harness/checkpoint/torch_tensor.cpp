#include "harness/checkpoint/torch_tensor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/base/text.h"
#include "harness/checkpoint/findings.h"

namespace effgate {
namespace {

// What torch calls element types: storage classes and dtype globals.
struct TypeName {
  std::string_view storage;
  std::string_view dtype;
  DType value;
};
constexpr std::array kTypeNames = {
    TypeName{"DoubleStorage", "float64", DType::float64},
    TypeName{"FloatStorage", "float32", DType::float32},
    TypeName{"HalfStorage", "float16", DType::float16},
    TypeName{"BFloat16Storage", "bfloat16", DType::bfloat16},
    TypeName{"LongStorage", "int64", DType::int64},
    TypeName{"IntStorage", "int32", DType::int32},
    TypeName{"ShortStorage", "int16", DType::int16},
    TypeName{"CharStorage", "int8", DType::int8},
    TypeName{"ByteStorage", "uint8", DType::uint8},
    TypeName{"BoolStorage", "bool", DType::boolean},
    TypeName{"ComplexFloatStorage", "complex64", DType::complex64},
    TypeName{"ComplexDoubleStorage", "complex128", DType::complex128},
    TypeName{"", "uint16", DType::uint16},
    TypeName{"", "uint32", DType::uint32},
    TypeName{"", "uint64", DType::uint64},
    TypeName{"", "float8_e4m3fn", DType::float8_e4m3fn},
    TypeName{"", "float8_e5m2", DType::float8_e5m2},
};

// A small storage may be repeated by strides of zero; beyond this a copy would be a bomb.
constexpr std::uint64_t kMostRepeatedBytes = std::uint64_t{1} << 20;

Error malformed(std::string why) { return Error{ErrorKind::malformed, std::move(why)}; }
Error unsupported(std::string why) { return Error{ErrorKind::unsupported, std::move(why)}; }

std::optional<DType> dtype_of_storage_class(std::string_view name) {
  const auto at = std::ranges::find(kTypeNames, name, &TypeName::storage);
  return at == kTypeNames.end() ? std::nullopt : std::optional(at->value);
}

std::optional<DType> dtype_of_global(const PickleTree& tree, NodeId id) {
  if (tree.module(id) != "torch") return std::nullopt;
  const auto at = std::ranges::find(kTypeNames, tree.name(id), &TypeName::dtype);
  return at == kTypeNames.end() ? std::nullopt : std::optional(at->value);
}

std::string shown(std::string_view text) { return printable_utf8(text.substr(0, 100)); }

std::optional<std::uint64_t> checked_multiply(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

std::optional<std::uint64_t> byte_count(const PickleTree& tree, NodeId elements, std::size_t size) {
  const auto count = tree.integer(elements);
  if (!count || *count < 0) return std::nullopt;
  return checked_multiply(static_cast<std::uint64_t>(*count), size);
}

// A function and the arguments it would be called with.
struct Rebuild {
  std::string_view module;
  std::string_view function;
  PickleTree::Items arguments;
};

Rebuild rebuild_of(const PickleTree& tree, NodeId function, NodeId arguments) {
  return {tree.module(function), tree.name(function), tree.items(arguments)};
}

// The innermost rebuild: parameters and tensors with attributes wrap another.
Rebuild innermost(const PickleTree& tree, NodeId id) {
  constexpr int kMostWrappers = 8;
  Rebuild rebuild = rebuild_of(tree, tree.callee(id), tree.arguments(id));
  for (int i = 0; i < kMostWrappers; ++i) {
    if (rebuild.function.starts_with("_rebuild_parameter")) {
      const NodeId inner = rebuild.arguments[0];
      rebuild = rebuild_of(tree, tree.callee(inner), tree.arguments(inner));
    } else if (rebuild.function == "_rebuild_from_type_v2") {
      // (function, type, arguments, state)
      rebuild = rebuild_of(tree, rebuild.arguments[0], rebuild.arguments[2]);
    } else {
      break;
    }
  }
  return rebuild;
}

std::optional<std::vector<std::int64_t>> dimensions(const PickleTree& tree, NodeId id) {
  // torch.Size is called on a tuple.
  if (tree.is_global(tree.callee(id), "torch", "Size")) id = tree.items(tree.arguments(id))[0];
  if (!tree.is(id, NodeKind::tuple) && !tree.is(id, NodeKind::list)) return std::nullopt;
  if (tree.items(id).size() > kMostDimensions) return std::nullopt;
  std::vector<std::int64_t> values;
  for (const NodeId item : tree.items(id)) {
    const auto value = tree.integer(item);
    if (!value || *value < 0) return std::nullopt;
    values.push_back(*value);
  }
  return values;
}

// Views such as x.conj() store a flag instead of values.
bool has_lazy_flag(const PickleTree& tree, NodeId metadata) {
  const auto items = tree.items(metadata);
  return std::any_of(items.begin(), items.end(),
                     [&](NodeId item) { return tree.boolean(item).value_or(false); });
}

std::string_view why_not_an_array(std::string_view function) {
  if (function.starts_with("_rebuild_sparse")) return "is sparse";
  if (function.starts_with("_rebuild_meta")) return "is a meta tensor, which holds no values";
  if (function.starts_with("_rebuild_q")) return "is quantized";
  if (function.starts_with("_rebuild_nested")) return "is nested";
  return "is not rebuilt as a plain array";
}

// (storage, offset, size, stride[, requires_grad, hooks[, metadata]]), and for v3
// (…, requires_grad, hooks, dtype[, metadata]).
Result<TensorEntry> read_array(const PickleTree& tree, const Rebuild& rebuild,
                               const StorageSource& source) {
  const bool has_dtype = rebuild.function == "_rebuild_tensor_v3";
  const auto& arguments = rebuild.arguments;
  EFFGATE_ASSIGN(const StorageId id, storage_id(tree, arguments[0]));
  const auto dtype = has_dtype ? dtype_of_global(tree, arguments[6]) : id.dtype;
  if (!dtype) return unsupported("has a dtype that is not supported");
  if (has_lazy_flag(tree, arguments[has_dtype ? 7 : 6]))
    return unsupported("is a conjugated or negated view");

  const auto offset = byte_count(tree, arguments[1], size_of(*dtype));
  auto shape = dimensions(tree, arguments[2]);
  auto strides = dimensions(tree, arguments[3]);
  if (!offset || !shape || !strides || shape->size() != strides->size())
    return malformed("has an impossible offset, shape or stride");

  EFFGATE_ASSIGN(std::span<const std::byte> storage, source(id));
  if (storage.size() != id.bytes) {
    return malformed(fmt::format("says that storage {} has {} bytes, but it has {}", shown(id.key),
                                 id.bytes, storage.size()));
  }
  const std::uint64_t view_bytes = id.view_bytes.value_or(storage.size());
  if (id.view_offset > storage.size() || view_bytes > storage.size() - id.view_offset)
    return malformed(fmt::format("views more of storage {} than there is", shown(id.key)));
  if (id.view_bytes) {
    storage = storage.subspan(static_cast<std::size_t>(id.view_offset),
                              static_cast<std::size_t>(view_bytes));
  }
  TensorEntry tensor;
  tensor.dtype = *dtype;
  tensor.shape = *std::move(shape);
  tensor.strides = *std::move(strides);
  EFFGATE_TRY(place_in_storage(tensor, storage, *offset));
  return tensor;
}

// The number of elements from the first to the last reachable one, or nothing on overflow.
std::optional<std::uint64_t> reach(const TensorEntry& tensor) {
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    const auto steps = checked_multiply(static_cast<std::uint64_t>(tensor.shape[i] - 1),
                                        static_cast<std::uint64_t>(tensor.strides[i]));
    if (!steps || __builtin_add_overflow(last, *steps, &last)) return std::nullopt;
  }
  return last == UINT64_MAX ? std::nullopt : std::optional(last + 1);
}

bool is_row_major(const TensorEntry& tensor) {
  std::int64_t expected = 1;
  for (std::size_t i = tensor.shape.size(); i-- > 0;) {
    if (tensor.shape[i] != 1 && tensor.strides[i] != expected) return false;
    expected *= tensor.shape[i];
  }
  return true;
}

}  // namespace

std::optional<std::uint64_t> checked_product(std::span<const std::int64_t> factors) {
  if (std::ranges::any_of(factors, [](std::int64_t f) { return f < 0; })) return std::nullopt;
  // A zero anywhere makes the product zero, whatever the others would overflow to.
  if (std::ranges::find(factors, 0) != factors.end()) return 0;
  std::optional<std::uint64_t> product = 1;
  for (const std::int64_t factor : factors) {
    product = checked_multiply(*product, static_cast<std::uint64_t>(factor));
    if (!product) return std::nullopt;
  }
  return product;
}

std::vector<std::int64_t> row_major_strides(std::span<const std::int64_t> shape) {
  std::vector<std::int64_t> strides(shape.size());
  std::int64_t stride = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    // Only a tensor without elements can overflow here, and its strides are never followed.
    if (__builtin_mul_overflow(stride, std::max<std::int64_t>(shape[i], 1), &stride)) stride = 0;
  }
  return strides;
}

Status place_in_storage(TensorEntry& tensor, std::span<const std::byte> storage,
                        std::uint64_t offset) {
  const std::size_t item = size_of(tensor.dtype);
  const auto elements = checked_product(tensor.shape);
  const auto bytes = elements ? checked_multiply(*elements, item) : std::nullopt;
  if (!bytes) return malformed("has more elements than can be counted");
  tensor.bytes = *bytes;
  if (*elements == 0) {
    tensor.contiguous = true;
    return success();
  }
  const auto reached = reach(tensor);
  const auto reached_bytes = reached ? checked_multiply(*reached, item) : std::nullopt;
  if (!reached_bytes || offset > storage.size() || *reached_bytes > storage.size() - offset) {
    return malformed(fmt::format("reaches beyond the {} bytes of its storage", storage.size()));
  }
  if (*bytes > std::max<std::uint64_t>(storage.size(), kMostRepeatedBytes))
    return malformed(fmt::format("repeats its {} bytes to {}", storage.size(), *bytes));
  tensor.data =
      storage.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(*reached_bytes));
  tensor.contiguous = is_row_major(tensor);
  return success();
}

Result<StorageId> storage_id(const PickleTree& tree, NodeId persistent) {
  const auto fields = tree.items(tree.persistent_id(persistent));
  if (tree.text(fields[0]) != "storage" || fields.size() < 5)
    return malformed("has no storage to take its values from");
  const std::string_view storage_class = tree.name(fields[1]);
  StorageId id;
  id.key = tree.text(fields[2]);
  id.dtype = dtype_of_storage_class(storage_class);
  const bool untyped = storage_class == "UntypedStorage" || storage_class == "_UntypedStorage";
  if (!id.dtype && !untyped)
    return unsupported(fmt::format("lies in a {}, which is not supported", shown(storage_class)));
  const std::size_t item = id.dtype ? size_of(*id.dtype) : 1;
  const auto bytes = byte_count(tree, fields[4], item);
  if (!bytes) return malformed("has a storage of impossible size");
  id.bytes = *bytes;
  const auto view = tree.items(fields[5]);  // None, or (key, offset, size)
  if (view.size() == 3) {
    const auto view_offset = byte_count(tree, view[1], item);
    id.view_bytes = byte_count(tree, view[2], item);
    if (!view_offset || !id.view_bytes) return malformed("has an impossible view of its storage");
    id.view_offset = *view_offset;
  }
  return id;
}

bool is_tensor(const PickleTree& tree, NodeId id) {
  const NodeId callee = tree.callee(id);
  const std::string_view module = tree.module(callee);
  return (module == "torch._utils" || module == "torch._tensor") &&
         tree.name(callee).starts_with("_rebuild_");
}

Result<TensorEntry> read_tensor(const PickleTree& tree, NodeId id, const StorageSource& source) {
  const Rebuild rebuild = innermost(tree, id);
  const bool plain =
      rebuild.module == "torch._utils" &&
      (rebuild.function == "_rebuild_tensor" || rebuild.function == "_rebuild_tensor_v2" ||
       rebuild.function == "_rebuild_tensor_v3");
  if (!plain) return unsupported(std::string(why_not_an_array(rebuild.function)));
  return read_array(tree, rebuild, source);
}

}  // namespace effgate
