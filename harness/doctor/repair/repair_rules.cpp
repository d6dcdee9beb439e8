#include "harness/doctor/repair/repair_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "harness/base/text.h"
#include "harness/checkpoint/torch_tensor.h"
#include "harness/checkpoint/values.h"
#include "harness/doctor/differences.h"
#include "harness/doctor/repair/fresh_head.h"
#include "harness/graph/network.h"
#include "harness/layout/head_counts.h"
#include "harness/layout/naming.h"
#include "harness/layout/prefix.h"

namespace effgate {
namespace {

using Outcome = Result<RepairStep>;
using Names = std::vector<std::string>;

Error refused(std::string message) { return {ErrorKind::refused, std::move(message)}; }

// "a, b and 3 more"
std::string some_of(const Names& names) {
  constexpr std::size_t kShown = 3;
  if (names.size() <= kShown) return join(names, ", ");
  return fmt::format("{} and {} more", join(std::span(names).first(kShown), ", "),
                     names.size() - kShown);
}

// Cause and fix are those of the rule.
RepairStep step(std::string summary) {
  RepairStep done;
  done.summary = std::move(summary);
  return done;
}

// --- what lies around the tensors ----------------------------------------------------------------

Outcome take_from_archive(RepairDraft& draft) {
  if (!is_module_archive(draft.checkpoint().container())) return RepairStep{};
  return step("Took the tensors out of the archive of a module.");
}

Outcome take_from_keys(RepairDraft& draft) {
  const Names& keys = draft.checkpoint().wrappers();
  if (keys.empty()) return RepairStep{};
  return step(fmt::format("Took the state dict from under {}.", join(keys, ".")));
}

Outcome strip_prefixes(RepairDraft& draft) {
  const Names before = draft.names();
  const Names prefixes = wrapper_prefixes(before);
  StoredState state;
  state.tensors = draft.specs();
  const Unwrapped bare = unwrapped(std::move(state), prefixes);
  if (prefixes.empty() && bare.inner.empty()) return RepairStep{};
  Names taken;
  if (!prefixes.empty()) taken.push_back(join(prefixes, "") + " off the names");
  if (!bare.inner.empty()) taken.push_back(join(bare.inner, ", ") + " out from inside names");
  RepairStep done = step(fmt::format("Took {}.", join(taken, " and ")));
  done.dropped = draft.drop(bare.from_bench);
  for (std::size_t i = 0; i < draft.tensors().size(); ++i)
    draft.tensors()[i].tensor.name = bare.state.tensors[i].name;
  return done;
}

// --- names ---------------------------------------------------------------------------------------

// Gives the tensors the names that a translation has for them; how many differ.
std::size_t rename(RepairDraft& draft, const std::vector<RenamedTensor>& renamed) {
  std::unordered_map<std::string_view, std::string_view> to;
  for (const RenamedTensor& one : renamed)
    if (one.from != one.to) to.emplace(one.from, one.to);
  for (RepairedTensor& one : draft.tensors()) {
    const auto name = to.find(one.tensor.name);
    if (name != to.end()) one.tensor.name = name->second;
  }
  return to.size();
}

Error untold(Layout layout, std::string_view whose) {
  return refused(
      fmt::format("{} names are those of {}: {}", whose, to_string(layout), caveat(layout)));
}

// No step where the target has the file's own names: they come back at the end.
Outcome take_effdets_names(RepairDraft& draft) {
  const Names names = draft.names();
  const Layout layout = recognise(names).layout;
  if (layout == Layout::effdet || layout == Layout::unknown) return RepairStep{};
  const bool own = layout == draft.target().layout;
  if (!own && !caveat(layout).empty()) return untold(layout, "its");
  EFFGATE_ASSIGN(const Translation translation,
                 translate(names, draft.target().config, layout, Layout::effdet));
  const std::size_t count = rename(draft, translation.renamed);
  if (own) {
    draft.set_aside(translation.never_read);
    return RepairStep{};
  }
  RepairStep done = step(fmt::format("Gave {} tensors effdet's names instead of those of {}.",
                                     count, to_string(layout)));
  done.dropped = draft.drop(translation.never_read);
  return done;
}

Result<std::vector<std::byte>> filled(const SuppliedTensor& supplied) {
  const std::size_t elements = checked_product(supplied.param.shape).value_or(0);
  const DType dtype = supplied.param.dtype;
  if (!is_floating(dtype)) return std::vector<std::byte>(elements * size_of(dtype));
  return to_bytes(std::vector<double>(elements, supplied.value), dtype);
}

Outcome give_own_names(RepairDraft& draft) {
  const Layout own = draft.target().layout;
  if (own == Layout::effdet) return RepairStep{};
  if (!draft.came_with_own_names() && !caveat(own).empty()) return untold(own, "the model's");
  EFFGATE_ASSIGN(const Translation translation,
                 translate(draft.names(), draft.target().config, Layout::effdet, own));
  draft.take_own_names(translation.renamed);
  if (draft.came_with_own_names()) return RepairStep{};
  RepairStep done = step(fmt::format("Gave {} tensors the names of {} instead of effdet's.",
                                     translation.renamed.size(), to_string(own)));
  for (const SuppliedTensor& supplied : translation.supplied) {
    EFFGATE_ASSIGN(std::vector<std::byte> bytes, filled(supplied));
    draft.make(supplied.param, std::move(bytes));
    done.made.push_back(supplied.param.name);
  }
  return done;
}

Outcome swap_head_norms(RepairDraft& draft) {
  const ModelConfig& model = draft.target().config;
  const Layout other =
      model.head_bn_level_first ? Layout::effdet_repeat_first : Layout::effdet_level_first;
  const Names names = draft.names();
  EFFGATE_ASSIGN(const Translation translation, translate(names, model, other, Layout::effdet));
  const bool swapped = std::ranges::any_of(translation.renamed, [&](const RenamedTensor& one) {
    return one.from != one.to && draft.target().network->find(one.from) == nullptr;
  });
  if (!swapped) return RepairStep{};
  const std::string network = other_network_by_head_order(draft.target(), draft.networks());
  if (!network.empty())
    return refused(fmt::format("its tensors are those of {}, which computes something else than {}",
                               network, draft.target().name));
  const std::size_t count = rename(draft, translation.renamed);
  return step(fmt::format("Renamed {} tensors of the heads' norms from {} first to {} first.",
                          count, model.head_bn_level_first ? "repeat" : "level",
                          model.head_bn_level_first ? "level" : "repeat"));
}

// --- biases before norms -------------------------------------------------------------------------

// The names that a network has with these biases and lacks without.
std::vector<ParamSpec> biases_before_norms(ModelConfig config) {
  config.redundant_bias = false;
  const std::vector<ParamSpec> without = state_dict_schema(config);
  config.redundant_bias = true;
  std::vector<ParamSpec> biases = state_dict_schema(config);
  std::erase_if(biases, [&](const ParamSpec& param) {
    return std::ranges::find(without, param.name, &ParamSpec::name) != without.end();
  });
  return biases;
}

// The network of the catalogue that differs from this one in these biases alone, if there is one.
const Network* bias_twin(const RepairDraft& draft) {
  ModelConfig config = draft.target().config;
  config.redundant_bias = !config.redundant_bias;
  const std::span<const Network> all = draft.networks().all();
  const auto twin = std::ranges::find(all, state_dict_schema(config), &Network::schema);
  return twin == all.end() ? nullptr : &*twin;
}

Outcome add_biases(RepairDraft& draft) {
  const std::vector<ParamSpec> biases = biases_before_norms(draft.target().config);
  const auto present = std::ranges::count_if(
      biases, [&](const ParamSpec& bias) { return draft.find(bias.name) != nullptr; });
  const bool wanted = draft.target().config.redundant_bias;
  if (biases.empty() || wanted == (present != 0)) return RepairStep{};
  if (const Network* other = bias_twin(draft))
    return refused(
        fmt::format("its tensors are those of {}, which pads and normalises in another way",
                    join(other->distinct_names(), " or ")));
  if (!wanted) return refused("it has biases before batch norms, which the model computes without");
  RepairStep done = step(fmt::format("Added {} biases of 0 before batch norms.", biases.size()));
  for (const ParamSpec& bias : biases) {
    const auto bytes = static_cast<std::size_t>(bias.shape[0]) * size_of(bias.dtype);
    draft.make(bias, std::vector<std::byte>(bytes));
    done.made.push_back(bias.name);
  }
  return done;
}

// --- predictors ----------------------------------------------------------------------------------

// Makes those tensors of one head's predictor anew whose number of outputs differs.
Status renew_predictor(RepairDraft& draft, std::string_view head, RepairStep& done) {
  for (const ParamSpec& param : draft.wanted()) {
    if (!param.name.starts_with(head)) continue;
    const RepairedTensor* present = draft.find(param.name);
    if (present == nullptr || present->tensor.shape == param.shape) continue;
    const auto& shape = present->tensor.shape;
    const bool outputs_alone = shape.size() == param.shape.size() &&
                               std::equal(shape.begin() + 1, shape.end(), param.shape.begin() + 1);
    if (!outputs_alone)
      return refused(
          fmt::format("{} is of another network, not only of other outputs", param.name));
    done.dropped.push_back(present->source->name);
    draft.make(param, fresh_predictor(param));
    done.made.push_back(param.name);
  }
  return success();
}

constexpr std::string_view kClassPredictor = "class_net.predict.",
                           kBoxPredictor = "box_net.predict.";

Outcome renew_for_anchors(RepairDraft& draft) {
  const HeadCounts counts = head_counts(draft.specs());
  const std::int64_t wanted = draft.target().config.anchors_per_cell();
  if (!counts.anchors || *counts.anchors == wanted) return RepairStep{};
  RepairStep done = step(
      fmt::format("Made the predictors anew for {} anchors per cell; the file's are for {}. They "
                  "have to be trained.",
                  wanted, *counts.anchors));
  done.lossless = false;
  EFFGATE_TRY(renew_predictor(draft, kBoxPredictor, done));
  if (counts.classes == draft.target().config.num_classes)
    EFFGATE_TRY(renew_predictor(draft, kClassPredictor, done));
  return done;
}

Outcome renew_for_classes(RepairDraft& draft) {
  const std::int64_t wanted = draft.target().config.num_classes;
  RepairStep done =
      step(fmt::format("Made the class predictor anew for {} classes. It has to be "
                       "trained.",
                       wanted));
  done.lossless = false;
  EFFGATE_TRY(renew_predictor(draft, kClassPredictor, done));
  if (done.made.empty()) return RepairStep{};
  return done;
}

// --- single tensors ------------------------------------------------------------------------------

Outcome supply_counters(RepairDraft& draft) {
  RepairStep done = step("");
  for (const ParamSpec& param : draft.wanted()) {
    if (!param.name.ends_with(".num_batches_tracked") || draft.find(param.name) != nullptr)
      continue;
    draft.make(param, std::vector<std::byte>(size_of(param.dtype)));
    done.made.push_back(param.name);
  }
  if (done.made.empty()) return RepairStep{};
  done.summary = fmt::format("Added {} num_batches_tracked of 0.", done.made.size());
  return done;
}

// What some network of the catalogue computes with.
std::unordered_set<std::string_view> names_read_somewhere(const NetworkIndex& networks) {
  std::unordered_set<std::string_view> names;
  for (const Network& network : networks.all())
    for (const ParamSpec& param : network.schema) names.insert(param.name);
  return names;
}

Outcome leave_out_unexpected(RepairDraft& draft) {
  const Names unexpected = draft.remaining().unexpected;
  const Names& no_tensors = draft.checkpoint().other_entries();
  if (unexpected.empty() && no_tensors.empty()) return RepairStep{};
  const auto read_somewhere = names_read_somewhere(draft.networks());
  for (const std::string& name : unexpected)
    if (read_somewhere.contains(name))
      return refused(
          fmt::format("{} is a tensor that {} lacks and others of the family compute "
                      "with: the file is of another network",
                      name, draft.target().name));
  Names left_out = unexpected;
  left_out.insert(left_out.end(), no_tensors.begin(), no_tensors.end());
  RepairStep done =
      step(fmt::format("Left out what the model has no place for: {}.", some_of(left_out)));
  done.dropped = draft.drop(unexpected);
  done.dropped.insert(done.dropped.end(), no_tensors.begin(), no_tensors.end());
  return done;
}

// --- dtypes --------------------------------------------------------------------------------------

bool same_values(std::span<const double> a, std::span<const double> b) {
  return std::ranges::equal(a, b, [](double x, double y) { return x == y || (x != x && y != y); });
}

// The tensor's values in another dtype, or nothing where one of them would change.
Result<std::optional<std::vector<std::byte>>> exactly(const TensorEntry& source, DType dtype) {
  using Bytes = std::optional<std::vector<std::byte>>;
  if (!is_floating(source.dtype) || !is_floating(dtype)) return Bytes();
  EFFGATE_ASSIGN(std::vector<std::byte> bytes, converted_bytes(source, dtype));
  TensorEntry cast = source;
  cast.dtype = dtype;
  cast.data = bytes;
  cast.bytes = bytes.size();
  cast.contiguous = true;
  cast.strides = row_major_strides(source.shape);
  EFFGATE_ASSIGN(const std::vector<double> before, to_doubles(source));
  EFFGATE_ASSIGN(const std::vector<double> after, to_doubles(cast));
  return same_values(before, after) ? Bytes(std::move(bytes)) : Bytes();
}

Outcome cast_exactly(RepairDraft& draft) {
  std::size_t count = 0;
  DType from = DType::float32, to = DType::float32;
  for (const DTypeDifference& difference : draft.remaining().dtypes) {
    RepairedTensor& one = *draft.find(difference.key);
    EFFGATE_ASSIGN(auto bytes, exactly(*one.source, difference.model));
    if (!bytes)
      return refused(fmt::format("{} holds {} values that {} cannot hold", difference.key,
                                 to_string(difference.file), to_string(difference.model)));
    draft.recast(one, difference.model, std::move(*bytes));
    from = difference.file;
    to = difference.model;
    ++count;
  }
  if (count == 0) return RepairStep{};
  return step(fmt::format("Cast {} tensors from {} to {}; no value changed.", count,
                          to_string(from), to_string(to)));
}

constexpr std::array kRules = {
    RepairRule{CauseCode::file_whole_module, FixKind::convert, take_from_archive},
    RepairRule{CauseCode::keys_nested, FixKind::unwrap, take_from_keys},
    RepairRule{CauseCode::keys_prefix, FixKind::rename_keys, strip_prefixes},
    RepairRule{CauseCode::arch_implementation, FixKind::rename_keys, take_effdets_names},
    RepairRule{CauseCode::arch_head_layout, FixKind::rename_keys, swap_head_norms},
    RepairRule{CauseCode::arch_redundant_bias, FixKind::convert, add_biases},
    RepairRule{CauseCode::arch_anchor_count, FixKind::replace_head, renew_for_anchors},
    RepairRule{CauseCode::arch_class_count, FixKind::replace_head, renew_for_classes},
    RepairRule{CauseCode::keys_batches_tracked, FixKind::convert, supply_counters},
    RepairRule{CauseCode::keys_unexpected, FixKind::convert, leave_out_unexpected},
    RepairRule{CauseCode::arch_implementation, FixKind::rename_keys, give_own_names},
    RepairRule{CauseCode::dtype_mismatch, FixKind::cast, cast_exactly},
};

}  // namespace

std::span<const RepairRule> repair_rules() { return kRules; }

}  // namespace effgate
