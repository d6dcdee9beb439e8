#include "harness/doctor/message/network_pairs.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>

#include "harness/graph/history.h"

namespace effgate {
namespace {

// An unexplained key costs ten: an explanation that assumes more must explain more.
constexpr double kPerKey = 10;
constexpr double kMostBetweenLayouts = 40;
constexpr double kPerSkippedKey = 2;  // people quote from the middle as if it were the start
constexpr double kOtherNetwork = 5, kOtherLayout = 5, kBackboneOnly = 4, kAltered = 3;
// Old files are read by new programs, and seldom the other way about.
constexpr double kOtherTime = 3.5, kEarlierModel = 2;
constexpr double kOtherFamily = 0.5, kAlteredAlike = 1, kBackboneModel = 8;
// Nothing of the model is in the file: where other things are, and where none is shown.
constexpr double kNothing = 20, kUntold = 4;
// Tensors were taken out of a file of the model: by a whole message, and by the head of one.
constexpr double kTakenOut = 10, kTakenOutByHead = 40;

// "tf_efficientdet_lite" of "tf_efficientdet_lite3x".
std::string_view family(const Spelling& spelling) {
  const std::string_view name = spelling.network->names.front();
  return name.substr(0, name.find_first_of("0123456789"));
}

bool is_of_one_name(const Spelling& a, const Spelling& b) {
  return undated(a.network->names.front()) == undated(b.network->names.front());
}

class Bits {
 public:
  explicit Bits(std::size_t size) : words_((size + 63) / 64) {}
  void set(std::size_t i) { words_[i / 64] |= std::uint64_t{1} << (i % 64); }
  bool any() const {
    return std::ranges::any_of(words_, [](std::uint64_t word) { return word != 0; });
  }
  std::size_t count() const { return count_and_not(Bits(words_.size() * 64)); }
  std::size_t count_and_not(const Bits& other) const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < words_.size(); ++i)
      count += static_cast<std::size_t>(std::popcount(words_[i] & ~other.words_[i]));
    return count;
  }
  std::size_t count_and(const Bits& other) const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < words_.size(); ++i)
      count += static_cast<std::size_t>(std::popcount(words_[i] & other.words_[i]));
    return count;
  }

 private:
  std::vector<std::uint64_t> words_;
};

// A list of keys with the identities of those that some network has.
struct KnownKeys {
  std::vector<NameId> ids;  // each once
  std::vector<bool> seen;   // by NameId
  std::size_t unknown = 0;  // keys of no network
  std::size_t leading = 0;  // of the known ones
  bool complete = false;
};

KnownKeys known_keys(const KeyEvidence& evidence, const Spellings& spellings,
                     std::size_t name_count) {
  KnownKeys known;
  known.seen.assign(name_count, false);
  known.complete = evidence.complete;
  for (std::size_t i = 0; i < evidence.keys.size(); ++i) {
    const auto id = spellings.find_name(evidence.keys[i]);
    if (!id) {
      ++known.unknown;
    } else if (!known.seen[*id]) {
      known.seen[*id] = true;
      known.ids.push_back(*id);
      if (i < evidence.leading) known.leading = known.ids.size();
    }
  }
  return known;
}

struct KnownShape {
  NameId name = 0;
  std::optional<ShapeId> file, model;
};

// What one spelling has of the evidence.
struct Shares {
  Bits missing, unexpected, file_shapes, model_shapes;
};

class PairSearch {
 public:
  PairSearch(const LoadEvidence& evidence, const Spellings& spellings)
      : evidence_(evidence),
        spellings_(spellings),
        name_count_(spellings.all().empty() ? 0 : spellings.all().front().places.size()),
        missing_(known_keys(evidence.missing, spellings, name_count_)),
        unexpected_(known_keys(evidence.unexpected, spellings, name_count_)),
        mismatch_seen_(name_count_, false) {
    for (const ShapeMismatch& mismatch : evidence.mismatched.shapes) {
      const auto id = spellings.find_name(mismatch.key);
      if (!id) continue;
      mismatch_seen_[*id] = true;
      shapes_.push_back({*id, spellings.find_shape(mismatch.key, mismatch.file),
                         spellings.find_shape(mismatch.key, mismatch.model)});
    }
    for (const Spelling& spelling : spellings.all()) shares_.push_back(shares_of(spelling));
  }

