"""How urgent it is what somebody waits for or owns: the highest priority of all whom it keeps waiting, along the chain.

Time does not count here: who waits long goes first, but takes nothing from an owner of its own priority.
"""

from __future__ import annotations

from ._contexts import Contexts
from ._locklayout import Context, Wait, excludes

_CHAIN_MAX = 8
_PRIORITY_MAX = 3


def is_preempted(contexts: Contexts, owner: int, held: int, own: int) -> bool:
    """Whether somebody whom ``held`` keeps out is more urgent than its owner, a context that took it with ``own``."""
    waits = contexts.segment.waits().all()
    waiting = _behind(contexts, waits, owner, held, 0)
    return waiting > own and waiting > _of_owner(contexts, waits, owner, held, own, 0)


def _of_owner(contexts: Contexts, waits: dict[int, int], owner: int, but: int, own: int, depth: int) -> int:
    """Of who waits for what a context owns, except one."""
    if depth > _CHAIN_MAX:
        return own
    return max([own, *(_behind(contexts, waits, owner, held, depth) for held in contexts.held_of(owner) if held != but)])


def _behind(contexts: Contexts, waits: dict[int, int], owner: int, held: int, depth: int) -> int:
    """Of the most urgent one whom a held word keeps out; -1 for nobody."""
    urgency = -1
    for index, word in waits.items():
        kept_out = Wait.key(word) == Wait.key(held) and excludes(Wait.mode(held), Wait.mode(word))
        if index != owner and kept_out and not word & Wait.G:
            handle = contexts.handle_of(index)
            if handle and not contexts.dead(handle):
                urgency = max(urgency, _of_waiter(contexts, waits, index, depth))
    return urgency


def _of_waiter(contexts: Contexts, waits: dict[int, int], index: int, depth: int) -> int:
    own = min(contexts.words.get(contexts.segment.context(index) + Context.PRIORITY), _PRIORITY_MAX)
    return _of_owner(contexts, waits, index, 0, own, depth + 1)
