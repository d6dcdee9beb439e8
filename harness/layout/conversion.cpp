#include "harness/layout/conversion.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "harness/base/text.h"
#include "harness/checkpoint/torch_tensor.h"
#include "harness/checkpoint/unshared_size.h"
#include "harness/checkpoint/values.h"
#include "harness/layout/inner_wrappers.h"
#include "harness/layout/network_fit.h"
#include "harness/layout/prefix.h"

namespace effgate {
namespace {

using std::string_view;

// The source by bare names, in its order.
using BareTensor = std::pair<std::string, const TensorEntry*>;

// A tensor of the target under its new name.
struct Placed {
  std::string name;
  const TensorEntry* entry = nullptr;
};

std::vector<BareTensor> without_wrappers(const ConversionSource& source, Conversion& conversion) {
  StoredState state;
  std::vector<std::string> names;
  for (const TensorEntry& tensor : source.tensors) {
    names.push_back(tensor.name);
    state.tensors.push_back({tensor.name, tensor.shape, tensor.dtype});
  }
  conversion.prefixes = wrapper_prefixes(names);
  Unwrapped unwrapped_state = unwrapped(std::move(state), conversion.prefixes);
  conversion.from_bench = std::move(unwrapped_state.from_bench);
  conversion.inner = std::move(unwrapped_state.inner);
  const std::unordered_set<string_view> left_out(conversion.from_bench.begin(),
                                                 conversion.from_bench.end());
  std::vector<BareTensor> bare;
  for (const TensorEntry& tensor : source.tensors) {
    if (!left_out.contains(tensor.name))
      bare.emplace_back(std::move(unwrapped_state.state.tensors[bare.size()].name), &tensor);
  }
  return bare;
}

// Takes out what the request drops. A pattern without a tensor is a mistake of who typed it.
Status drop_named(std::span<const std::string> patterns, std::vector<BareTensor>& bare,
                  Conversion& conversion) {
  for (const std::string& pattern : patterns) {
    const std::size_t before = bare.size();
    std::erase_if(bare, [&](const BareTensor& tensor) {
      const bool matched = matches_pattern(tensor.first, pattern);
      if (matched) conversion.dropped.push_back(tensor.first);
      return matched;
    });
    if (bare.size() == before)
      return Error{ErrorKind::usage, fmt::format("no tensor has a name like {}", pattern)};
  }
  return success();
}

std::vector<ParamSpec> specs_of(std::span<const BareTensor> bare) {
  std::vector<ParamSpec> specs;
  for (const auto& [name, entry] : bare) specs.push_back({name, entry->shape, entry->dtype});
  return specs;
}

Error no_network(const std::optional<NetworkFit>& fit, std::span<const BareTensor> all,
                 const ConversionRequest& request) {
  if (fit && !request.model.empty())
    return Error{ErrorKind::refused, fmt::format("it is no {} under {} names: it {}", fit->model,
                                                 to_string(fit->layout), describe_faults(*fit))};
  if (fit)
    return Error{ErrorKind::refused,
                 fmt::format("it is no network under {} names; the nearest is {}, but it {}",
                             to_string(fit->layout), fit->model, describe_faults(*fit))};
  std::vector<std::string> names;
  for (const auto& [name, entry] : all) names.push_back(name);
  const NearLayout near = nearest_layout(names);
  if (near.absent.empty())
    return Error{ErrorKind::refused,
                 fmt::format("its names are those of {}, which are no names of {}",
                             to_string(near.layout), request.model)};
  return Error{ErrorKind::refused,
               fmt::format("its names are of no layout that is known; the nearest is {}, but none "
                           "begins with {}",
                           to_string(near.layout), join(near.absent, " or "))};
}

// Patterns that name these tensors and none that is kept: by the first part of the name where that
// will do.
std::vector<std::string> patterns_for(std::span<const std::string> names,
                                      std::span<const RenamedTensor> kept) {
  std::vector<std::string> patterns;
  for (const std::string& name : names) {
    std::string pattern = name.substr(0, name.find('.') + 1) + "*";
    const bool too_wide =
        pattern == "*" || std::ranges::any_of(kept, [&](const RenamedTensor& tensor) {
          return matches_pattern(tensor.from, pattern);
        });
    if (too_wide) pattern = name;
    if (std::ranges::find(patterns, pattern) == patterns.end()) patterns.push_back(pattern);
  }
  return patterns;
}

Error would_lose(const Translation& translation, Layout to, const ConversionRequest& request) {
  constexpr std::size_t kShown = 8, kMostPatterns = 16;
  const std::vector<std::string>& lost = translation.untranslated;
  std::string shown = join(std::span(lost).first(std::min(lost.size(), kShown)), ", ");
  if (lost.size() > kShown) shown += ", …";
  Error error{ErrorKind::refused,
              fmt::format("the layout {} has no place for {} of its tensors: {}", to_string(to),
                          lost.size(), printable_utf8(shown))};
  const auto patterns = patterns_for(lost, translation.renamed);
  if (request.command.empty() || patterns.size() > kMostPatterns) return error;
  error.next = request.command;
  for (const std::string& pattern : patterns) error.next += " --drop " + shell_quoted(pattern);
  return error;
}

// Where every tensor goes, in the order of the new state dict.
class Plan {
 public:
  // `all` is the source, `kept` what the request does not drop of it.
  Plan(std::span<const BareTensor> all, std::span<const BareTensor> kept,
       const ConversionRequest& request)
      : all_(all), bare_(kept), request_(request) {}