  PairReading search(const std::string& model) {
    std::vector<Candidate> candidates;
    for (std::size_t m = 0; m < shares_.size(); ++m) {
      const Spelling& built = spellings_.all()[m];
      if (built.extent == Extent::backbone) continue;
      if (!model.empty() && !built.is_named(model)) continue;
      for (std::size_t f = 0; f < shares_.size() && shows_a_file(built); ++f)
        add_pair(f, m, candidates);
      add_nothing(m, candidates);
      add_lacking(m, candidates);
    }
    std::ranges::stable_sort(candidates, {}, &Candidate::cost);
    return cheapest(candidates);
  }

 private:
  struct Candidate {
    double cost = 0;  // without what it predicts and is not there
    std::optional<std::size_t> file;
    std::size_t model = 0;
    std::size_t unexplained = 0;
    bool lacking = false;  // the file is the model's but for what is missing
  };

  Shares shares_of(const Spelling& spelling) const {
    Shares shares{Bits(missing_.ids.size()), Bits(unexpected_.ids.size()), Bits(shapes_.size()),
                  Bits(shapes_.size())};
    for (std::size_t i = 0; i < missing_.ids.size(); ++i)
      if (spelling.has(missing_.ids[i])) shares.missing.set(i);
    for (std::size_t i = 0; i < unexpected_.ids.size(); ++i)
      if (spelling.has(unexpected_.ids[i])) shares.unexpected.set(i);
    for (std::size_t i = 0; i < shapes_.size(); ++i) {
      if (!spelling.has(shapes_[i].name)) continue;
      const auto place = static_cast<std::size_t>(spelling.places[shapes_[i].name]);
      const ShapeId shape = spelling.tensors[place].shape;
      if (shapes_[i].file == shape) shares.file_shapes.set(i);
      if (shapes_[i].model == shape) shares.model_shapes.set(i);
    }
    return shares;
  }

  // Whether anything shows of what network the file is: its own keys or shapes, or a key of the
  // model that is not among the missing ones. Only effdet's module order is known.
  bool shows_a_file(const Spelling& model) const {
    if (!unexpected_.ids.empty() || !shapes_.empty() || model.layout != Layout::effdet) return true;
    std::size_t met = 0;
    for (const Spelling::Tensor& tensor : model.tensors) {
      if (!missing_.complete && met == missing_.leading) break;
      if (!missing_.seen[tensor.name]) return true;
      ++met;
    }
    return false;
  }

  std::size_t all_keys() const {
    return missing_.ids.size() + missing_.unknown + unexpected_.ids.size() + unexpected_.unknown +
           evidence_.mismatched.shapes.size();
  }

  static double price_of_difference(const Spelling& file, const Spelling& model) {
    double price = 0;
    if (file.network != model.network)
      price += is_of_one_name(file, model) ? kOtherTime : kOtherNetwork;
    if (model.network->is_of_the_past() && !file.network->is_of_the_past()) price += kEarlierModel;
    if (family(file) != family(model)) price += kOtherFamily;
    if (file.layout != model.layout) price += kOtherLayout;
    if (file.extent != Extent::whole && file.extent != model.extent) price += kBackboneOnly;
    if (model.extent != Extent::whole) price += kBackboneModel;
    if (file.altered == model.altered) return price + (file.altered ? kAlteredAlike : 0);
    return price + (file.altered ? kAltered : 0) + (model.altered ? kAltered : 0);
  }

