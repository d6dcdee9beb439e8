#include "harness/layout/naming.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "harness/base/text.h"
#include "harness/graph/catalogue.h"
#include "harness/graph/network.h"
#include "harness/layout/name_rules.h"

namespace effgate {
namespace {

using std::string_view;

struct LayoutName {
  Layout layout;
  string_view name;
};
constexpr std::array kLayoutNames = {
    LayoutName{Layout::effdet, "effdet"},
    LayoutName{Layout::effdet_level_first, "effdet-level-first"},
    LayoutName{Layout::effdet_repeat_first, "effdet-repeat-first"},
    LayoutName{Layout::zylo, "zylo"},
    LayoutName{Layout::mmdet, "mmdet"},
    LayoutName{Layout::lukemelas, "lukemelas"},
    LayoutName{Layout::toandaominh, "toandaominh1997"},
    LayoutName{Layout::toandaominh_early, "toandaominh1997"},
    LayoutName{Layout::signatrix, "signatrix"},
};

// How all names of a layout begin; each of `parts` must be there. The first sign that fits wins.
struct Sign {
  Layout layout;
  std::array<string_view, 4> parts;
  string_view detail = {};
  std::size_t tensors = 0;  // exactly as many, where it is not 0
};
constexpr std::array kSigns = {
    Sign{Layout::effdet, {"backbone.", "fpn.", "class_net.", "box_net."}},
    Sign{Layout::signatrix, {"backbone_net.model.", "bifpn.", "regressor.layers.", "conv3."}},
    Sign{Layout::zylo, {"backbone_net.", "bifpn.", "regressor.", "classifier."}},
    Sign{Layout::mmdet, {"backbone.layers.", "neck.bifpn.", "bbox_head.", "bbox_head."}},
    Sign{Layout::toandaominh,
         {"backbone.", "neck.lateral_convs.", "neck.stack_bifpn_convs.", "bbox_head.retina_"},
         "generation 3, since 2019-12-16"},
    Sign{Layout::toandaominh_early,
         {"efficientnet.", "BIFPN.", "regressionModel.", "classificationModel."},
         "generation 1, until 2019-12-09",
         424},
    Sign{Layout::toandaominh_early,
         {"efficientnet.", "BIFPN.", "regressionModel.", "classificationModel."},
         "generation 2, 2019-12-11 and 12",
         458},
    Sign{Layout::toandaominh_early,
         {"efficientnet.", "BIFPN.", "regressionModel.", "classificationModel."},
         "generation 1 or 2, before 2019-12-16"},
    Sign{Layout::lukemelas, {"_conv_stem.", "_bn0.", "_blocks.0.", "_blocks.1."}},
};

std::vector<std::string> absent_parts(const Sign& sign, std::span<const std::string> names) {
  std::vector<std::string> absent;
  for (const string_view part : sign.parts) {
    const bool there =
        std::ranges::any_of(names, [&](const std::string& name) { return name.starts_with(part); });
    if (!there) absent.emplace_back(part);
  }
  return absent;
}

bool shows(const Sign& sign, std::span<const std::string> names) {
  return (sign.tensors == 0 || sign.tensors == names.size()) && absent_parts(sign, names).empty();
}

// D0 to D7x, AdvProp and other implementations' among them.
bool is_published_network(const ModelConfig& model) {
  return model.backbone.name.starts_with("tf_efficientnet_b");
}

// Data would not say more: a layout covers what its implementation builds.
bool covers(Layout layout, const ModelConfig& model) {
  switch (layout) {
    case Layout::effdet:
    case Layout::effdet_level_first:
    case Layout::effdet_repeat_first: return true;
    case Layout::zylo:
    case Layout::lukemelas:
    case Layout::toandaominh:
    case Layout::toandaominh_early: return is_published_network(model);
    case Layout::signatrix:
      return is_published_network(model) && model.backbone.name == "tf_efficientnet_b0";
    case Layout::mmdet:
      return is_published_network(model) && model.max_level == 7 &&
             model.fusion_weighting == FusionWeighting::fastattn;
    case Layout::unknown: return false;
  }
  return false;
}

Error not_covered(Layout layout, const ModelConfig& model) {
  const std::vector<std::string> covered = covered_models(layout);
  if (covered.empty()) return Error{ErrorKind::refused, "the names are of no layout that is known"};
  return Error{ErrorKind::refused, fmt::format("the layout {} has no names for {}: it covers {}",
                                               to_string(layout), model.name, join(covered, ", "))};
}

// The tensors of one network in one layout.
class NamesOf {
 public:
  NamesOf(Layout layout, std::span<const ParamSpec> ours) : table_(name_table(layout, ours)) {
    for (std::size_t i = 0; i < ours.size(); ++i) {
      names_.push_back(rewritten(table_, ours[i].name, Direction::to_theirs));
      if (names_.back()) places_.emplace(*names_.back(), i);
    }
    add_never_read(ours);
  }

