#include "harness/layout/network_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <unordered_map>

#include "harness/base/text.h"
#include "harness/graph/catalogue.h"
#include "harness/layout/head_counts.h"
#include "harness/layout/network_index.h"

namespace effgate {
namespace {

using std::string_view;
using Tensors = std::span<const ParamSpec>;

std::vector<std::string> names_of(Tensors tensors) {
  std::vector<std::string> names;
  for (const ParamSpec& tensor : tensors) names.push_back(tensor.name);
  return names;
}

std::unordered_map<string_view, const ParamSpec*> by_name(Tensors tensors) {
  std::unordered_map<string_view, const ParamSpec*> found;
  for (const ParamSpec& tensor : tensors) found.emplace(tensor.name, &tensor);
  return found;
}

bool belongs_to_backbone(const std::string& name) { return name.starts_with("backbone."); }

// The layouts in which names of the recognised one may be meant.
std::vector<Layout> readings_of(Layout recognised) {
  if (recognised == Layout::effdet)
    return {Layout::effdet, Layout::effdet_level_first, Layout::effdet_repeat_first};
  return {recognised};
}

// The models worth a reading: of effdet's those whose names and shapes agree best, of another
// layout's all, whose names the index does not know.
std::vector<std::string> models_worth_reading(Tensors tensors, Layout recognised) {
  constexpr std::size_t kNearest = 6;
  if (recognised != Layout::effdet) return covered_models(recognised);
  std::vector<std::string> nearest;
  for (const RankedNetwork& entry : NetworkIndex::instance().ranked(tensors)) {
    nearest.push_back(entry.network->config.name);
    if (nearest.size() == kNearest) break;
  }
  return nearest;
}

// "2 tensors (a, b)", at most three of them by name.
template <typename Item, typename NameOf>
std::string counted(const std::vector<Item>& items, string_view what, const NameOf& name_of) {
  constexpr std::size_t kShown = 3;
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < std::min(items.size(), kShown); ++i)
    shown.push_back(printable_utf8(std::invoke(name_of, items[i])));
  return fmt::format("{} {} ({}{})", items.size(), what, join(shown, ", "),
                     items.size() > kShown ? ", …" : "");
}

}  // namespace

Result<NetworkFit> fit_network(Tensors tensors, const std::string& model, Layout layout) {
  EFFGATE_ASSIGN(const ModelConfig config, find_model(model));
  EFFGATE_ASSIGN(const Translation translation,
                 translate(names_of(tensors), config, layout, Layout::effdet));
  const auto given = by_name(tensors);
  std::vector<ParamSpec> ours;
  for (const auto& [from, to] : translation.renamed)
    ours.push_back({to, given.at(from)->shape, given.at(from)->dtype});

  NetworkFit fit{config.name, layout, with_counts(config, head_counts(ours)), 0, {}, {}, {}};
  const std::vector<ParamSpec> schema = state_dict_schema(fit.config);
  const auto expected = by_name(schema);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const std::vector<std::int64_t>& shape = expected.at(ours[i].name)->shape;
    if (ours[i].shape == shape) {
      ++fit.matched;
    } else {
      fit.mismatched.push_back({translation.renamed[i].from, ours[i].shape, shape});
    }
  }
  fit.missing = translation.missing;
  if (is_of_backbone(layout)) std::erase_if(fit.missing, std::not_fn(belongs_to_backbone));
  fit.unexpected = translation.untranslated;
  return fit;
}

std::optional<NetworkFit> best_fit(Tensors tensors, string_view model) {
  const Layout recognised = recognise(names_of(tensors)).layout;
  const auto models =
      model.empty() ? models_worth_reading(tensors, recognised) : std::vector{std::string(model)};
  std::optional<NetworkFit> best;
  for (const Layout layout : readings_of(recognised)) {
    for (const std::string& name : models) {
      auto fit = fit_network(tensors, name, layout);
      if (fit.ok() && (!best || fit->faults() < best->faults())) best = *std::move(fit);
    }
    if (best && best->faults() == 0) break;
  }
  return best;
}

std::string describe_faults(const NetworkFit& fit) {
  const auto itself = [](const std::string& name) { return name; };
  std::vector<std::string> faults;
  if (!fit.missing.empty()) faults.push_back("lacks " + counted(fit.missing, "tensors", itself));
  if (!fit.mismatched.empty())
    faults.push_back("has " + counted(fit.mismatched, "of another shape", &ShapeMismatch::key));
  if (!fit.unexpected.empty()) faults.push_back("has " + counted(fit.unexpected, "more", itself));
  return join(faults, ", ");
}

}  // namespace effgate
