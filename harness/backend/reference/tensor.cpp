#include "harness/backend/reference/tensor.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "harness/base/dtype.h"

namespace effgate {
namespace {

constexpr std::size_t kAlignment = 64;

std::size_t rounded_up(std::size_t bytes) {
  return (std::max<std::size_t>(bytes, 1) + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

void TensorBuffer::FreeMemory::operator()(std::byte* memory) const { std::free(memory); }

std::shared_ptr<TensorBuffer> TensorBuffer::allocate(std::size_t bytes,
                                                     std::shared_ptr<MemoryCount> count) {
  auto* memory = static_cast<std::byte*>(std::aligned_alloc(kAlignment, rounded_up(bytes)));
  if (memory == nullptr) return nullptr;
  struct Made : TensorBuffer {};
  auto buffer = std::make_shared<Made>();
  buffer->owned_.reset(memory);
  buffer->bytes_ = bytes;
  buffer->count_ = std::move(count);
  buffer->count_->now += bytes;
  buffer->count_->peak = std::max(buffer->count_->peak, buffer->count_->now);
  return buffer;
}

std::shared_ptr<TensorBuffer> TensorBuffer::borrow(const void* data) {
  struct Made : TensorBuffer {};
  auto buffer = std::make_shared<Made>();
  buffer->borrowed_ = static_cast<const std::byte*>(data);
  return buffer;
}

TensorBuffer::~TensorBuffer() {
  if (count_) count_->now -= bytes_;
}

std::int64_t element_count(const effgate_shape& shape) {
  std::int64_t count = 1;
  for (int i = 0; i < shape.rank; ++i) count *= shape.dims[i];
  return count;
}

std::int64_t dim(const ReferenceTensor& tensor, int index) { return tensor.shape.dims[index]; }

effgate_shape make_shape(std::initializer_list<std::int64_t> dims) {
  effgate_shape shape{};
  for (const std::int64_t extent : dims) shape.dims[shape.rank++] = extent;
  return shape;
}

bool same_shape(const effgate_shape& a, const effgate_shape& b) {
  return a.rank == b.rank && std::equal(a.dims, a.dims + a.rank, b.dims);
}

bool is_floating_dtype(effgate_dtype dtype) {
  return dtype >= EFFGATE_FLOAT64 && dtype <= EFFGATE_BFLOAT16;
}

std::string shape_text(const effgate_shape& shape) {
  std::string text = "[";
  for (int i = 0; i < shape.rank; ++i) {
    if (i > 0) text += ',';
    text += std::to_string(shape.dims[i]);
  }
  return text + "]";
}

Result<std::size_t> checked_bytes(effgate_dtype dtype, const effgate_shape& shape) {
  if (dtype < EFFGATE_FLOAT64 || dtype > EFFGATE_BOOL) {
    return Error{ErrorKind::unsupported, "no tensors of dtype number " + std::to_string(dtype)};
  }
  if (shape.rank < 0 || shape.rank > EFFGATE_MAX_RANK) {
    return Error{ErrorKind::usage, "a tensor of rank " + std::to_string(shape.rank)};
  }
  constexpr std::size_t kLimit = std::numeric_limits<std::int64_t>::max();
  std::size_t bytes = size_of(static_cast<DType>(dtype));
  for (int i = 0; i < shape.rank; ++i) {
    const std::int64_t extent = shape.dims[i];
    if (extent < 0) return Error{ErrorKind::usage, "a negative extent in " + shape_text(shape)};
    if (extent > 0 && bytes > kLimit / static_cast<std::size_t>(extent)) {
      return Error{ErrorKind::out_of_memory, "the size of " + shape_text(shape) + " overflows"};
    }
    bytes *= static_cast<std::size_t>(extent);
  }
  return bytes;
}

}  // namespace effgate
