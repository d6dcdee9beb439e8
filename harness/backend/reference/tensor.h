#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "harness/backend/backend.h"
#include "harness/base/result.h"

namespace effgate {

// Bytes that live tensors hold, now and at most so far.
struct MemoryCount {
  std::uint64_t now = 0;
  std::uint64_t peak = 0;
};

// Memory of one tensor, aligned to 64 bytes, or borrowed from the caller and then never written.
class TensorBuffer {
 public:
  // Null where the memory cannot be had.
  static std::shared_ptr<TensorBuffer> allocate(std::size_t bytes,
                                                std::shared_ptr<MemoryCount> count);
  static std::shared_ptr<TensorBuffer> borrow(const void* data);
  ~TensorBuffer();
  TensorBuffer(const TensorBuffer&) = delete;
  TensorBuffer& operator=(const TensorBuffer&) = delete;

  std::byte* writable() { return owned_.get(); }
  const std::byte* data() const { return owned_ ? owned_.get() : borrowed_; }
  bool is_borrowed() const { return borrowed_ != nullptr; }

 private:
  struct FreeMemory {
    void operator()(std::byte* memory) const;
  };
  TensorBuffer() = default;

  std::unique_ptr<std::byte, FreeMemory> owned_;
  const std::byte* borrowed_ = nullptr;
  std::size_t bytes_ = 0;
  std::shared_ptr<MemoryCount> count_;
};

// A contiguous row-major tensor. Copies share the memory. A tensor of a dry session has none.
struct ReferenceTensor {
  effgate_dtype dtype = EFFGATE_FLOAT32;
  effgate_shape shape{};
  std::shared_ptr<TensorBuffer> buffer;

  template <typename T>
  const T* values() const {
    return reinterpret_cast<const T*>(buffer->data());
  }
  template <typename T>
  T* writable() {
    return reinterpret_cast<T*>(buffer->writable());
  }
};

std::int64_t element_count(const effgate_shape& shape);
std::int64_t dim(const ReferenceTensor& tensor, int index);
effgate_shape make_shape(std::initializer_list<std::int64_t> dims);
bool same_shape(const effgate_shape& a, const effgate_shape& b);
bool is_floating_dtype(effgate_dtype dtype);
// "[1,3,512,512]"
std::string shape_text(const effgate_shape& shape);

// Bytes of a tensor; refuses a rank, extent or dtype that cannot be and sizes that overflow.
Result<std::size_t> checked_bytes(effgate_dtype dtype, const effgate_shape& shape);

}  // namespace effgate
