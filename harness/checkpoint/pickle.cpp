#include "harness/checkpoint/pickle.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "harness/base/text.h"
#include "harness/checkpoint/pickle_machine.h"

namespace effgate {
namespace {

constexpr std::uint8_t kStop = '.';
// No pickler gives its memo an index far beyond the number of its values.
constexpr std::uint64_t kMemoLimit = std::uint64_t{1} << 21;
// One opcode adds a node, or a cell for each value that it takes from the stack, which was counted.
constexpr std::uint64_t kOpcodesBetweenChecks = 256;

}  // namespace

template <typename Length>
bool PickleMachine::long_bytes() {
  const auto length = cursor_.number<Length>();
  const auto body = length ? cursor_.take(*length) : std::nullopt;
  if (!body) return cut();
  if (body->size() > 8) return push(tree_.add_text(NodeKind::big_integer, as_text(*body)));
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < body->size(); ++i)
    value |= static_cast<std::uint64_t>((*body)[i]) << (8 * i);
  const std::size_t unused_bits = 64 - 8 * body->size();
  // Sign-extends from the highest byte that is there.
  const auto wide =
      body->empty() ? 0 : static_cast<std::int64_t>(value << unused_bits) >> unused_bits;
  return push(tree_.add_integer(wide));
}

template <typename Length>
bool PickleMachine::unicode() {
  if (!counted<Length, NodeKind::text>()) return false;
  return is_utf8_with_surrogates(tree_.text(stack_.back())) || broken("a text is not UTF-8");
}

bool PickleMachine::execute(std::uint8_t opcode) {
  switch (opcode) {
    case 0x80: return proto();
    case 0x95: return frame();
    case kStop: return stop();
    case '(': return mark();
    case '0': return pop_one();
    case '1': return pop_mark();
    case '2': return dup();
    case 'N': return none();
    case 0x88: return new_true();
    case 0x89: return new_false();
    case 'I': return int_line();
    case 'L': return long_line();
    case 'F': return float_line();
    case 'S': return string_line();
    case 'V': return unicode_line();
    case 'K': return integer<std::uint8_t>();
    case 'M': return integer<std::uint16_t>();
    case 'J': return integer<std::int32_t>();
    case 0x8a: return long_bytes<std::uint8_t>();
    case 0x8b: return long_bytes<std::uint32_t>();
    case 'G': return binfloat();
    case 'X': return unicode<std::uint32_t>();
    case 0x8c: return unicode<std::uint8_t>();
    case 0x8d: return unicode<std::uint64_t>();
    case 'T': return counted<std::uint32_t, NodeKind::text>();
    case 'U': return counted<std::uint8_t, NodeKind::text>();
    case 'B': return counted<std::uint32_t, NodeKind::bytes>();
    case 'C': return counted<std::uint8_t, NodeKind::bytes>();
    case 0x8e:
    case 0x96: return counted<std::uint64_t, NodeKind::bytes>();
    case ')': return empty_tuple();
    case 't': return tuple();
    case 0x85: return tuple1();
    case 0x86: return tuple2();
    case 0x87: return tuple3();
    case ']': return empty_list();
    case 'l': return list();
    case '}': return empty_dict();
    case 'd': return dict();
    case 0x8f: return empty_set();
    case 0x91: return frozenset();
    case 'a': return append();
    case 'e': return appends();
    case 's': return setitem();
    case 'u': return setitems();
    case 0x90: return additems();
    case 'c': return global();
    case 0x93: return stack_global();
    case 'R':
    case 0x81: return reduce();  // NEWOBJ: a class in place of a function, the same shape
    case 0x92: return newobj_ex();
    case 'i': return inst();
    case 'o': return obj();
    case 'b': return build();
    case 'P': return persid();
    case 'Q': return binpersid();
    case 0x94: return memoize();
    case 'p': return put_line();
    case 'q': return put<std::uint8_t>();
    case 'r': return put<std::uint32_t>();
    case 'g': return get_line();
    case 'h': return get<std::uint8_t>();
    case 'j': return get<std::uint32_t>();
  }
  return broken(fmt::format("opcode 0x{:02x} is not one that checkpoints use", opcode));
}

Unpickled PickleMachine::run() {
  NodeId root = kNoNode;
  for (std::uint64_t executed = 1;; ++executed) {
    const auto opcode = cursor_.number<std::uint8_t>();
    if (!opcode) {
      fail(ErrorKind::truncated, "it ends without STOP");
      break;
    }
    if (!execute(*opcode)) break;
    const bool stopped = *opcode == kStop;
    if ((stopped || executed % kOpcodesBetweenChecks == 0) && !within_memory()) break;
    if (stopped) {
      pop(root);
      break;
    }
  }
  return {std::move(tree_), root, cursor_.position(), std::move(error_)};
}