  void add_pair(std::size_t f, std::size_t m, std::vector<Candidate>& candidates) const {
    const Spelling& file = spellings_.all()[f];
    const Spelling& model = spellings_.all()[m];
    const Shares& has = shares_[f];
    const Shares& wants = shares_[m];
    // Only names of its own show another implementation, or a classifier.
    const bool of_others = file.layout != model.layout || file.extent == Extent::bare_backbone;
    if (of_others && !has.unexpected.any()) return;
    const std::size_t explained =
        (evidence_.disjoint ? wants.missing.count() : wants.missing.count_and_not(has.missing)) +
        (evidence_.disjoint ? has.unexpected.count()
                            : has.unexpected.count_and_not(wants.unexpected)) +
        has.file_shapes.count_and(wants.model_shapes);
    const std::size_t unexplained = all_keys() - explained;
    candidates.push_back(
        {kPerKey * static_cast<double>(unexplained) + price_of_difference(file, model), f, m,
         unexplained});
  }

  // Nothing of the model in the file: its first keys are all missing, and what is in the file has
  // names that no network has.
  void add_nothing(std::size_t m, std::vector<Candidate>& candidates) const {
    if (missing_.ids.empty()) return;
    const std::size_t unexplained = missing_.ids.size() + missing_.unknown -
                                    shares_[m].missing.count() + unexpected_.ids.size() +
                                    evidence_.mismatched.shapes.size();
    const bool untold = unexpected_.ids.empty() && shapes_.empty() && missing_.leading > 0;
    candidates.push_back(
        {kPerKey * static_cast<double>(unexplained) + (untold ? kUntold : kNothing), std::nullopt,
         m, unexplained});
  }

  // What is missing was taken out of a file of the model, and nothing shown differs otherwise.
  void add_lacking(std::size_t m, std::vector<Candidate>& candidates) const {
    const bool alone = evidence_.unexpected.keys.empty() && !evidence_.disjoint;
    const bool whole = missing_.complete && evidence_.unexpected.complete;
    const bool head = missing_.leading > 0 && shapes_.empty();
    if (missing_.ids.empty() || !alone || !(whole || head)) return;
    const std::size_t explained =
        shares_[m].missing.count() + shares_[m].file_shapes.count_and(shares_[m].model_shapes);
    const std::size_t unexplained = all_keys() - explained;
    const Spelling& model = spellings_.all()[m];
    candidates.push_back(
        {kPerKey * static_cast<double>(unexplained) + kTakenOut + price_of_difference(model, model),
         m, m, unexplained, true});
  }

  PairReading cheapest(const std::vector<Candidate>& candidates) const {
    PairReading reading;
    double lowest = std::numeric_limits<double>::infinity();
    for (const Candidate& candidate : candidates) {
      if (candidate.cost > lowest) break;
      const Spelling* file = candidate.file ? &spellings_.all()[*candidate.file] : nullptr;
      const Spelling* model = &spellings_.all()[candidate.model];
      const double absent = candidate.lacking ? 0 : price_of_absence(file, *model);
      const double cost = candidate.cost + absent;
      if (cost > lowest) continue;
      if (cost < lowest) {
        lowest = cost;
        reading = {{file, model, cost, candidate.unexplained}, {}, {}};
      }
      if (file != nullptr) add_network(file, reading.files);
      add_network(model, reading.models);
    }
    return reading;
  }

  static void add_network(const Spelling* spelling, std::vector<const Spelling*>& list) {
    const bool there = std::ranges::any_of(
        list, [&](const Spelling* other) { return other->network == spelling->network; });
    if (!there) list.push_back(spelling);
  }

