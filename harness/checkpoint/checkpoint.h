#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/dtype.h"
#include "harness/base/result.h"
#include "harness/checkpoint/container.h"
#include "harness/checkpoint/problem.h"

namespace effgate {

// One named tensor of a state dict. `data` is a part of the mapped file (of memory where
// it is deflated there): it starts at the first
// element and ends behind the last that shape and strides reach; it may be unaligned (legacy
// files), and tensors may share it.
struct TensorEntry {
  std::string name;
  DType dtype = DType::float32;
  std::vector<std::int64_t> shape;    // a scalar has none
  std::vector<std::int64_t> strides;  // in elements, one per dimension, never negative
  std::span<const std::byte> data;    // little-endian
  bool contiguous = true;             // row-major without gaps; then data.size() == bytes
  std::uint64_t bytes = 0;            // elements × size of one
};

// A state dict found in the file: the keys that lead to it, joined by dots ("" is the top level).
struct StateDictPlace {
  std::string key;
  std::size_t tensors = 0;
  bool ema = false;  // averaged weights, by its key

  friend bool operator==(const StateDictPlace&, const StateDictPlace&) = default;
};

// What a pickle of torch.save uses that some reader does not know.
struct PickleFacts {
  bool ordered_dict =
      false;                // a dictionary with entries is an OrderedDict, as state_dict() returns
  bool parameters = false;  // a tensor is wrapped as a Parameter
  bool newer_dtypes = false;  // a dtype of torch 2.1 or later (_rebuild_tensor_v3)
};

struct OpenOptions {
  // Below which key the state dict lies (`file:PATH#KEY`); empty finds it: the top level, or a
  // known key such as state_dict or model, plain weights before averaged ones.
  std::string key;
  bool ema = false;              // averaged weights before plain ones
  bool verify_storages = false;  // check the checksums of tensor data too
};

// A checkpoint file, mapped and understood, nothing of it executed, and nothing copied
// but what is deflated. Tensors live as long
// as the object, moves included.
class Checkpoint {
 public:
  // The tensors or the first reason why there are none, as an Error.
  static Result<Checkpoint> open(const std::filesystem::path& path,
                                 const OpenOptions& options = {});

  // Everything that can be said about the file. Fails only where the file itself cannot be opened
  // or the key asked for is not in it; what is wrong with the content is in problems().
  static Result<Checkpoint> inspect(const std::filesystem::path& path,
                                    const OpenOptions& options = {});

  ~Checkpoint();
  Checkpoint(Checkpoint&&) noexcept;
  Checkpoint& operator=(Checkpoint&&) noexcept;

  const std::filesystem::path& path() const;
  std::uint64_t file_bytes() const;
  Container container() const;

  // Which program wrote it, as far as the format shows: "torch 2.7 or newer". May be empty.
  const std::string& writer() const;

  // The chosen state dict, in file order.
  const std::vector<TensorEntry>& tensors() const;
  // nullptr where there is none of that name.
  const TensorEntry* find(std::string_view name) const;

  // Keys of the chosen state dict that hold no tensor.
  const std::vector<std::string>& other_entries() const;

  // The keys that lead to the chosen state dict, outermost first; empty at the top level.
  const std::vector<std::string>& wrappers() const;
  // Where it lies under a key: the keys of the top level in file order, each with its value if that
  // is a short text ("arch" → "tf_efficientdet_d7") and "" otherwise.
  const std::vector<std::pair<std::string, std::string>>& outer_entries() const;
  const std::vector<StateDictPlace>& state_dicts() const;

  // `_metadata` of the chosen state dict: module path ("" is the root) → version, in file order.
  // BatchNorm modules have version 2 since torch 0.4.1. Empty where the file carries none.
  const std::vector<std::pair<std::string, std::int64_t>>& module_versions() const;

  // `__metadata__` of a safetensors file.
  const std::vector<std::pair<std::string, std::string>>& metadata() const;

  // Classes that the file names and that stand for mere data ("argparse.Namespace").
  const std::vector<std::string>& inert_globals() const;

  const PickleFacts& pickle_facts() const;

  const std::vector<Problem>& problems() const;
  // The first problem that keeps the tensors from being used; nullptr where there is none.
  const Problem* blocking_problem() const;

 private:
  struct Content;
  explicit Checkpoint(std::unique_ptr<Content> content);
  std::unique_ptr<Content> content_;
};

}  // namespace effgate