  Status make(Conversion& conversion) {
    auto fit = best_fit(specs_of(all_), request_.model);
    if (fit) {
      std::erase_if(fit->mismatched, [&](const ShapeMismatch& tensor) {
        return std::ranges::find(bare_, tensor.key, &BareTensor::first) == bare_.end();
      });
    }
    const bool fits = fit && fit->complete();
    const bool keeps_names = !request_.layout || (fit && fit->layout == *request_.layout);
    if (!fits && (!keeps_names || !request_.model.empty())) return no_network(fit, all_, request_);
    if (!fits) return keep_names({}, conversion);
    conversion.model = fit->model;
    conversion.counts = {fit->config.num_classes, fit->config.anchors_per_cell()};
    conversion.from = fit->layout;
    conversion.to = request_.layout.value_or(fit->layout);
    EFFGATE_ASSIGN(const Translation translation,
                   translate(names(), fit->config, conversion.from, conversion.to));
    if (keeps_names) return keep_names(translation, conversion);
    return rename(translation, conversion);
  }

  const std::vector<Placed>& placed() const { return placed_; }

 private:
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, entry] : bare_) names.push_back(name);
    return names;
  }

  Status keep_names(const Translation& translation, Conversion& conversion) {
    for (const auto& [name, entry] : bare_) placed_.push_back({name, entry});
    supply(translation, conversion);
    return success();
  }

  Status rename(const Translation& translation, Conversion& conversion) {
    if (!translation.untranslated.empty()) return would_lose(translation, conversion.to, request_);
    const std::unordered_map<string_view, const TensorEntry*> entries(bare_.begin(), bare_.end());
    for (const RenamedTensor& tensor : translation.renamed) {
      placed_.push_back({tensor.to, entries.at(tensor.from)});
      if (tensor.from != tensor.to) conversion.renamed.push_back(tensor);
    }
    conversion.never_read = translation.never_read;
    conversion.caveat =
        !caveat(conversion.from).empty() ? caveat(conversion.from) : caveat(conversion.to);
    supply(translation, conversion);
    return success();
  }

  // Counters of modules that were dropped, or that a backbone does not have, are not made up.
  void supply(const Translation& translation, Conversion& conversion) {
    std::unordered_set<std::string> modules;
    for (const Placed& tensor : placed_) modules.insert(module_of(tensor.name));
    conversion.missing = translation.missing;
    for (const SuppliedTensor& tensor : translation.supplied) {
      if (translation.missing.empty() || modules.contains(module_of(tensor.param.name))) {
        conversion.supplied.push_back(tensor);
      } else {
        conversion.missing.push_back(tensor.param.name);
      }
    }
  }

  static std::string module_of(const std::string& name) { return name.substr(0, name.rfind('.')); }

  std::span<const BareTensor> all_;
  std::span<const BareTensor> bare_;
  const ConversionRequest& request_;
  std::vector<Placed> placed_;
};

// The floating dtype that most of the tensors have.
std::optional<DType> usual_dtype(std::span<const Placed> placed) {
  std::map<DType, std::size_t> counts;
  for (const Placed& tensor : placed)
    if (is_floating(tensor.entry->dtype)) ++counts[tensor.entry->dtype];
  const auto most =
      std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
  return most == counts.end() ? std::nullopt : std::optional(most->first);
}

// mmdetection's converter of TensorFlow weights widens the fusion weights: "…p6_w1", "…p4_w2".
bool is_widened(const TensorEntry& tensor, Layout layout, std::optional<DType> usual) {
  return layout == Layout::mmdet && tensor.dtype == DType::float64 && usual != DType::float64 &&
         (tensor.name.ends_with("_w1") || tensor.name.ends_with("_w2"));
}

// Fills in `cast.exact` and `cast.overflows`.
Status compare_values(const TensorEntry& before, const std::vector<std::byte>& bytes,
                      CastTensor& cast) {
  TensorEntry after{"", cast.to, before.shape, row_major_strides(before.shape), {}, true, 0};
  EFFGATE_TRY(place_in_storage(after, bytes, 0));
  EFFGATE_ASSIGN(const std::vector<double> old_values, to_doubles(before));
  EFFGATE_ASSIGN(const std::vector<double> new_values, to_doubles(after));
  for (std::size_t i = 0; i < old_values.size(); ++i) {
    const double was = old_values[i], is = new_values[i];
    if (std::isnan(was) || was == is) continue;
    cast.exact = false;
    if (std::isinf(is)) cast.overflows = true;
  }
  return success();
}

// Adds the tensors to save, borrowed where nothing changes.
class Maker {
 public:
  Maker(Conversion& conversion, std::optional<DType> asked, std::optional<DType> usual)
      : conversion_(conversion), asked_(asked), usual_(usual) {}

