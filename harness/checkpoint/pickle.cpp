#include "harness/checkpoint/pickle.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "harness/base/text.h"
#include "harness/checkpoint/byte_cursor.h"

namespace effgate {
namespace {

// A stack machine over node ids. Every handler returns false after it has set the error.
class Machine {
 public:
  Machine(std::span<const std::byte> bytes, std::size_t memory_limit)
      : cursor_(bytes), memory_limit_(memory_limit) {}

  Unpickled run();

 private:
  using Handler = bool (Machine::*)();
  static const std::array<Handler, 256>& handlers();

  bool fail(ErrorKind kind, std::string_view why);
  bool cut() { return fail(ErrorKind::truncated, "it ends in the middle of a value"); }
  bool broken(std::string_view why) { return fail(ErrorKind::malformed, why); }
  bool within_memory();

  bool push(NodeId id) {
    stack_.push_back(id);
    return true;
  }
  // The number of values above the topmost mark, and without popping below it.
  std::size_t above_mark() const { return stack_.size() - (marks_.empty() ? 0 : marks_.back()); }
  bool pop(NodeId& id);
  bool take_mark(std::size_t& start);

  // Containers.
  bool collect(NodeKind kind, std::size_t start);
  bool collect_last(std::size_t count);
  bool collect_marked(NodeKind kind);
  bool put_into_top(NodeKind kind, std::size_t start);
  NodeId container_of(NodeId target, NodeKind kind);

  // Opcodes with one body each.
  bool proto();
  bool frame() { return cursor_.number<std::uint64_t>() ? true : cut(); }
  bool mark();
  bool pop_one();
  bool pop_mark();
  bool dup();
  bool none() { return push(tree_.add(NodeKind::none)); }
  bool new_true() { return push(tree_.add_boolean(true)); }
  bool new_false() { return push(tree_.add_boolean(false)); }
  bool int_line();
  bool long_line();
  bool float_line();
  bool string_line();
  bool unicode_line();
  bool binfloat();
  bool empty_tuple() { return push(tree_.add(NodeKind::tuple)); }
  bool tuple() { return collect_marked(NodeKind::tuple); }
  bool tuple1() { return collect_last(1); }
  bool tuple2() { return collect_last(2); }
  bool tuple3() { return collect_last(3); }
  bool empty_list() { return push(tree_.add(NodeKind::list)); }
  bool list() { return collect_marked(NodeKind::list); }
  bool empty_dict() { return push(tree_.add(NodeKind::dict)); }
  bool dict() { return collect_marked(NodeKind::dict); }
  bool empty_set() { return push(tree_.add(NodeKind::set)); }
  bool frozenset() { return collect_marked(NodeKind::set); }
  bool append();
  bool appends();
  bool setitem();
  bool setitems();
  bool additems();
  bool global();
  bool stack_global();
  bool reduce();
  bool newobj_ex();
  bool inst();
  bool obj();
  bool build();
  bool persid();
  bool binpersid();
  bool memoize() { return remember(remembered_); }
  bool put_line();
  bool get_line();
  bool stop() { return true; }

  bool remember(std::uint64_t index);
  bool recall(std::uint64_t index);

  template <typename Number>
  bool integer() {
    const auto value = cursor_.number<Number>();
    return value ? push(tree_.add_integer(static_cast<std::int64_t>(*value))) : cut();
  }
  template <typename Length>
  bool long_bytes();
  template <typename Length, NodeKind kind>
  bool counted() {
    const auto length = cursor_.number<Length>();
    const auto body = length ? cursor_.take(static_cast<std::uint64_t>(*length)) : std::nullopt;
    if (!body) return cut();
    if (body->size() > 0xFFFFFFF0U) return broken("a text is longer than 4 GB");
    return push(tree_.add_text(kind, as_text(*body)));
  }
  template <typename Number>
  bool put() {
    const auto index = cursor_.number<Number>();
    return index ? remember(*index) : cut();
  }
  template <typename Number>
  bool get() {
    const auto index = cursor_.number<Number>();
    return index ? recall(*index) : cut();
  }

