#include "harness/cli/cell_causes.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "harness/base/text.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/doctor/diagnose.h"
#include "harness/doctor/message/message.h"
#include "harness/graph/catalogue.h"
#include "harness/matrix/axes.h"

namespace effgate {
namespace {

// A page has room for examples; `explain` shows all.
constexpr std::size_t kMostEvidence = 6;

std::vector<CauseRow> rows_of(const Diagnosis& diagnosis) {
  std::vector<CauseRow> rows;
  for (const Cause& cause : diagnosis.causes) {
    std::vector<std::string> evidence = cause.evidence;
    if (evidence.size() > kMostEvidence) evidence.resize(kMostEvidence);
    for (std::string& line : evidence) line = printable_utf8(line);
    rows.push_back({static_cast<std::int64_t>(rows.size()), std::string(to_string(cause.code)),
                    std::string(to_string(cause.severity)), printable_utf8(cause.summary),
                    join(evidence, "\n"), cause.fix.command});
  }
  return rows;
}

// Empty where the file cannot even be opened: the cell's own message says so.
std::vector<CauseRow> causes_of_file(const CellRecord& cell, const std::filesystem::path& file) {
  const auto checkpoint =
      Checkpoint::inspect(file, {.key = checkpoint_source(cell.checkpoint).key});
  if (!checkpoint.ok()) return {};
  const auto model = resolve_model_name(cell.model);
  return rows_of(diagnose_checkpoint(*checkpoint, NetworkIndex::instance(),
                                     model.ok() ? std::optional(*model) : std::nullopt));
}

}  // namespace

CauseFinder explaining_causes() {
  using Pair = std::pair<std::string, std::string>;
  return [known = std::map<Pair, std::vector<CauseRow>>()](
             const CellRecord& cell, const std::filesystem::path& file) mutable {
    if (cell.status == CellStatus::load_refused)
      return rows_of(diagnose_message(cell.message, NetworkIndex::instance(), std::nullopt));
    const Pair pair(cell.checkpoint, cell.model);
    const auto found = known.find(pair);
    if (found != known.end()) return found->second;
    return known.emplace(pair, causes_of_file(cell, file)).first->second;
  };
}

}  // namespace effgate