  Status add(const Placed& placed) {
    const TensorEntry& entry = *placed.entry;
    const DType dtype = dtype_of(entry);
    if (dtype == entry.dtype && entry.contiguous) {
      conversion_.tensors.push_back({placed.name, dtype, entry.shape, entry.data});
      return success();
    }
    EFFGATE_ASSIGN(std::vector<std::byte> bytes, converted_bytes(entry, dtype));
    if (dtype != entry.dtype) {
      CastTensor cast{placed.name, entry.dtype, dtype};
      EFFGATE_TRY(compare_values(entry, bytes, cast));
      conversion_.cast.push_back(std::move(cast));
    }
    if (!entry.contiguous) conversion_.compacted.push_back(placed.name);
    keep(placed.name, dtype, entry.shape, std::move(bytes));
    return success();
  }

  Status add(const SuppliedTensor& supplied) {
    const bool floating = is_floating(supplied.param.dtype);
    const DType dtype =
        floating ? asked_.value_or(usual_.value_or(supplied.param.dtype)) : supplied.param.dtype;
    const auto elements = checked_product(supplied.param.shape).value_or(0);
    if (!floating) {
      keep(supplied.param.name, dtype, supplied.param.shape,
           std::vector<std::byte>(elements * size_of(dtype)));
      return success();
    }
    const std::vector<double> values(elements, supplied.value);
    EFFGATE_ASSIGN(std::vector<std::byte> bytes, to_bytes(values, dtype));
    keep(supplied.param.name, dtype, supplied.param.shape, std::move(bytes));
    return success();
  }

 private:
  DType dtype_of(const TensorEntry& entry) const {
    if (!is_floating(entry.dtype)) return entry.dtype;
    if (asked_) return *asked_;
    return is_widened(entry, conversion_.from, usual_) ? *usual_ : entry.dtype;
  }

  void keep(const std::string& name, DType dtype, const std::vector<std::int64_t>& shape,
            std::vector<std::byte> bytes) {
    conversion_.made.push_back(std::move(bytes));
    conversion_.tensors.push_back({name, dtype, shape, conversion_.made.back()});
  }

  Conversion& conversion_;
  std::optional<DType> asked_;
  std::optional<DType> usual_;
};

constexpr std::array kCastTargets = {DType::float64, DType::float32, DType::float16,
                                     DType::bfloat16};

Status check_dtype(std::optional<DType> dtype) {
  if (!dtype || std::ranges::find(kCastTargets, *dtype) != kCastTargets.end()) return success();
  return Error{ErrorKind::usage, fmt::format("no weights are cast to {}", to_string(*dtype))};
}

// Casting aside, what the file to write takes, and what is held in memory of it.
Status check_size(std::span<const Placed> placed) {
  std::vector<const TensorEntry*> entries;
  for (const Placed& tensor : placed) entries.push_back(tensor.entry);
  return check_unshared_size(entries);
}

std::optional<bool> lossless(const Conversion& conversion) {
  if (!conversion.caveat.empty()) return std::nullopt;
  return conversion.dropped.empty() && std::ranges::all_of(conversion.cast, &CastTensor::exact);
}

// Names that are kept keep their modules' versions, without which Python would ask for counters
// that the file does not have.
StateDictOptions options_for(const ConversionSource& source, const Conversion& conversion) {
  StateDictOptions options;
  if (!conversion.model.empty()) return options;
  options.module_versions.emplace();
  const std::string wrapper = join(conversion.prefixes, "");
  for (const auto& [module, version] : source.module_versions) {
    const std::string path = module.empty() ? "" : module + ".";
    if (!path.starts_with(wrapper)) continue;
    std::string bare = path.substr(wrapper.size());
    if (!conversion.inner.empty()) bare = without_inner_wrappers(bare);
    options.module_versions->emplace_back(bare.substr(0, bare.rfind('.')), version);
  }
  return options;
}

}  // namespace

ConversionSource conversion_source(const Checkpoint& checkpoint) {
  return {checkpoint.tensors(), checkpoint.other_entries(), checkpoint.module_versions()};
}

Result<Conversion> convert(const ConversionSource& source, const ConversionRequest& request) {
  EFFGATE_TRY(check_dtype(request.dtype));
  Conversion conversion;
  const std::vector<BareTensor> all = without_wrappers(source, conversion);
  std::vector<BareTensor> kept = all;
  EFFGATE_TRY(drop_named(request.drop, kept, conversion));
  Plan plan(all, kept, request);
  EFFGATE_TRY(plan.make(conversion));
  EFFGATE_TRY(check_size(plan.placed()));
  Maker maker(conversion, request.dtype, usual_dtype(plan.placed()));
  for (const Placed& tensor : plan.placed()) EFFGATE_TRY(maker.add(tensor));
  for (const SuppliedTensor& tensor : conversion.supplied) EFFGATE_TRY(maker.add(tensor));
  conversion.not_tensors.assign(source.others.begin(), source.others.end());
  conversion.options = options_for(source, conversion);
  conversion.lossless = lossless(conversion);
  return conversion;
}

}  // namespace effgate
