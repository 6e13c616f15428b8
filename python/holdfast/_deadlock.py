"""Deadlocks: found in the words that everybody publishes anyway, broken by ending one wait.

*Algorithm.* Contexts say what they wait for and what they own. From these a waiter is *stuck* when
an owner that stands in its way is stuck (mutex, read-write lock), or when every owner is (semaphore:
any of them could give a permit back). Starting with all waiters and striking out who is not stuck
leaves the deadlocked ones and those who queue behind them. My ring is who of them I reach and who
reaches me. Nobody is stopped for it: the members are read again, twice, and only when nothing moved
it is a deadlock. Whoever of them looks, in any language, chooses the same victim.
"""

from __future__ import annotations

import time
from typing import NamedTuple, Optional

from . import _tickets
from ._contexts import ThreadContext
from ._locklayout import Context, Header, Lock, Owner, Wait, excludes
from ._locks import Locks
from ._words import word_at

_MODES = {
    Wait.EXCLUSIVE: "exclusive", Wait.UPDATE: "update", Wait.READ: "read", Wait.PERMIT: "permit", Wait.DRAIN: "drain",
}  # fmt: skip
_FIELDS = (Context.SINCE, Context.PRIORITY, Context.AMOUNT, Context.CANCEL, Context.VICTIM)

class Node(NamedTuple):
    """A context as it was read once."""

    index: int
    handle: int
    sequence: int
    wait: int
    held: tuple[int, ...]
    since: int
    priority: int
    amount: int
    cancel: int
    victim: int

    @property
    def key(self) -> int:
        return Wait.key(self.wait)

    @property
    def mode(self) -> int:
        return Wait.mode(self.wait)

    @property
    def cancelled(self) -> bool:
        return self.cancel == self.sequence



def look(locks: Locks, context: ThreadContext) -> None:
    """Breaks the deadlock that this waiter is in, if there is one."""
    members = Snapshot(locks).ring(context.index)
    if not members or not _confirmed(locks, members):
        return
    if _tickets.settle(locks, [(node.index, node.handle, node.wait) for node in members]):
        return  # of transactions alone: one of them gives way by itself
    victim = steps_back(members) or choose(members)
    locks.words.set(locks.segment.context(victim.index) + Context.CANCEL, victim.sequence)
    locks.contexts.signal(victim.index, victim.handle)


def _confirmed(locks: Locks, members: list[Node]) -> bool:
    """Reads every member again, twice: only what did not move is a deadlock; one that is broken already is not."""
    if any(locks.contexts.dead(node.handle, prove=True) for node in members):
        return False
    for _ in range(2):
        again = [_read(locks, node.index) for node in members]
        if again != members or any(node.cancelled for node in members):
            return False
    return True


def steps_back(members: list[Node]) -> Optional[Node]:
    """A writer that drains while a reader of the ring waits for the same lock: letting that one in breaks the ring."""
    reading = {node.key for node in members if node.mode == Wait.READ}
    return next((node for node in members if node.mode == Wait.DRAIN and node.key in reading), None)


def choose(members: list[Node]) -> Node:
    """The victim: least often before, lowest priority, fewest held, youngest, highest context."""
    return min(
        members,
        key=lambda node: (
            node.victim,
            node.priority,
            len(node.held),
            -node.since,
            -node.index,
        ),
    )


def _read(locks: Locks, index: int) -> Node:
    wait = locks.words.get(locks.segment.wait(index))
    return _parse(index, wait, locks.words.read(locks.segment.context(index), Context.BYTES))


def _parse(index: int, wait: int, raw: bytes) -> Node:
    held = memoryview(raw[Context.HELD : Context.HELD + 8 * Context.HELD_WORDS]).cast("Q")
    fields = (word_at(raw, at) for at in _FIELDS)
    return Node(
        index, word_at(raw, Context.HANDLE), word_at(raw, Context.SEQUENCE), wait, tuple(w for w in held if w), *fields
    )


