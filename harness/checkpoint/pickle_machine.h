#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/checkpoint/byte_cursor.h"
#include "harness/checkpoint/pickle.h"
#include "harness/checkpoint/pickle_tree.h"

namespace effgate {

// A stack machine over node ids. Whatever an opcode does returns false after it has set the error.
class PickleMachine {
 public:
  PickleMachine(std::span<const std::byte> bytes, std::size_t memory_limit)
      : cursor_(bytes), memory_limit_(memory_limit) {}

  Unpickled run();

 private:
  bool execute(std::uint8_t opcode);

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
  template <typename Length>
  bool unicode();
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

}  // namespace effgate
