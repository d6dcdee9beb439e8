#include "harness/checkpoint/safetensors_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/base/text.h"
#include "harness/checkpoint/byte_cursor.h"
#include "harness/checkpoint/safetensors_header.h"
#include "harness/checkpoint/torch_tensor.h"

namespace effgate {
namespace {

using Bytes = std::span<const std::byte>;

Error malformed(std::string why) { return Error{ErrorKind::malformed, std::move(why)}; }

std::string shown(std::string_view name) { return printable_utf8(name.substr(0, 200)); }

Status check_tiling(std::vector<SafetensorsEntry>& entries, std::uint64_t data_bytes) {
  std::vector<const SafetensorsEntry*> by_place;
  for (const SafetensorsEntry& entry : entries) by_place.push_back(&entry);
  std::ranges::sort(by_place, {}, [](const SafetensorsEntry* entry) {
    return std::pair(entry->begin, entry->end);
  });
  std::uint64_t covered = 0;
  for (const SafetensorsEntry* entry : by_place) {
    if (entry->begin != covered || entry->end < entry->begin) {
      return malformed(
          fmt::format("tensor {} begins at byte {} of the data, but the one before it "
                      "ends at {}",
                      shown(entry->name), entry->begin, covered));
    }
    covered = entry->end;
  }
  if (covered > data_bytes) {
    return Error{ErrorKind::truncated, fmt::format("the header describes {} bytes of data, but {} "
                                                   "are there",
                                                   covered, data_bytes)};
  }
  if (covered < data_bytes)
    return malformed(
        fmt::format("{} bytes behind the last tensor belong to none", data_bytes - covered));
  return success();
}

Status add_tensor(SafetensorsEntry& entry, Bytes data, Findings& findings) {
  if (!entry.dtype) {
    if (findings.problems.size() >= kMostTensorProblems) return success();
    findings.report(FileProblem::no_state_dict,
                    fmt::format("Tensor {} has dtype {}, which is not supported.",
                                shown(entry.name), shown(entry.dtype_name)));
    return success();
  }
  TensorEntry tensor;
  tensor.name = std::move(entry.name);
  tensor.dtype = *entry.dtype;
  tensor.shape = std::move(entry.shape);
  tensor.strides = row_major_strides(tensor.shape);
  const Bytes own = data.subspan(static_cast<std::size_t>(entry.begin),
                                 static_cast<std::size_t>(entry.end - entry.begin));
  const auto elements = checked_product(tensor.shape);
  if (!elements || *elements > own.size() || *elements * size_of(tensor.dtype) != own.size()) {
    return malformed(fmt::format("tensor {} has {} bytes, which do not fit its shape",
                                 shown(tensor.name), own.size()));
  }
  EFFGATE_TRY(place_in_storage(tensor, own, 0));
  findings.tensors.push_back(std::move(tensor));
  return success();
}

// The reference writer orders the data by item size; the header says in which order the tensors
// were given, and that is kept.
Status read_all(Bytes bytes, Findings& findings) {
  ByteCursor cursor(bytes);
  const auto header_bytes = cursor.number<std::uint64_t>();
  const auto header = header_bytes ? cursor.take(*header_bytes) : std::nullopt;
  if (!header) return Error{ErrorKind::truncated, "the file ends inside its header"};
  EFFGATE_ASSIGN(SafetensorsHeader parsed, parse_safetensors_header(as_text(*header)));
  const Bytes data = *cursor.take(cursor.left());
  EFFGATE_TRY(check_tiling(parsed.tensors, data.size()));
  findings.writer = "safetensors";
  findings.metadata = std::move(parsed.metadata);
  for (SafetensorsEntry& entry : parsed.tensors) EFFGATE_TRY(add_tensor(entry, data, findings));
  return success();
}

}  // namespace

void read_safetensors(Bytes bytes, Findings& findings) {
  if (Status status = read_all(bytes, findings); !status.ok()) {
    findings.report(std::move(status).error().while_doing("reading the safetensors file"));
    findings.tensors.clear();
    return;
  }
  if (findings.tensors.empty() && findings.problems.empty())
    findings.report(FileProblem::no_state_dict, "It holds no tensors.");
  findings.state_dicts.push_back({"", findings.tensors.size(), false});
}

}  // namespace effgate
