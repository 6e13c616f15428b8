"""Tickets of transactions: who of two may wait for the other, as ``docs/layout/locks.md`` has it.

The lower ticket is the older one; all with policy wound-wait are older than all with wait-die. A
younger one that meets an older owner dies (wait-die) or waits (wound-wait); an older one that meets a
younger owner waits, and with wound-wait wounds it first. So no ring of transactions stays. New ones are
younger than all of their kind, so each becomes the oldest of its kind in time, and gets through if it
is of those who wound; who dies too often becomes one of them.

*Crash points.* After the number is taken: it is nobody's. Nobody gives way to the dead: the kernel is
asked before. After the wound, before the wake-up: the wounded looks again when its sleep ends at its cap. A
wound is a compare-and-set of a number that is never given twice: it meets the transaction that was
seen, or nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable, Tuple

from ._contexts import Contexts, ThreadContext
from ._locklayout import Context, Header, Lock, Owner, Wait

if TYPE_CHECKING:
    from ._locks import Locks, Row

DEATHS_MAX = 8
"""How often a transaction dies by wait-die before it wounds."""

POLICIES = {"wait-die": Context.TICKET_WAIT_DIE, "wound-wait": 0}


def draw(contexts: Contexts, context: ThreadContext, policy: str) -> None:
    """Gives a thread that owns nothing its ticket."""
    context.ticket = contexts.words.fetch_add(Header.TICKETS, 1) + 1 | POLICIES[policy]
    context.gave_way = False
    _publish(contexts, context)


def begin_again(contexts: Contexts, context: ThreadContext, times: int) -> None:
    """For one that owns nothing any more: a wound means nothing to it, and after a few times it is one that wounds."""
    if times >= DEATHS_MAX:
        context.ticket &= ~Context.TICKET_WAIT_DIE
    _publish(contexts, context)


def give_back(contexts: Contexts, context: ThreadContext) -> None:
    """At its end."""
    context.ticket = 0
    _publish(contexts, context)


def _publish(contexts: Contexts, context: ThreadContext) -> None:
    contexts.words.set(context.at + Context.TICKET, context.ticket)


def number(context: ThreadContext) -> int:
    """What people are shown."""
    return context.ticket & ~Context.TICKET_WAIT_DIE


# ---- waiting ---------------------------------------------------------------------------------


def must_die(locks: Locks, row: Row, context: ThreadContext) -> bool:
    """Whether a waiter has to give up instead of waiting for who owns the mutex now; wounds that one if it has to."""
    if not context.ticket or not context.held or row.kind != Lock.MUTEX_KIND:
        return False
    if _ticket(locks.contexts, context.index) & Context.TICKET_WOUNDED:
        return True
    owner = row.words.get(row.at) & Owner.IDENTITY
    theirs = _living_ticket(locks, owner)
    if not theirs or row.words.get(row.at) & Owner.IDENTITY != owner:
        return False  # outside of transactions; or somebody else now, who wakes us if it has a ticket
    if theirs & ~Context.TICKET_WOUNDED < context.ticket:
        return bool(context.ticket & Context.TICKET_WAIT_DIE) and not locks.contexts.dead(owner, prove=True)
    if not context.ticket & Context.TICKET_WAIT_DIE:
        _wound(locks, owner, theirs)
    return False


def _living_ticket(locks: Locks, owner: int) -> int:
    """The ticket of an owner whose participant has its place; 0 for none."""
    handle, index, contexts = owner & Owner.HANDLE, Owner.context(owner), locks.contexts
    if not handle or not 0 <= index < locks.segment.tables.contexts:
        return 0
    if contexts.dead(handle) or contexts.handle_of(index) != handle:
        return 0
    return _ticket(contexts, index)


def _wound(locks: Locks, owner: int, seen: int) -> None:
    index = Owner.context(owner)
    at = locks.segment.context(index) + Context.TICKET
    wounded = seen & Context.TICKET_WOUNDED or locks.words.compare_and_set(at, seen, seen | Context.TICKET_WOUNDED)
    if wounded:  # if it waits, it is to look; also for a wounder that died here
        locks.contexts.signal(index, owner & Owner.HANDLE)


def _ticket(contexts: Contexts, index: int) -> int:
    return contexts.words.get(contexts.segment.context(index) + Context.TICKET)


# ---- owning ----------------------------------------------------------------------------------


def tell_waiters(locks: Locks, row: Row, context: ThreadContext) -> None:
    """The caller took a mutex: transactions that wait for it judge anew, by its ticket."""
    if context.ticket and row.words.get(row.at) & Owner.W:
        for waiter in locks.contexts.waiters(row.index, (Wait.EXCLUSIVE,)):
            if _ticket(locks.contexts, waiter.index):
                locks.contexts.signal(waiter.index, waiter.handle)


# ---- for deadlock detection ------------------------------------------------------------------


def settle(locks: Locks, ring: Iterable[Tuple[int, int, int]]) -> bool:
    """Whether a ring of (context, handle, wait word) is one of transactions that wait for each other's mutexes.

    Then one of them gives way as soon as it looks; all are made to look.
    """
    members = list(ring)
    indices = {index for index, _, _ in members}
    if not all(_settled_by_ticket(locks, index, wait, indices) for index, _, wait in members):
        return False
    for index, handle, _ in members:
        locks.contexts.signal(index, handle)
    return True


def _settled_by_ticket(locks: Locks, index: int, wait: int, ring: set[int]) -> bool:
    key = Wait.key(wait)
    if key & Wait.P or Wait.mode(wait) != Wait.EXCLUSIVE or not _ticket(locks.contexts, index):
        return False
    at = locks.segment.lock(key)
    return locks.words.get(at + Lock.KIND) == Lock.MUTEX_KIND and Owner.context(locks.words.get(at)) in ring
