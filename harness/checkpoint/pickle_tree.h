#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

#include "harness/checkpoint/block_list.h"

namespace effgate {

// What a pickle describes, as data: nothing is ever constructed. Calls stay calls.
enum class NodeKind : std::uint8_t {
  none,
  boolean,
  integer,
  big_integer,  // beyond 64 bits; its little-endian bytes
  real,
  text,
  bytes,
  tuple,
  list,
  set,
  dict,        // items alternate key, value
  global,      // a class or function by module and name
  call,        // REDUCE, NEWOBJ, INST, OBJ: callee, arguments, later items and state
  persistent,  // a persistent id, usually a storage
};

// Index of a node in its tree. Nodes may share and may form cycles (memo), so whoever walks a tree
// bounds the walk.
using NodeId = std::uint32_t;
inline constexpr NodeId kNoNode = 0xFFFFFFFF;

// The arena of one pickle. Texts and bytes point into the pickle itself, which must outlive it.
class PickleTree {
  struct Cell {
    NodeId node;
    std::uint32_t next;
  };
  struct Node {
    NodeKind kind = NodeKind::none;
    // By kind: item list {first cell, last cell, count}; text and bytes {length, address};
    // global {module, name}; call {callee, arguments, state, container of items}.
    std::uint32_t a = kNoNode, b = kNoNode, c = kNoNode, d = kNoNode;
  };

 public:
  // The children of a node, in order.
  class Items {
   public:
    class Iterator {
     public:
      using value_type = NodeId;
      using difference_type = std::ptrdiff_t;
      using iterator_category = std::forward_iterator_tag;
      using pointer = const NodeId*;
      using reference = NodeId;
      Iterator() = default;
      NodeId operator*() const { return (*cells_)[at_].node; }
      Iterator& operator++() {
        at_ = (*cells_)[at_].next;
        return *this;
      }
      Iterator operator++(int) {
        Iterator before = *this;
        ++*this;
        return before;
      }
      bool operator==(const Iterator& other) const { return at_ == other.at_; }

     private:
      friend class Items;
      Iterator(const BlockList<Cell>* cells, std::uint32_t at) : cells_(cells), at_(at) {}
      const BlockList<Cell>* cells_ = nullptr;
      std::uint32_t at_ = kNoNode;
    };
    Iterator begin() const { return {cells_, first_}; }
    Iterator end() const { return {cells_, kNoNode}; }
    std::size_t size() const { return size_; }
    // The item at `index`, or kNoNode behind the end.
    NodeId operator[](std::size_t index) const;

   private:
    friend class PickleTree;
    Items(const BlockList<Cell>* cells, std::uint32_t first, std::size_t size)
        : cells_(cells), first_(first), size_(size) {}
    const BlockList<Cell>* cells_;
    std::uint32_t first_;
    std::size_t size_;
  };

  std::size_t size() const { return nodes_.size(); }
  std::size_t memory_bytes() const;
  // kNoNode has kind none.
  NodeKind kind(NodeId id) const { return id < size() ? nodes_[id].kind : NodeKind::none; }
  bool is(NodeId id, NodeKind kind_asked) const { return id < size() && kind(id) == kind_asked; }

  // The value where the node is of that kind.
  std::optional<std::int64_t> integer(NodeId id) const {
    if (!is(id, NodeKind::integer)) return std::nullopt;
    return std::bit_cast<std::int64_t>(joined(nodes_[id].a, nodes_[id].b));
  }
  std::optional<bool> boolean(NodeId id) const {
    return is(id, NodeKind::boolean) ? std::optional(nodes_[id].a != 0) : std::nullopt;
  }
  // Of text, bytes and big integers; "" otherwise.
  std::string_view text(NodeId id) const {
    if (!has_text(kind(id))) return {};
    const Node& node = nodes_[id];
    return {std::bit_cast<const char*>(joined(node.b, node.c)), node.a};
  }

  // Of tuples, lists, sets and dicts; empty otherwise.
  Items items(NodeId id) const {
    if (!has_items(kind(id))) return {&cells_, kNoNode, 0};
    return {&cells_, nodes_[id].a, nodes_[id].c};
  }

  // Of a global; "" otherwise.
  std::string_view module(NodeId id) const {
    return is(id, NodeKind::global) ? text(nodes_[id].a) : std::string_view();
  }
  std::string_view name(NodeId id) const {
    return is(id, NodeKind::global) ? text(nodes_[id].b) : std::string_view();
  }
  bool is_global(NodeId id, std::string_view module_asked, std::string_view name_asked) const;

  // Of a call; kNoNode otherwise. `arguments` is a tuple. `state` is what BUILD gave it last, and
  // `contents` a dict or list of what SETITEMS or APPENDS put in.
  NodeId callee(NodeId id) const { return is(id, NodeKind::call) ? nodes_[id].a : kNoNode; }
  NodeId arguments(NodeId id) const { return is(id, NodeKind::call) ? nodes_[id].b : kNoNode; }
  NodeId state(NodeId id) const { return is(id, NodeKind::call) ? nodes_[id].c : kNoNode; }
  NodeId contents(NodeId id) const { return is(id, NodeKind::call) ? nodes_[id].d : kNoNode; }
  // The identifier a persistent node wraps.
  NodeId persistent_id(NodeId id) const {
    return is(id, NodeKind::persistent) ? nodes_[id].a : kNoNode;
  }

  NodeId add(NodeKind kind);
  NodeId add_integer(std::int64_t value);
  NodeId add_boolean(bool value);
  NodeId add_text(NodeKind kind, std::string_view text);
  NodeId add_global(NodeId module, NodeId name);
  NodeId add_call(NodeId callee, NodeId arguments);
  NodeId add_persistent(NodeId id);
  void append(NodeId container, NodeId item);
  void set_state(NodeId call, NodeId state) { nodes_[call].c = state; }
  void set_contents(NodeId call, NodeId container) { nodes_[call].d = container; }

 private:
  static constexpr bool has_items(NodeKind kind) {
    return kind == NodeKind::tuple || kind == NodeKind::list || kind == NodeKind::set ||
           kind == NodeKind::dict;
  }
  static constexpr bool has_text(NodeKind kind) {
    return kind == NodeKind::text || kind == NodeKind::bytes || kind == NodeKind::big_integer;
  }
  static constexpr std::uint64_t joined(std::uint32_t low, std::uint32_t high) {
    return (static_cast<std::uint64_t>(high) << 32) | low;
  }

  BlockList<Node> nodes_;
  BlockList<Cell> cells_;
};

}  // namespace effgate