bool PickleMachine::fail(ErrorKind kind, std::string_view why) {
  error_ = Error{kind, fmt::format("reading the pickle at byte {}: {}", cursor_.position(), why)};
  return false;
}

bool PickleMachine::within_memory() {
  const std::size_t lists =
      (stack_.size() + memo_.size()) * sizeof(NodeId) + marks_.size() * sizeof(std::size_t);
  // Vectors may hold three times their content while they grow.
  if (tree_.memory_bytes() + 3 * lists <= memory_limit_) return true;
  return fail(ErrorKind::unsupported,
              fmt::format("it describes more than fits into {}", bytes_text(memory_limit_)));
}

bool PickleMachine::pop(NodeId& id) {
  if (above_mark() == 0) return broken("it takes a value from an empty stack");
  id = stack_.back();
  stack_.pop_back();
  return true;
}

bool PickleMachine::take_mark(std::size_t& start) {
  if (marks_.empty()) return broken("it looks for a mark that is not there");
  start = marks_.back();
  marks_.pop_back();
  return true;
}

bool PickleMachine::collect(NodeKind kind, std::size_t start) {
  if (kind == NodeKind::dict && (stack_.size() - start) % 2 != 0)
    return broken("a dictionary has a key without a value");
  const NodeId id = tree_.add(kind);
  for (std::size_t i = start; i < stack_.size(); ++i) tree_.append(id, stack_[i]);
  stack_.resize(start);
  return push(id);
}

bool PickleMachine::collect_last(std::size_t count) {
  if (above_mark() < count) return broken("it takes a value from an empty stack");
  return collect(NodeKind::tuple, stack_.size() - count);
}

bool PickleMachine::collect_marked(NodeKind kind) {
  std::size_t start = 0;
  return take_mark(start) && collect(kind, start);
}

// Where items for `target` go: itself, or the contents of the object that a call makes.
NodeId PickleMachine::container_of(NodeId target, NodeKind kind) {
  if (tree_.kind(target) == kind) return target;
  if (!tree_.is(target, NodeKind::call)) return kNoNode;
  if (tree_.contents(target) == kNoNode) tree_.set_contents(target, tree_.add(kind));
  return tree_.kind(tree_.contents(target)) == kind ? tree_.contents(target) : kNoNode;
}

// Moves the values from `start` on into the container just below them.
bool PickleMachine::put_into_top(NodeKind kind, std::size_t start) {
  const std::size_t floor = marks_.empty() ? 0 : marks_.back();
  if (start <= floor) return broken("it puts items into nothing");
  if (kind == NodeKind::dict && (stack_.size() - start) % 2 != 0)
    return broken("a dictionary has a key without a value");
  const NodeId container = container_of(stack_[start - 1], kind);
  if (container == kNoNode) return broken("it puts items into what holds none");
  for (std::size_t i = start; i < stack_.size(); ++i) tree_.append(container, stack_[i]);
  stack_.resize(start);
  return true;
}

bool PickleMachine::append() {
  if (above_mark() < 2) return broken("it takes a value from an empty stack");
  return put_into_top(NodeKind::list, stack_.size() - 1);
}

bool PickleMachine::appends() {
  std::size_t start = 0;
  return take_mark(start) && put_into_top(NodeKind::list, start);
}

bool PickleMachine::setitem() {
  if (above_mark() < 3) return broken("it takes a value from an empty stack");
  return put_into_top(NodeKind::dict, stack_.size() - 2);
}

bool PickleMachine::setitems() {
  std::size_t start = 0;
  return take_mark(start) && put_into_top(NodeKind::dict, start);
}

bool PickleMachine::additems() {
  std::size_t start = 0;
  return take_mark(start) && put_into_top(NodeKind::set, start);
}

bool PickleMachine::remember(std::uint64_t index) {
  if (above_mark() == 0) return broken("it remembers a value from an empty stack");
  if (index >= kMemoLimit) return broken(fmt::format("its memo index {} is too large", index));
  if (index >= memo_.size()) memo_.resize(static_cast<std::size_t>(index) + 1, kNoNode);
  memo_[static_cast<std::size_t>(index)] = stack_.back();
  ++remembered_;
  return true;
}

bool PickleMachine::recall(std::uint64_t index) {
  if (index >= memo_.size() || memo_[static_cast<std::size_t>(index)] == kNoNode)
    return broken(fmt::format("it recalls memo {}, which was never set", index));
  return push(memo_[static_cast<std::size_t>(index)]);
}

Unpickled read_pickle(std::span<const std::byte> bytes, std::size_t memory_limit) {
  return PickleMachine(bytes, memory_limit).run();
}

}  // namespace effgate
