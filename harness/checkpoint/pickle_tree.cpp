#include "harness/checkpoint/pickle_tree.h"

#include <bit>

namespace effgate {
namespace {

std::uint32_t low_half(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
std::uint32_t high_half(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }

}  // namespace

NodeId PickleTree::Items::operator[](std::size_t index) const {
  if (index >= size_) return kNoNode;
  Iterator at = begin();
  std::advance(at, static_cast<std::ptrdiff_t>(index));
  return *at;
}

std::size_t PickleTree::memory_bytes() const {
  return nodes_.size() * sizeof(Node) + cells_.size() * sizeof(Cell);
}

bool PickleTree::is_global(NodeId id, std::string_view module_asked,
                           std::string_view name_asked) const {
  return is(id, NodeKind::global) && module(id) == module_asked && name(id) == name_asked;
}

NodeId PickleTree::add(NodeKind kind) {
  nodes_.push_back({.kind = kind});
  if (has_items(kind)) nodes_.back().c = 0;
  return static_cast<NodeId>(nodes_.size() - 1);
}

NodeId PickleTree::add_integer(std::int64_t value) {
  const NodeId id = add(NodeKind::integer);
  nodes_[id].a = low_half(std::bit_cast<std::uint64_t>(value));
  nodes_[id].b = high_half(std::bit_cast<std::uint64_t>(value));
  return id;
}

NodeId PickleTree::add_boolean(bool value) {
  const NodeId id = add(NodeKind::boolean);
  nodes_[id].a = value ? 1 : 0;
  return id;
}

NodeId PickleTree::add_text(NodeKind kind, std::string_view text) {
  const NodeId id = add(kind);
  const auto address = std::bit_cast<std::uint64_t>(text.data());
  nodes_[id].a = static_cast<std::uint32_t>(text.size());
  nodes_[id].b = low_half(address);
  nodes_[id].c = high_half(address);
  return id;
}

NodeId PickleTree::add_global(NodeId module, NodeId name) {
  const NodeId id = add(NodeKind::global);
  nodes_[id].a = module;
  nodes_[id].b = name;
  return id;
}

NodeId PickleTree::add_call(NodeId callee, NodeId arguments) {
  const NodeId id = add(NodeKind::call);
  nodes_[id].a = callee;
  nodes_[id].b = arguments;
  return id;
}

NodeId PickleTree::add_persistent(NodeId identifier) {
  const NodeId id = add(NodeKind::persistent);
  nodes_[id].a = identifier;
  return id;
}

void PickleTree::append(NodeId container, NodeId item) {
  Node& node = nodes_[container];
  const auto cell = static_cast<std::uint32_t>(cells_.size());
  cells_.push_back({item, kNoNode});
  if (node.c == 0) {
    node.a = cell;
  } else {
    cells_[node.b].next = cell;
  }
  node.b = cell;
  ++node.c;
}

}  // namespace effgate