  const std::optional<std::string>& name(std::size_t place) const { return names_[place]; }
  std::optional<std::size_t> place(const std::string& name) const {
    const auto at = places_.find(name);
    return at == places_.end() ? std::nullopt : std::optional(at->second);
  }
  const std::vector<ParamSpec>& never_read() const { return never_read_; }
  bool never_reads(const std::string& name) const {
    return std::ranges::find(never_read_, name, &ParamSpec::name) != never_read_.end();
  }

 private:
  void add_never_read(std::span<const ParamSpec> ours) {
    const auto has_cell = [&](int cell) {
      const std::string prefix = fmt::format("fpn.cell.{}.", cell);
      return std::ranges::any_of(
          ours, [&](const ParamSpec& param) { return param.name.starts_with(prefix); });
    };
    if (table_.never_read.empty()) return;
    constexpr string_view kCell = "{cell}";
    for (int cell = 0; has_cell(cell); ++cell) {
      for (const NeverReadRule& rule : table_.never_read) {
        std::string name(rule.theirs);
        name.replace(name.find(kCell), kCell.size(), std::to_string(cell));
        never_read_.push_back({name, {rule.elements}, DType::float32});
      }
    }
  }

  NameTable table_;
  std::vector<std::optional<std::string>> names_;  // by place in effdet's schema
  std::unordered_map<std::string, std::size_t> places_;
  std::vector<ParamSpec> never_read_;
};

bool is_counter(const ParamSpec& param) { return param.name.ends_with(".num_batches_tracked"); }

// Places of the schema that the file has, and its names that have no place.
std::unordered_map<std::size_t, std::string> places_in(std::span<const std::string> names,
                                                       const NamesOf& source, const NamesOf& target,
                                                       Translation& translation) {
  std::unordered_map<std::size_t, std::string> found;
  for (const std::string& name : names) {
    const auto place = source.place(name);
    if (place && target.name(*place)) {
      found.emplace(*place, name);
    } else if (source.never_reads(name) && !target.never_reads(name)) {
      translation.never_read.push_back(name);
    } else if (!source.never_reads(name)) {
      translation.untranslated.push_back(name);
    }
  }
  return found;
}

}  // namespace

string_view to_string(Layout layout) {
  const auto named = std::ranges::find(kLayoutNames, layout, &LayoutName::layout);
  return named == kLayoutNames.end() ? string_view() : named->name;
}

std::optional<Layout> layout_from_string(string_view name) {
  const auto named = std::ranges::find(kLayoutNames, name, &LayoutName::name);
  return named == kLayoutNames.end() ? std::nullopt : std::optional(named->layout);
}

std::vector<std::string> layout_names() {
  std::vector<std::string> names;
  for (const auto& [layout, name] : kLayoutNames)
    if (layout_from_string(name) == layout) names.emplace_back(name);
  return names;
}

bool is_of_backbone(Layout layout) {
  return layout >= Layout::lukemelas && layout < Layout::unknown;
}

Recognition recognise(std::span<const std::string> names) {
  for (const Sign& sign : kSigns)
    if (shows(sign, names)) return {sign.layout, std::string(sign.detail)};
  return {};
}

NearLayout nearest_layout(std::span<const std::string> names) {
  NearLayout nearest;
  for (const Sign& sign : kSigns) {
    std::vector<std::string> absent = absent_parts(sign, names);
    if (nearest.layout == Layout::unknown || absent.size() < nearest.absent.size())
      nearest = {sign.layout, std::move(absent)};
  }
  return nearest;
}

Result<Translation> translate(std::span<const std::string> names, const ModelConfig& model,
                              Layout from, Layout to) {
  for (const Layout layout : {from, to})
    if (!covers(layout, model)) return not_covered(layout, model);
  const std::vector<ParamSpec> ours = state_dict_schema(model);
  const NamesOf source(from, ours);
  const NamesOf target(to, ours);
  const std::unordered_set<string_view> given(names.begin(), names.end());
  Translation translation;
  const auto found = places_in(names, source, target, translation);
  for (std::size_t place = 0; place < ours.size(); ++place) {
    const auto& name = target.name(place);
    if (!name) continue;
    if (const auto at = found.find(place); at != found.end()) {
      translation.renamed.push_back({at->second, *name});
    } else if (is_counter(ours[place])) {
      translation.supplied.push_back({{*name, ours[place].shape, ours[place].dtype}, 0});
    } else {
      translation.missing.push_back(*name);
    }
  }
  for (const ParamSpec& param : target.never_read()) {
    if (source.never_reads(param.name) && given.contains(param.name)) {
      translation.renamed.push_back({param.name, param.name});
    } else {
      translation.supplied.push_back({param, 1});
    }
  }
  return translation;
}

std::vector<std::string> covered_models(Layout layout) {
  std::vector<std::string> covered;
  for (const std::string& name : model_names()) {
    const auto model = find_model(name);
    if (model.ok() && covers(layout, *model)) covered.push_back(name);
  }
  return covered;
}

string_view caveat(Layout layout) {
  if (layout != Layout::mmdet) return "";
  return "mmdetection's names hold box regressions in x-first or in y-first order and no file says "
         "which; the values were taken as they are";
}

}  // namespace effgate
