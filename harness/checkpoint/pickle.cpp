#include "harness/checkpoint/pickle.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "harness/base/text.h"
#include "harness/checkpoint/pickle_machine.h"

namespace effgate {
namespace {

constexpr std::uint8_t kStop = '.';
// No pickler gives its memo an index far beyond the number of its values.
constexpr std::uint64_t kMemoLimit = std::uint64_t{1} << 21;

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

const std::array<PickleMachine::Handler, 256>& PickleMachine::handlers() {
  static const std::array<Handler, 256> table = [] {
    std::array<Handler, 256> t{};
    t[0x80] = &PickleMachine::proto;
    t[0x95] = &PickleMachine::frame;
    t[kStop] = &PickleMachine::stop;
    t['('] = &PickleMachine::mark;
    t['0'] = &PickleMachine::pop_one;
    t['1'] = &PickleMachine::pop_mark;
    t['2'] = &PickleMachine::dup;
    t['N'] = &PickleMachine::none;
    t[0x88] = &PickleMachine::new_true;
    t[0x89] = &PickleMachine::new_false;
    t['I'] = &PickleMachine::int_line;
    t['L'] = &PickleMachine::long_line;
    t['F'] = &PickleMachine::float_line;
    t['S'] = &PickleMachine::string_line;
    t['V'] = &PickleMachine::unicode_line;
    t['K'] = &PickleMachine::integer<std::uint8_t>;
    t['M'] = &PickleMachine::integer<std::uint16_t>;
    t['J'] = &PickleMachine::integer<std::int32_t>;
    t[0x8a] = &PickleMachine::long_bytes<std::uint8_t>;
    t[0x8b] = &PickleMachine::long_bytes<std::uint32_t>;
    t['G'] = &PickleMachine::binfloat;
    t['X'] = &PickleMachine::unicode<std::uint32_t>;
    t[0x8c] = &PickleMachine::unicode<std::uint8_t>;
    t[0x8d] = &PickleMachine::unicode<std::uint64_t>;
    t['T'] = &PickleMachine::counted<std::uint32_t, NodeKind::text>;
    t['U'] = &PickleMachine::counted<std::uint8_t, NodeKind::text>;
    t['B'] = &PickleMachine::counted<std::uint32_t, NodeKind::bytes>;
    t['C'] = &PickleMachine::counted<std::uint8_t, NodeKind::bytes>;
    t[0x8e] = &PickleMachine::counted<std::uint64_t, NodeKind::bytes>;
    t[0x96] = &PickleMachine::counted<std::uint64_t, NodeKind::bytes>;
    t[')'] = &PickleMachine::empty_tuple;
    t['t'] = &PickleMachine::tuple;
    t[0x85] = &PickleMachine::tuple1;
    t[0x86] = &PickleMachine::tuple2;
    t[0x87] = &PickleMachine::tuple3;
    t[']'] = &PickleMachine::empty_list;
    t['l'] = &PickleMachine::list;
    t['}'] = &PickleMachine::empty_dict;
    t['d'] = &PickleMachine::dict;
    t[0x8f] = &PickleMachine::empty_set;
    t[0x91] = &PickleMachine::frozenset;
    t['a'] = &PickleMachine::append;
    t['e'] = &PickleMachine::appends;
    t['s'] = &PickleMachine::setitem;
    t['u'] = &PickleMachine::setitems;
    t[0x90] = &PickleMachine::additems;
    t['c'] = &PickleMachine::global;
    t[0x93] = &PickleMachine::stack_global;
    t['R'] = &PickleMachine::reduce;
    t[0x81] = &PickleMachine::reduce;  // NEWOBJ: a class in place of a function, the same shape
    t[0x92] = &PickleMachine::newobj_ex;
    t['i'] = &PickleMachine::inst;
    t['o'] = &PickleMachine::obj;
    t['b'] = &PickleMachine::build;
    t['P'] = &PickleMachine::persid;
    t['Q'] = &PickleMachine::binpersid;
    t[0x94] = &PickleMachine::memoize;
    t['p'] = &PickleMachine::put_line;
    t['q'] = &PickleMachine::put<std::uint8_t>;
    t['r'] = &PickleMachine::put<std::uint32_t>;
    t['g'] = &PickleMachine::get_line;
    t['h'] = &PickleMachine::get<std::uint8_t>;
    t['j'] = &PickleMachine::get<std::uint32_t>;
    return t;
  }();
  return table;
}

Unpickled PickleMachine::run() {
  NodeId root = kNoNode;
  for (bool going = true; going;) {
    const auto opcode = cursor_.number<std::uint8_t>();
    if (!opcode) {
      fail(ErrorKind::truncated, "it ends without STOP");
      break;
    }
    const Handler handler = handlers()[*opcode];
    if (handler == nullptr) {
      broken(fmt::format("opcode 0x{:02x} is not one that checkpoints use", *opcode));
      break;
    }
    going = (this->*handler)() && within_memory();
    if (going && *opcode == kStop) {
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