  double price_of_absence(const Spelling* file, const Spelling& model) const {
    const auto missing = [&](const Spelling::Tensor& tensor) {
      return file == nullptr || evidence_.disjoint || !file->has(tensor.name);
    };
    const double price = absent_of(missing_, model, missing);
    if (file == nullptr) return price;
    const auto unexpected = [&](const Spelling::Tensor& tensor) {
      return evidence_.disjoint || !model.has(tensor.name);
    };
    const double sum =
        price + absent_of(unexpected_, *file, unexpected) + absent_mismatches(*file, model);
    // No other pair explains names of two implementations, however few of them are quoted.
    return file->layout == model.layout ? sum : std::min(sum, kMostBetweenLayouts);
  }

  // The price of predicted keys that are known not to be in a list. Only effdet's module order is
  // known, so that a list of other names says nothing before its end.
  template <typename Predicted>
  static double absent_of(const KnownKeys& known, const Spelling& spelling,
                          const Predicted& predicted) {
    if (!known.complete && (known.leading == 0 || spelling.layout != Layout::effdet)) return 0;
    std::size_t count = 0, met = 0;
    for (const Spelling::Tensor& tensor : spelling.tensors) {
      if (!known.complete && met == known.leading) break;
      if (known.seen[tensor.name]) {
        ++met;
      } else if (predicted(tensor)) {
        ++count;
      }
    }
    return (known.complete ? kPerKey : kPerSkippedKey) * static_cast<double>(count);
  }

  double absent_mismatches(const Spelling& file, const Spelling& model) const {
    const ShapeEvidence& evidence = evidence_.mismatched;
    if (evidence_.disjoint) return 0;
    if (!evidence.none && (evidence.leading == 0 || model.layout != Layout::effdet)) return 0;
    std::size_t count = 0, met = 0;
    for (const Spelling::Tensor& tensor : model.tensors) {
      if (!evidence.none && met >= evidence.leading) break;
      if (mismatch_seen_[tensor.name]) {
        ++met;
      } else if (file.has(tensor.name)) {
        const auto place = static_cast<std::size_t>(file.places[tensor.name]);
        count += file.tensors[place].shape != tensor.shape ? 1 : 0;
      }
    }
    return (evidence.none ? kPerKey : kPerSkippedKey) * static_cast<double>(count);
  }

  const LoadEvidence& evidence_;
  const Spellings& spellings_;
  std::size_t name_count_;
  KnownKeys missing_, unexpected_;
  std::vector<KnownShape> shapes_;
  std::vector<bool> mismatch_seen_;  // by NameId
  std::vector<Shares> shares_;       // of each spelling
};

bool has(const Spelling* spelling, const Spellings& spellings, const std::string& key) {
  const auto id = spellings.find_name(key);
  return spelling != nullptr && id && spelling->has(*id);
}

bool has_shape(const Spelling* spelling, const Spellings& spellings, const std::string& key,
               const std::vector<std::int64_t>& shape) {
  if (!has(spelling, spellings, key)) return false;
  const auto place = static_cast<std::size_t>(spelling->places[*spellings.find_name(key)]);
  return spellings.find_shape(key, shape) == spelling->tensors[place].shape;
}

}  // namespace

PairReading read_network_pair(const LoadEvidence& evidence, const Spellings& spellings,
                              const std::string& model) {
  return PairSearch(evidence, spellings).search(model);
}

bool predicts_missing(const NetworkPair& pair, const Spellings& spellings, const std::string& key,
                      bool disjoint) {
  return has(pair.model, spellings, key) && (disjoint || !has(pair.file, spellings, key));
}

bool predicts_unexpected(const NetworkPair& pair, const Spellings& spellings,
                         const std::string& key, bool disjoint) {
  return has(pair.file, spellings, key) && (disjoint || !has(pair.model, spellings, key));
}

bool predicts_mismatch(const NetworkPair& pair, const Spellings& spellings,
                       const ShapeMismatch& mismatch) {
  return has_shape(pair.file, spellings, mismatch.key, mismatch.file) &&
         has_shape(pair.model, spellings, mismatch.key, mismatch.model);
}

}  // namespace effgate
