#include "harness/runner/plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "harness/base/hash.h"
#include "harness/matrix/axes.h"
#include "harness/matrix/cost.h"

namespace effgate {
namespace {

// Multiply-adds a second on two cores of a small server, from D0's 2.49e9 at 512x512: about 0.3 s
// in float32 by LibTorch, 1.5 s by the reference, and 5 s in float16 on a CPU.
struct Speed {
  std::string_view dtype;
  double library;
  double reference;
};
constexpr Speed kSpeeds[] = {
    {"float32", 8e9, 1.6e9}, {"tf32", 8e9, 1.6e9},   {"float64", 4e9, 1.6e9},
    {"float16", 0.5e9, 1e9}, {"bfloat16", 4e9, 1e9},
};
constexpr double kCudaSpeed = 500e9;
constexpr double kProcessSeconds = 1.0;  // start, library, checkpoint, post-processing
constexpr double kForwardsOfDrift = 2;   // compared with each other
constexpr std::uint64_t kBytesOfParameter = 4;
constexpr std::uint64_t kBytesOfOutput = 8;

double multiply_adds_a_second(const Cell& cell) {
  if (cell.device != "cpu") return kCudaSpeed;
  const auto speed = std::find_if(std::begin(kSpeeds), std::end(kSpeeds),
                                  [&](const Speed& each) { return each.dtype == cell.dtype; });
  if (speed == std::end(kSpeeds)) return kSpeeds[0].reference;
  return cell.library == kReferenceLibrary ? speed->reference : speed->library;
}

class Planner {
 public:
  Planner(const Suite& suite, CacheEntries entries) : suite_(suite), entries_(std::move(entries)) {}

  Status add(const Cell& cell) {
    if (cell.skip) {
      ++plan_.skipped;
      return success();
    }
    if (!cell.installed) {
      ++plan_.library_missing;
      return success();
    }
    ++plan_.cells;
    if (cell.own_error) return success();
    EFFGATE_ASSIGN(const ForwardCost cost, cost_of(cell));
    EFFGATE_TRY(add_recipe(cell));
    if (cell.drift) add_truth(cell, cost);
    add_processes(cell, cost);
    return success();
  }

  RunPlan take() && { return std::move(plan_); }

 private:
  Result<ForwardCost> cost_of(const Cell& cell) {
    const auto key = std::pair(cell.model, cell.size);
    const auto known = costs_.find(key);
    if (known != costs_.end()) return known->second;
    EFFGATE_ASSIGN(const ForwardCost cost, forward_cost(cell.model, cell.size));
    return costs_.emplace(key, cost).first->second;
  }

  Status add_recipe(const Cell& cell) {
    const CheckpointSource source = checkpoint_source(cell.checkpoint);
    std::error_code ignored;
    if (!source.recipe || std::filesystem::exists(entries_.recipe(source.target), ignored) ||
        !recipes_.insert(source.target).second) {
      return success();
    }
    EFFGATE_ASSIGN(const ForwardCost cost, forward_cost(source.target, "256x256"));
    plan_.recipes.push_back(source.target);
    plan_.disk_bytes += cost.parameters * kBytesOfParameter;
    plan_.seconds += kProcessSeconds + 2 * cost.multiply_adds / kSpeeds[0].reference;
    return success();
  }

  void add_truth(const Cell& cell, const ForwardCost& cost) {
    const std::filesystem::path checkpoint = entries_.checkpoint(cell);
    auto hash = hashes_.find(checkpoint);
    if (hash == hashes_.end()) {
      const auto found = sha256_hex_of_file(checkpoint);
      hash = hashes_.emplace(checkpoint, found.ok() ? *found : cell.checkpoint).first;
    }
    const std::filesystem::path truth = entries_.truth(cell, hash->second);
    std::error_code ignored;
    if (std::filesystem::exists(truth, ignored) || !truths_.insert(truth).second) return;
    ++plan_.truths;
    const double batch = static_cast<double>(cell.integer("batch"));
    plan_.seconds += kProcessSeconds + batch * cost.multiply_adds / kSpeeds[0].reference;
    plan_.disk_bytes += static_cast<std::uint64_t>(batch) * cost.output_elements * kBytesOfOutput;
  }

  void add_processes(const Cell& cell, const ForwardCost& cost) {
    const auto batch = static_cast<double>(cell.integer("batch"));
    const double forward = batch * cost.multiply_adds / multiply_adds_a_second(cell);
    ++plan_.processes;
    plan_.seconds += kProcessSeconds + (cell.drift ? kForwardsOfDrift * forward : 0);
    if (!cell.time) return;
    const auto restarts = static_cast<double>(suite_.timing.restarts);
    const auto forwards = static_cast<double>(suite_.timing.warm_up + suite_.timing.samples);
    plan_.processes += static_cast<std::size_t>(suite_.timing.restarts);
    plan_.seconds += restarts * (kProcessSeconds + forwards * forward);
  }

  const Suite& suite_;
  CacheEntries entries_;
  std::map<std::pair<std::string, std::string>, ForwardCost> costs_;
  std::map<std::filesystem::path, std::string> hashes_;
  std::set<std::string> recipes_;
  std::set<std::filesystem::path> truths_;
  RunPlan plan_;
};

}  // namespace

Result<RunPlan> plan_run(const Suite& suite, const std::vector<Cell>& cells,
                         const PreparationPlaces& places) {
  EFFGATE_ASSIGN(CacheEntries entries, CacheEntries::create(suite, places));
  Planner planner(suite, std::move(entries));
  for (const Cell& cell : cells) EFFGATE_TRY(planner.add(cell));
  return std::move(planner).take();
}

}  // namespace effgate
