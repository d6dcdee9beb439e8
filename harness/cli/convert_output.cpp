#include "harness/cli/convert_output.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "harness/base/text.h"
#include "harness/cli/json_output.h"

namespace effgate {
namespace {

using Names = std::vector<std::string>;

void print_line(Console& console, std::string_view label, const std::string& value) {
  if (!value.empty()) fmt::print(console.out(), "{:<12} {}\n", label, printable_utf8(value));
}

// "64 that zylo never reads: bifpn.0.p6_w1, …"; "" for none.
std::string counted(const Names& names, const std::string& what) {
  constexpr std::size_t kShown = 4;
  if (names.empty()) return "";
  std::string text =
      fmt::format("{} {}: {}", names.size(), what,
                  join(std::span(names).first(std::min(names.size(), kShown)), ", "));
  if (names.size() > kShown) text += ", …";
  return text;
}

std::string network_text(const Conversion& conversion) {
  const std::string_view from = to_string(conversion.from), to = to_string(conversion.to);
  if (conversion.model.empty()) return "names kept as they are";
  return conversion.from == conversion.to
             ? fmt::format("{}, {} names", conversion.model, from)
             : fmt::format("{}, from {} to {} names", conversion.model, from, to);
}

// "676 from float32 to float16, 670 of them rounded, 2 overflow to infinity: a, b"
Names cast_texts(const std::vector<CastTensor>& cast) {
  struct Counts {
    std::size_t all = 0, rounded = 0;
    Names overflowing;
  };
  std::map<std::pair<DType, DType>, Counts> kinds;
  for (const CastTensor& tensor : cast) {
    Counts& counts = kinds[{tensor.from, tensor.to}];
    ++counts.all;
    counts.rounded += tensor.exact ? 0 : 1;
    if (tensor.overflows) counts.overflowing.push_back(tensor.name);
  }
  Names texts;
  for (const auto& [dtypes, counts] : kinds) {
    std::string text = fmt::format(
        "{} from {} to {}, {}", counts.all, to_string(dtypes.first), to_string(dtypes.second),
        counts.rounded == 0 ? "each value as it was"
                            : fmt::format("{} of them rounded", counts.rounded));
    const std::string overflowing = counted(counts.overflowing, "overflow to infinity");
    texts.push_back(overflowing.empty() ? text : text + "; " + overflowing);
  }
  return texts;
}

Names supplied_texts(const std::vector<SuppliedTensor>& supplied) {
  std::map<double, Names> by_value;
  for (const SuppliedTensor& tensor : supplied) by_value[tensor.value].push_back(tensor.param.name);
  Names texts;
  for (const auto& [value, names] : by_value)
    texts.push_back(counted(names, fmt::format("of the value {}", number_text(value))));
  return texts;
}

std::string lossless_text(std::optional<bool> lossless) {
  if (!lossless) return "unknown, see above";
  return *lossless ? "yes" : "no";
}

// What the other implementation makes of the same weights.
std::string difference_text(const std::optional<NetworkDistance>& difference) {
  if (!difference) return "";
  return fmt::format(
      "on the reference image class logits differ by {} at most, boxes by {}; {} of "
      "the detections are the same",
      rounded_text(difference->largest("class/"), 3), rounded_text(difference->largest("box/"), 3),
      fmt::format("{:.0f} %", 100 * difference->detections_paired));
}

Json difference_json(const std::optional<NetworkDistance>& difference) {
  if (!difference) return nullptr;
  Json outputs = Json::array();
  for (const OutputDistance& output : difference->outputs) {
    outputs.push_back(Json{{"output", output.output},
                           {"max", output.max},
                           {"rms", output.rms},
                           {"source_rms", output.first_rms}});
  }
  return Json{{"outputs", outputs}, {"detections_paired", difference->detections_paired}};
}

Json renamed_json(const std::vector<RenamedTensor>& renamed) {
  Json list = Json::array();
  for (const auto& [from, to] : renamed) list.push_back(Json{{"from", from}, {"to", to}});
  return list;
}

Json cast_json(const std::vector<CastTensor>& cast) {
  Json list = Json::array();
  for (const CastTensor& tensor : cast) {
    list.push_back(Json{{"name", tensor.name},
                        {"from", to_string(tensor.from)},
                        {"to", to_string(tensor.to)},
                        {"exact", tensor.exact},
                        {"overflows", tensor.overflows}});
  }
  return list;
}

Json supplied_json(const std::vector<SuppliedTensor>& supplied) {
  Json list = Json::array();
  for (const auto& [param, value] : supplied)
    list.push_back(Json{{"name", param.name}, {"value", value}});
  return list;
}

Names wrappers_of(const ConvertedFile& converted) {
  Names wrappers = converted.source.wrappers();
  wrappers.insert(wrappers.end(), converted.conversion.prefixes.begin(),
                  converted.conversion.prefixes.end());
  wrappers.insert(wrappers.end(), converted.conversion.inner.begin(),
                  converted.conversion.inner.end());
  return wrappers;
}

}  // namespace

void print_conversion(Console& console, const ConvertedFile& converted) {
  const Conversion& conversion = converted.conversion;
  print_line(console, "wrote",
             fmt::format("{}, {}, {} tensors", converted.output.string(),
                         to_string(converted.format), conversion.tensors.size()));
  print_line(console, "network", network_text(conversion));
  print_line(console, "taken off", join(wrappers_of(converted), " "));
  if (!conversion.renamed.empty())
    print_line(console, "renamed", fmt::format("{}", conversion.renamed.size()));
  for (const std::string& text : cast_texts(conversion.cast)) print_line(console, "cast", text);
  for (const std::string& text : supplied_texts(conversion.supplied))
    print_line(console, "supplied", text);
  const std::string reader(to_string(conversion.from));
  print_line(console, "compacted", counted(conversion.compacted, "that were strided"));
  print_line(console, "left out",
             counted(conversion.never_read, "that " + reader + " never reads"));
  print_line(console, "left out", counted(conversion.from_bench, "of the bench"));
  print_line(console, "left out", counted(conversion.not_tensors, "that are no tensors"));
  print_line(console, "dropped", counted(conversion.dropped, "as asked"));
  print_line(console, "lacks", counted(conversion.missing, "of the network"));
  print_line(console, "difference", difference_text(converted.difference));
  print_line(console, "caveat", std::string(conversion.caveat));
  print_line(console, "lossless", lossless_text(conversion.lossless));
}

void print_conversion_json(Console& console, const ConvertedFile& converted) {
  const Conversion& conversion = converted.conversion;
  Json document{{"schema", "effgate.convert/1"},
                {"file", converted.source.path().string()},
                {"output", converted.output.string()},
                {"format", to_string(converted.format)},
                {"model", conversion.model},
                {"from", to_string(conversion.from)},
                {"to", to_string(conversion.to)},
                {"tensors", conversion.tensors.size()},
                {"wrappers", wrappers_of(converted)},
                {"renamed", renamed_json(conversion.renamed)},
                {"cast", cast_json(conversion.cast)},
                {"supplied", supplied_json(conversion.supplied)},
                {"compacted", conversion.compacted},
                {"never_read", conversion.never_read},
                {"from_bench", conversion.from_bench},
                {"not_tensors", conversion.not_tensors},
                {"dropped", conversion.dropped},
                {"missing", conversion.missing},
                {"caveat", conversion.caveat},
                {"lossless", nullptr},
                {"difference", difference_json(converted.difference)}};
  if (conversion.lossless) document["lossless"] = *conversion.lossless;
  print_json(console, document);
}

}  // namespace effgate
