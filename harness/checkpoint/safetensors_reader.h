#pragma once

#include <cstddef>
#include <span>

#include "harness/checkpoint/findings.h"

namespace effgate {

// Reads a safetensors file by the rules of its reference reader: a header of at most 100 MB, no key
// twice, tensors that tile the data without holes or overlaps. `bytes` must outlive the findings.
//
//   u64 header length | header (JSON, padded with spaces) | data
void read_safetensors(std::span<const std::byte> bytes, Findings& findings);

}  // namespace effgate
