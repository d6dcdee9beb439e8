#include "harness/cli/convert_difference.h"

#include "harness/base/files.h"
#include "harness/graph/catalogue.h"

namespace effgate {
namespace {

// The network as the implementation that writes this layout computes it, by effdet's name or by
// another implementation's; "" where no such network is known.
std::string network_under(Layout layout, const std::string& model) {
  const std::string bare = model.substr(model.find(':') + 1);
  if (layout == Layout::effdet) return bare;
  const auto own = resolve_model_name(std::string(to_string(layout)) + ':' + bare);
  return own.ok() ? *own : "";
}

}  // namespace

Result<std::optional<NetworkDistance>> convert_difference(const Places& places,
                                                          const Checkpoint& source,
                                                          const Conversion& conversion,
                                                          const std::filesystem::path& output,
                                                          const StopRequest* stop) {
  const std::optional<NetworkDistance> none;
  if (conversion.from == conversion.to || !conversion.missing.empty()) return none;
  const std::string from = network_under(conversion.from, conversion.model);
  const std::string to = network_under(conversion.to, conversion.model);
  if (from.empty() || to.empty()) return none;
  EFFGATE_ASSIGN(const ModelConfig model, find_model(to));
  if (conversion.counts.anchors != model.anchors_per_cell()) return none;

  // The source without its wrappers, since a cell loads strictly.
  ConversionRequest bare;
  bare.model = conversion.model;
  bare.drop = conversion.dropped;
  EFFGATE_ASSIGN(const Conversion plain, convert(conversion_source(source), bare));
  EFFGATE_ASSIGN(const TemporaryDirectory folder, TemporaryDirectory::create());
  const std::filesystem::path copy = folder.path() / "source.pth";
  EFFGATE_TRY(save_zip(copy, plain.tensors, plain.options));
  NetworkOnFile first{.model = from, .checkpoint = copy};
  NetworkOnFile second{.model = to, .checkpoint = std::filesystem::absolute(output)};
  first.num_classes = second.num_classes = conversion.counts.classes;
  EFFGATE_ASSIGN(NetworkDistance distance, network_distance(places, first, second, stop));
  return std::optional(std::move(distance));
}

}  // namespace effgate