  ByteCursor cursor_;
  std::size_t memory_limit_;
  PickleTree tree_;
  std::vector<NodeId> stack_;
  std::vector<std::size_t> marks_;
  std::vector<NodeId> memo_;
  std::uint64_t remembered_ = 0;  // how many values the memo was given, what MEMOIZE counts
  std::optional<Error> error_;
};

constexpr std::uint8_t kStop = '.';
// No pickler gives its memo an index far beyond the number of its values.
constexpr std::uint64_t kMemoLimit = std::uint64_t{1} << 21;

const std::array<Machine::Handler, 256>& Machine::handlers() {
  static const std::array<Handler, 256> table = [] {
    std::array<Handler, 256> t{};
    t[0x80] = &Machine::proto;
    t[0x95] = &Machine::frame;
    t[kStop] = &Machine::stop;
    t['('] = &Machine::mark;
    t['0'] = &Machine::pop_one;
    t['1'] = &Machine::pop_mark;
    t['2'] = &Machine::dup;
    t['N'] = &Machine::none;
    t[0x88] = &Machine::new_true;
    t[0x89] = &Machine::new_false;
    t['I'] = &Machine::int_line;
    t['L'] = &Machine::long_line;
    t['F'] = &Machine::float_line;
    t['S'] = &Machine::string_line;
    t['V'] = &Machine::unicode_line;
    t['K'] = &Machine::integer<std::uint8_t>;
    t['M'] = &Machine::integer<std::uint16_t>;
    t['J'] = &Machine::integer<std::int32_t>;
    t[0x8a] = &Machine::long_bytes<std::uint8_t>;
    t[0x8b] = &Machine::long_bytes<std::uint32_t>;
    t['G'] = &Machine::binfloat;
    t['X'] = &Machine::counted<std::uint32_t, NodeKind::text>;
    t[0x8c] = &Machine::counted<std::uint8_t, NodeKind::text>;
    t[0x8d] = &Machine::counted<std::uint64_t, NodeKind::text>;
    t['T'] = &Machine::counted<std::uint32_t, NodeKind::text>;
    t['U'] = &Machine::counted<std::uint8_t, NodeKind::text>;
    t['B'] = &Machine::counted<std::uint32_t, NodeKind::bytes>;
    t['C'] = &Machine::counted<std::uint8_t, NodeKind::bytes>;
    t[0x8e] = &Machine::counted<std::uint64_t, NodeKind::bytes>;
    t[0x96] = &Machine::counted<std::uint64_t, NodeKind::bytes>;
    t[')'] = &Machine::empty_tuple;
    t['t'] = &Machine::tuple;
    t[0x85] = &Machine::tuple1;
    t[0x86] = &Machine::tuple2;
    t[0x87] = &Machine::tuple3;
    t[']'] = &Machine::empty_list;
    t['l'] = &Machine::list;
    t['}'] = &Machine::empty_dict;
    t['d'] = &Machine::dict;
    t[0x8f] = &Machine::empty_set;
    t[0x91] = &Machine::frozenset;
    t['a'] = &Machine::append;
    t['e'] = &Machine::appends;
    t['s'] = &Machine::setitem;
    t['u'] = &Machine::setitems;
    t[0x90] = &Machine::additems;
    t['c'] = &Machine::global;
    t[0x93] = &Machine::stack_global;
    t['R'] = &Machine::reduce;
    t[0x81] = &Machine::reduce;  // NEWOBJ: a class in place of a function, the same shape
    t[0x92] = &Machine::newobj_ex;
    t['i'] = &Machine::inst;
    t['o'] = &Machine::obj;
    t['b'] = &Machine::build;
    t['P'] = &Machine::persid;
    t['Q'] = &Machine::binpersid;
    t[0x94] = &Machine::memoize;
    t['p'] = &Machine::put_line;
    t['q'] = &Machine::put<std::uint8_t>;
    t['r'] = &Machine::put<std::uint32_t>;
    t['g'] = &Machine::get_line;
    t['h'] = &Machine::get<std::uint8_t>;
    t['j'] = &Machine::get<std::uint32_t>;
    return t;
  }();
  return table;
}

Unpickled Machine::run() {
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

bool Machine::fail(ErrorKind kind, std::string_view why) {
  error_ = Error{kind, fmt::format("reading the pickle at byte {}: {}", cursor_.position(), why)};
  return false;
}

bool Machine::within_memory() {
  const std::size_t lists =
      (stack_.size() + memo_.size()) * sizeof(NodeId) + marks_.size() * sizeof(std::size_t);
  // Vectors may hold three times their content while they grow.
  if (tree_.memory_bytes() + 3 * lists <= memory_limit_) return true;
  return fail(ErrorKind::unsupported,
              fmt::format("it describes more than fits into {}", bytes_text(memory_limit_)));
}

bool Machine::pop(NodeId& id) {
  if (above_mark() == 0) return broken("it takes a value from an empty stack");
  id = stack_.back();
  stack_.pop_back();
  return true;
}

bool Machine::take_mark(std::size_t& start) {
  if (marks_.empty()) return broken("it looks for a mark that is not there");
  start = marks_.back();
  marks_.pop_back();
  return true;
}

bool Machine::collect(NodeKind kind, std::size_t start) {
  if (kind == NodeKind::dict && (stack_.size() - start) % 2 != 0)
    return broken("a dictionary has a key without a value");
  const NodeId id = tree_.add(kind);
  for (std::size_t i = start; i < stack_.size(); ++i) tree_.append(id, stack_[i]);
  stack_.resize(start);
  return push(id);
}

bool Machine::collect_last(std::size_t count) {
  if (above_mark() < count) return broken("it takes a value from an empty stack");
  return collect(NodeKind::tuple, stack_.size() - count);
}

bool Machine::collect_marked(NodeKind kind) {
  std::size_t start = 0;
  return take_mark(start) && collect(kind, start);
}

// Where items for `target` go: itself, or the contents of the object that a call makes.
NodeId Machine::container_of(NodeId target, NodeKind kind) {
  if (tree_.kind(target) == kind) return target;
  if (!tree_.is(target, NodeKind::call)) return kNoNode;
  if (tree_.contents(target) == kNoNode) tree_.set_contents(target, tree_.add(kind));
  return tree_.kind(tree_.contents(target)) == kind ? tree_.contents(target) : kNoNode;
}

// Moves the values from `start` on into the container just below them.
bool Machine::put_into_top(NodeKind kind, std::size_t start) {
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

bool Machine::append() {
  if (above_mark() < 2) return broken("it takes a value from an empty stack");
  return put_into_top(NodeKind::list, stack_.size() - 1);
}

bool Machine::appends() {
  std::size_t start = 0;
  return take_mark(start) && put_into_top(NodeKind::list, start);
}

bool Machine::setitem() {
  if (above_mark() < 3) return broken("it takes a value from an empty stack");
  return put_into_top(NodeKind::dict, stack_.size() - 2);
}

bool Machine::setitems() {
  std::size_t start = 0;
  return take_mark(start) && put_into_top(NodeKind::dict, start);
}

bool Machine::additems() {
  std::size_t start = 0;
  return take_mark(start) && put_into_top(NodeKind::set, start);
}

bool Machine::proto() {
  const auto version = cursor_.number<std::uint8_t>();
  if (!version) return cut();
  return *version <= 5 ? true : broken(fmt::format("its protocol is {}", *version));
}

bool Machine::mark() {
  marks_.push_back(stack_.size());
  return true;
}

bool Machine::pop_one() {
  // As Python does it: POP right above a mark takes the mark.
  if (above_mark() == 0 && !marks_.empty()) {
    marks_.pop_back();
    return true;
  }
  NodeId ignored = kNoNode;
  return pop(ignored);
}

bool Machine::pop_mark() {
  std::size_t start = 0;
  if (!take_mark(start)) return false;
  stack_.resize(start);
  return true;
}

bool Machine::dup() {
  if (above_mark() == 0) return broken("it takes a value from an empty stack");
  return push(stack_.back());
}

bool Machine::int_line() {
  const auto line = cursor_.line();
  if (!line) return cut();
  if (*line == "00" || *line == "01") return push(tree_.add_boolean(*line == "01"));
  const auto value = parse_integer(*line);
  return value ? push(tree_.add_integer(*value)) : broken("an integer is not written as one");
}

bool Machine::long_line() {
  const auto line = cursor_.line();
  if (!line) return cut();
  const auto value = parse_integer(line->substr(0, line->find('L')));
  return push(value ? tree_.add_integer(*value) : tree_.add_text(NodeKind::big_integer, *line));
}

bool Machine::float_line() { return cursor_.line() ? push(tree_.add(NodeKind::real)) : cut(); }

bool Machine::string_line() {
  const auto line = cursor_.line();
  if (!line) return cut();
  if (line->size() < 2 || line->front() != line->back()) return broken("a string lacks its quotes");
  return push(tree_.add_text(NodeKind::text, line->substr(1, line->size() - 2)));
}

bool Machine::unicode_line() {
  const auto line = cursor_.line();
  return line ? push(tree_.add_text(NodeKind::text, *line)) : cut();
}

bool Machine::binfloat() { return cursor_.take(8) ? push(tree_.add(NodeKind::real)) : cut(); }

template <typename Length>
bool Machine::long_bytes() {
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

bool Machine::global() {
  const auto module = cursor_.line();
  const auto name = module ? cursor_.line() : std::nullopt;
  if (!name) return cut();
  const NodeId module_id = tree_.add_text(NodeKind::text, *module);
  return push(tree_.add_global(module_id, tree_.add_text(NodeKind::text, *name)));
}

bool Machine::stack_global() {
  NodeId name = kNoNode;
  NodeId module = kNoNode;
  if (!pop(name) || !pop(module)) return false;
  if (!tree_.is(name, NodeKind::text) || !tree_.is(module, NodeKind::text))
    return broken("a class is not named by texts");
  return push(tree_.add_global(module, name));
}

bool Machine::reduce() {
  NodeId arguments = kNoNode;
  NodeId callee = kNoNode;
  if (!pop(arguments) || !pop(callee)) return false;
  return push(tree_.add_call(callee, arguments));
}

bool Machine::newobj_ex() {
  NodeId keywords = kNoNode;
  return pop(keywords) && reduce();
}

bool Machine::inst() {
  if (!global()) return false;
  const NodeId callee = stack_.back();
  stack_.pop_back();
  if (!collect_marked(NodeKind::tuple)) return false;
  stack_.back() = tree_.add_call(callee, stack_.back());
  return true;
}

bool Machine::obj() {
  std::size_t start = 0;
  if (!take_mark(start)) return false;
  if (start == stack_.size()) return broken("it takes a value from an empty stack");
  const NodeId callee = stack_[start];
  if (!collect(NodeKind::tuple, start + 1)) return false;
  const NodeId made = tree_.add_call(callee, stack_.back());
  stack_.resize(start);
  return push(made);
}

bool Machine::build() {
  NodeId state = kNoNode;
  if (!pop(state)) return false;
  if (above_mark() == 0) return broken("it takes a value from an empty stack");
  if (!tree_.is(stack_.back(), NodeKind::call)) return broken("it gives a state to a plain value");
  tree_.set_state(stack_.back(), state);
  return true;
}

bool Machine::persid() {
  const auto line = cursor_.line();
  if (!line) return cut();
  return push(tree_.add_persistent(tree_.add_text(NodeKind::text, *line)));
}

bool Machine::binpersid() {
  NodeId id = kNoNode;
  return pop(id) && push(tree_.add_persistent(id));
}

bool Machine::put_line() {
  const auto line = cursor_.line();
  if (!line) return cut();
  const auto index = parse_integer(*line);
  if (!index || *index < 0) return broken("a memo index is not a number");
  return remember(static_cast<std::uint64_t>(*index));
}

bool Machine::get_line() {
  const auto line = cursor_.line();
  if (!line) return cut();
  const auto index = parse_integer(*line);
  if (!index || *index < 0) return broken("a memo index is not a number");
  return recall(static_cast<std::uint64_t>(*index));
}

bool Machine::remember(std::uint64_t index) {
  if (above_mark() == 0) return broken("it remembers a value from an empty stack");
  if (index >= kMemoLimit) return broken(fmt::format("its memo index {} is too large", index));
  if (index >= memo_.size()) memo_.resize(static_cast<std::size_t>(index) + 1, kNoNode);
  memo_[static_cast<std::size_t>(index)] = stack_.back();
  ++remembered_;
  return true;
}

bool Machine::recall(std::uint64_t index) {
  if (index >= memo_.size() || memo_[static_cast<std::size_t>(index)] == kNoNode)
    return broken(fmt::format("it recalls memo {}, which was never set", index));
  return push(memo_[static_cast<std::size_t>(index)]);
}

}  // namespace

Unpickled read_pickle(std::span<const std::byte> bytes, std::size_t memory_limit) {
  return Machine(bytes, memory_limit).run();
}

}  // namespace effgate
