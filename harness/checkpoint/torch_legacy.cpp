#include "harness/checkpoint/torch_legacy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/base/text.h"
#include "harness/checkpoint/byte_cursor.h"
#include "harness/checkpoint/pickle.h"
#include "harness/checkpoint/state_dict.h"
#include "harness/checkpoint/torch_pickle.h"

namespace effgate {
namespace {

using Bytes = std::span<const std::byte>;

// LONG1 of ten bytes: 0x1950a86a20f9469cfc6c, little-endian, after PROTO and its number.
constexpr std::string_view kMagic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr std::int64_t kProtocolVersion = 1001;
// For all pickles but the object's.
constexpr std::size_t kSmallPickle = std::size_t{8} << 20;

Error malformed(std::string why) { return Error{ErrorKind::malformed, std::move(why)}; }

class Stream {
 public:
  Stream(Bytes bytes, Findings& findings) : bytes_(bytes), findings_(findings) {}

  // The next pickle. What it would call is reported, then its error with `what`.
  Unpickled next(std::string_view what, std::size_t memory_limit = kSmallPickle) {
    Unpickled pickle = read_pickle(bytes_.subspan(position_), memory_limit);
    position_ += pickle.bytes_read;
    report_calls(pickle, false, findings_);
    if (!pickle.error) return pickle;
    Error error = *pickle.error;
    findings_.report(std::move(error).while_doing(what));
    return pickle;
  }
  ByteCursor rest() const { return ByteCursor(bytes_.subspan(position_)); }

 private:
  Bytes bytes_;
  Findings& findings_;
  std::size_t position_ = 0;
};

// Storages by key: the size that the object's persistent ids say, then where the bytes lie.
class Storages {
 public:
  // Every persistent id of the object; two that contradict each other are an error.
  Status collect(const PickleTree& tree) {
    for (NodeId id = 0; id < tree.size(); ++id) {
      if (!tree.is(id, NodeKind::persistent)) continue;
      if (tree.text(tree.items(tree.persistent_id(id))[0]) == "module") continue;
      auto storage = storage_id(tree, id);
      if (!storage.ok()) return std::move(storage).error().while_doing("a persistent id");
      const auto [at, fresh] = by_key_.try_emplace(storage->key, Place{storage->bytes, {}});
      if (by_key_.size() > 2 * kMostTensors)
        return malformed("it has more storages than any model");
      if (!fresh && at->second.bytes != storage->bytes)
        return malformed(fmt::format("storage {} has two sizes", shown(storage->key)));
    }
    return success();
  }

  // Takes the count and the elements of each key, in the order of the keys' list.
  Status locate(const PickleTree& tree, NodeId keys, ByteCursor cursor) {
    for (const NodeId key : tree.items(keys)) {
      const auto at = by_key_.find(tree.text(key));
      if (at == by_key_.end())
        return malformed(fmt::format("storage {} belongs to no tensor", shown(tree.text(key))));
      const auto count = cursor.number<std::int64_t>();
      const auto data = count ? cursor.take(at->second.bytes) : std::nullopt;
      if (!data) {
        return Error{ErrorKind::truncated,
                     fmt::format("the file ends inside storage {}", shown(tree.text(key)))};
      }
      if (!is_count_of(*count, at->second.bytes))
        return malformed(fmt::format("storage {} counts {} elements, which its tensors contradict",
                                     shown(tree.text(key)), *count));
      at->second.data = *data;
      at->second.located = true;
    }
    return success();
  }

  StorageSource source() const {
    return [this](const StorageId& id) -> Result<Bytes> {
      const auto at = by_key_.find(id.key);
      if (at != by_key_.end() && at->second.located) return at->second.data;
      return malformed(fmt::format("lies in storage {}, which is not in the file", shown(id.key)));
    };
  }

 private:
  struct Place {
    std::uint64_t bytes = 0;
    Bytes data;
    bool located = false;
  };

  static std::string shown(std::string_view key) { return printable_utf8(key.substr(0, 100)); }

  static bool is_count_of(std::int64_t count, std::uint64_t bytes) {
    if (count < 0) return false;
    const auto elements = static_cast<std::uint64_t>(count);
    const std::array<std::uint64_t, 5> sizes = {1, 2, 4, 8, 16};
    return std::ranges::any_of(
        sizes, [&](std::uint64_t size) { return elements <= bytes && elements * size == bytes; });
  }

  std::unordered_map<std::string_view, Place> by_key_;
};

Status check_system(const PickleTree& tree, NodeId system) {
  const NodeId little = value_below(tree, system, "little_endian");
  if (tree.boolean(little) == false) return malformed("its byte order is big, not little");
  return success();
}

}  // namespace

bool has_legacy_magic(Bytes bytes) {
  const std::string_view text = as_text(bytes);
  return text.size() > 2 && text[0] == '\x80' && text.substr(2).starts_with(kMagic);
}

Status read_torch_legacy(Bytes bytes, const OpenOptions& options, Findings& findings) {
  findings.writer = "torch before 1.6, or a newer one with the old format";
  Stream stream(bytes, findings);
  const Unpickled magic = stream.next("the magic number");
  const Unpickled version = magic.error ? Unpickled{} : stream.next("the protocol version");
  const Unpickled system = version.error ? Unpickled{} : stream.next("the system information");
  if (!findings.problems.empty()) return success();
  if (version.tree.integer(version.root) != kProtocolVersion)
    findings.report(malformed("its protocol version is not 1001"));
  if (const Status status = check_system(system.tree, system.root); !status.ok())
    findings.report(status.error());

  const Unpickled object = stream.next("the object", kPickleMemoryLimit);
  if (object.error) return success();
  Storages storages;
  if (const Status status = storages.collect(object.tree); !status.ok())
    findings.report(status.error());
  const Unpickled keys = stream.next("the list of storages");
  if (!keys.error) {
    if (const Status status = storages.locate(keys.tree, keys.root, stream.rest()); !status.ok())
      findings.report(status.error());
  }
  return read_torch_pickle(object, storages.source(), options, findings);
}

void read_bare_pickle(Bytes bytes, Findings& findings) {
  const Unpickled pickle = read_pickle(bytes);
  report_calls(pickle, false, findings);
  if (!findings.problems.empty()) return;
  if (pickle.error) {
    findings.report(FileProblem::not_a_checkpoint, "It is no file of torch.save.");
  } else {
    findings.report(FileProblem::no_state_dict,
                    "It is a pickle, but torch.save did not write it: it holds no tensors.");
  }
}

}  // namespace effgate