class Snapshot:
    """Everybody who waits or owns, read once without stopping anybody: to be confirmed before it is believed."""

    def __init__(self, locks: Locks) -> None:
        self._locks = locks
        segment, words = locks.segment, locks.words
        waits = segment.waits().all()
        raw = words.read(segment.tables.contexts_at, segment.high(Header.HIGH_CONTEXT) * Context.BYTES)
        self.nodes: dict[int, Node] = {}
        self._owners: dict[int, list[Node]] = {}
        for index in range(len(raw) // Context.BYTES):
            entry = raw[index * Context.BYTES : (index + 1) * Context.BYTES]
            node = _parse(index, waits.get(index, 0), entry)
            if not node.handle or not (node.wait or node.held) or locks.contexts.dead(node.handle):
                continue
            self.nodes[index] = node
            for word in node.held:
                self._owners.setdefault(Wait.key(word), []).append(node)
        self._stuck = self._strike_out()

    def _strike_out(self) -> set[int]:
        """The waiters that nobody outside of them can free."""
        stuck = {
            node.index
            for node in self.nodes.values()
            if node.wait and not node.wait & Wait.G and node.sequence & 1 and node.mode in _MODES
        }
        while True:
            free = {index for index in stuck if not self._is_stuck(self.nodes[index], stuck)}
            if not free:
                return stuck
            stuck -= free

    def _is_stuck(self, node: Node, stuck: set[int]) -> bool:
        if node.mode == Wait.PERMIT:
            owners = self._permit_owners(node)
            return bool(owners) and owners <= stuck
        return any(owner in stuck for owner in self.owners(node))

    def _permit_owners(self, node: Node) -> set[int]:
        """Who has the semaphore's permits, as its cells say; empty when the waiter can have what it wants."""
        locks = self._locks
        if node.key & Wait.P:  # its cells may not be mapped here; the contexts say who has permits
            word = Wait.pack(Wait.PERMIT, node.key)
            return {owner.index for owner in self._owners.get(node.key, ()) if word in owner.held}
        if node.key >= locks.segment.tables.locks:
            return set()
        at = locks.segment.lock(node.key)
        first, count = locks.words.get(at + Lock.FIRST_CELL), locks.words.get(at + Lock.CELLS)
        if first + count > locks.segment.tables.cells:
            return set()
        cells = [locks.words.get(locks.segment.cell(first + i)) for i in range(count)]
        if any(cell and locks.contexts.dead(cell & Owner.HANDLE) for cell in cells):
            return set()
        return set() if cells.count(0) >= max(1, node.amount) else {Owner.context(cell) for cell in cells if cell}

    def owners(self, node: Node) -> list[int]:
        """The contexts that own what a waiter waits for, in a mode that keeps it out."""
        if node.mode == Wait.PERMIT:
            return sorted(self._permit_owners(node))
        found = {
            owner.index
            for owner in self._owners.get(node.key, ())
            if any(Wait.key(word) == node.key and excludes(Wait.mode(word), node.mode) for word in owner.held)
        }
        if node.mode == Wait.READ:
            drains = Wait.pack(Wait.DRAIN, node.key)
            found |= {other.index for other in self.nodes.values() if other.wait == drains}
        return sorted(found - {node.index})

    def ring(self, start: int) -> list[Node]:
        """The stuck contexts that are reached from here and reach back; empty when there is no deadlock."""
        if start not in self._stuck:
            return []
        edges: dict[int, list[int]] = {}
        todo = [start]
        while todo:
            index = todo.pop()
            if index not in edges:
                edges[index] = [owner for owner in self.owners(self.nodes[index]) if owner in self._stuck]
                todo += edges[index]
        members = {index for index in edges if start in _reached(edges, index)}
        return [self.nodes[index] for index in sorted(members)]


def _reached(edges: dict[int, list[int]], start: int) -> set[int]:
    """Where one or more edges lead from here."""
    found: set[int] = set()
    todo = list(edges[start])
    while todo:
        index = todo.pop()
        if index not in found:
            found.add(index)
            todo += edges[index]
    return found


# ---- for people ------------------------------------------------------------------------------


def report(locks: Locks, index: int) -> str:
    """One line for each member: who waits for what, since when, and who owns it. Read before the victim withdraws."""
    snapshot, now = Snapshot(locks), time.monotonic_ns()
    members = snapshot.ring(index) or [node for node in snapshot.nodes.values() if node.index == index]
    return "\n".join(_line(locks, snapshot, node, now) for node in members)


def _line(locks: Locks, snapshot: Snapshot, node: Node, now: int) -> str:
    owners = ", ".join(locks.contexts.describe(owner) for owner in snapshot.owners(node)) or "nobody now"
    held = ", ".join(f"{locks.name_of(Wait.key(word))}{_held_for(locks, Wait.key(word), now)}" for word in node.held)
    return (
        f"{locks.contexts.describe(node.index)} waits {max(0, now - node.since) / 1e9:.2f} s for "
        f"{locks.name_of(node.key)} ({_MODES.get(node.mode, node.mode)}), owned by {owners}; it owns {held or 'nothing'}"
    )


def _held_for(locks: Locks, key: int, now: int) -> str:
    if key & Wait.P or key >= locks.segment.tables.locks:
        return ""
    at = locks.segment.lock(key)
    if locks.words.get(at + Lock.HELD_SINCE_TOKEN) != locks.words.get(at + Lock.TOKEN):
        return ""
    return f" for {max(0, now - locks.words.get(at + Lock.HELD_SINCE)) / 1e9:.2f} s"
