#include <fmt/format.h>

#include "harness/base/text.h"
#include "harness/checkpoint/pickle_machine.h"

// What single opcodes do. Their codes are in the table of pickle.cpp, their meaning in CPython's
// pickletools.

namespace effgate {

bool PickleMachine::proto() {
  const auto version = cursor_.number<std::uint8_t>();
  if (!version) return cut();
  return *version <= 5 ? true : broken(fmt::format("its protocol is {}", *version));
}

bool PickleMachine::mark() {
  marks_.push_back(stack_.size());
  return true;
}

bool PickleMachine::pop_one() {
  // As Python does it: POP right above a mark takes the mark.
  if (above_mark() == 0 && !marks_.empty()) {
    marks_.pop_back();
    return true;
  }
  NodeId ignored = kNoNode;
  return pop(ignored);
}

bool PickleMachine::pop_mark() {
  std::size_t start = 0;
  if (!take_mark(start)) return false;
  stack_.resize(start);
  return true;
}

bool PickleMachine::dup() {
  if (above_mark() == 0) return broken("it takes a value from an empty stack");
  return push(stack_.back());
}

bool PickleMachine::int_line() {
  const auto line = cursor_.line();
  if (!line) return cut();
  if (*line == "00" || *line == "01") return push(tree_.add_boolean(*line == "01"));
  const auto value = parse_integer(*line);
  return value ? push(tree_.add_integer(*value)) : broken("an integer is not written as one");
}

bool PickleMachine::long_line() {
  const auto line = cursor_.line();
  if (!line) return cut();
  const auto value = parse_integer(line->substr(0, line->find('L')));
  return push(value ? tree_.add_integer(*value) : tree_.add_text(NodeKind::big_integer, *line));
}

bool PickleMachine::float_line() {
  return cursor_.line() ? push(tree_.add(NodeKind::real)) : cut();
}

bool PickleMachine::string_line() {
  const auto line = cursor_.line();
  if (!line) return cut();
  if (line->size() < 2 || line->front() != line->back()) return broken("a string lacks its quotes");
  return push(tree_.add_text(NodeKind::text, line->substr(1, line->size() - 2)));
}

bool PickleMachine::unicode_line() {
  const auto line = cursor_.line();
  return line ? push(tree_.add_text(NodeKind::text, *line)) : cut();
}

bool PickleMachine::binfloat() { return cursor_.take(8) ? push(tree_.add(NodeKind::real)) : cut(); }

bool PickleMachine::global() {
  const auto module = cursor_.line();
  const auto name = module ? cursor_.line() : std::nullopt;
  if (!name) return cut();
  const NodeId module_id = tree_.add_text(NodeKind::text, *module);
  return push(tree_.add_global(module_id, tree_.add_text(NodeKind::text, *name)));
}

bool PickleMachine::stack_global() {
  NodeId name = kNoNode;
  NodeId module = kNoNode;
  if (!pop(name) || !pop(module)) return false;
  if (!tree_.is(name, NodeKind::text) || !tree_.is(module, NodeKind::text))
    return broken("a class is not named by texts");
  return push(tree_.add_global(module, name));
}

bool PickleMachine::reduce() {
  NodeId arguments = kNoNode;
  NodeId callee = kNoNode;
  if (!pop(arguments) || !pop(callee)) return false;
  return push(tree_.add_call(callee, arguments));
}

bool PickleMachine::newobj_ex() {
  NodeId keywords = kNoNode;
  return pop(keywords) && reduce();
}

bool PickleMachine::inst() {
  if (!global()) return false;
  const NodeId callee = stack_.back();
  stack_.pop_back();
  if (!collect_marked(NodeKind::tuple)) return false;
  stack_.back() = tree_.add_call(callee, stack_.back());
  return true;
}

bool PickleMachine::obj() {
  std::size_t start = 0;
  if (!take_mark(start)) return false;
  if (start == stack_.size()) return broken("it takes a value from an empty stack");
  const NodeId callee = stack_[start];
  if (!collect(NodeKind::tuple, start + 1)) return false;
  const NodeId made = tree_.add_call(callee, stack_.back());
  stack_.resize(start);
  return push(made);
}

bool PickleMachine::build() {
  NodeId state = kNoNode;
  if (!pop(state)) return false;
  if (above_mark() == 0) return broken("it takes a value from an empty stack");
  if (!tree_.is(stack_.back(), NodeKind::call)) return broken("it gives a state to a plain value");
  tree_.set_state(stack_.back(), state);
  return true;
}

bool PickleMachine::persid() {
  const auto line = cursor_.line();
  if (!line) return cut();
  return push(tree_.add_persistent(tree_.add_text(NodeKind::text, *line)));
}

bool PickleMachine::binpersid() {
  NodeId id = kNoNode;
  return pop(id) && push(tree_.add_persistent(id));
}

bool PickleMachine::put_line() {
  const auto line = cursor_.line();
  if (!line) return cut();
  const auto index = parse_integer(*line);
  if (!index || *index < 0) return broken("a memo index is not a number");
  return remember(static_cast<std::uint64_t>(*index));
}

bool PickleMachine::get_line() {
  const auto line = cursor_.line();
  if (!line) return cut();
  const auto index = parse_integer(*line);
  if (!index || *index < 0) return broken("a memo index is not a number");
  return recall(static_cast<std::uint64_t>(*index));
}

}  // namespace effgate
