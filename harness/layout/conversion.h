#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/dtype.h"
#include "harness/base/result.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/checkpoint/save.h"
#include "harness/layout/head_counts.h"
#include "harness/layout/naming.h"

namespace effgate {

// The state dict to convert, borrowed.
struct ConversionSource {
  std::span<const TensorEntry> tensors;
  std::span<const std::string> others;  // keys that hold no tensor
  std::span<const std::pair<std::string, std::int64_t>> module_versions;
};
ConversionSource conversion_source(const Checkpoint& checkpoint);

struct ConversionRequest {
  std::optional<Layout> layout;   // unset keeps the names, wrapper prefixes taken off
  std::string model;              // full catalogue name; "" finds it
  std::optional<DType> dtype;     // float64, float32, float16 or bfloat16; unset keeps each one's
  std::vector<std::string> drop;  // shell patterns over names without wrapper prefixes
  std::string command;            // what the caller was asked to do, for the `next` of an Error
};

struct CastTensor {
  std::string name;  // new name
  DType from;
  DType to;
  bool exact = true;       // every value is what it was
  bool overflows = false;  // a finite value became infinite
};

// A state dict to save, and what was done to make it. Tensors borrow from the source and from
// `made`; moving keeps both valid.
struct Conversion {
  Conversion() = default;
  Conversion(Conversion&&) = default;
  Conversion& operator=(Conversion&&) = default;
  Conversion(const Conversion&) = delete;
  Conversion& operator=(const Conversion&) = delete;

  std::vector<TensorToSave> tensors;  // in the network's or the source's order, supplied last
  std::vector<std::vector<std::byte>> made;  // bytes of cast, compacted and supplied tensors
  StateDictOptions options;

  std::string model;  // "" where the names were kept and are no network's
  HeadCounts counts;  // of that network
  Layout from = Layout::unknown;
  Layout to = Layout::unknown;
  std::vector<std::string> prefixes;   // taken off, outermost first
  std::vector<std::string> inner;      // wrappers of parts, taken out from inside names
  std::vector<RenamedTensor> renamed;  // those whose bare name changed
  std::vector<CastTensor> cast;
  std::vector<std::string> compacted;    // were strided; new names
  std::vector<SuppliedTensor> supplied;  // the source lacked them
  std::vector<std::string> never_read;   // left out: no loss
  std::vector<std::string> from_bench;   // left out: anchors beside the model
  std::vector<std::string> not_tensors;  // left out: other entries of the state dict
  std::vector<std::string> dropped;      // left out because the request says so
  std::vector<std::string> missing;      // of the network in the new names: neither file has them
  std::string_view caveat;               // see naming.h; "" where the names were kept
  std::optional<bool> lossless;          // unset where the file cannot tell
};

// Errors: refused where the source is no network of the layouts asked for, or would lose tensors
// that `drop` does not name; usage where a pattern matches nothing or the dtype is not one of the
// four; malformed where the tensors share so much storage that the result would be far larger than
// the source (see unshared_size.h).
Result<Conversion> convert(const ConversionSource& source, const ConversionRequest& request);

}  // namespace effgate
