"""The life of a region: create, hold, release, retire, reclaim.

Order of stores as in ``docs/layout/protocols.md``; a crash after any of them leaves a state that the
next one in finishes (:mod:`_recovery`) or undoes.
"""

from __future__ import annotations

import os
import time
from typing import Callable, NamedTuple, Optional, TypeVar

from . import _entry, _events, _objects, _recovery
from . import _layout as layout
from ._checksum import fnv1a
from ._entry import Entry
from ._layout import Catalog, Event, Participant, Region, State
from ._member import Member, add_to_sums, recount
from ._os import failed, polls, unlink_shared
from .errors import Busy, Corrupted, HoldfastError, LimitExceeded, NameTaken, RegionNotFound

_NAMES_MAX = 16
_TRIALS_MAX = 8
WAIT_SECONDS = 10.0

_Made = TypeVar("_Made")


class Blueprint(NamedTuple):
    """What a region shall be; every value checked."""

    name: str
    size: int
    policy: int
    policy_ns: int
    mode: int
    options: int
    path: str
    existing: bool
    metadata: str


# ---- create ----------------------------------------------------------------------------------


def create(member: Member, blueprint: Blueprint, prepare: Callable[[Entry, int], _Made]) -> tuple[Entry, _Made]:
    """Makes a region that this participant holds; its entry and what ``prepare`` made of it.

    ``prepare`` gets the object's descriptor, which it closes, before anybody can see the region.
    """
    for _ in range(_NAMES_MAX):
        slot, entry = _claim(member, blueprint)
        generation = layout.handle_generation(entry.handle)
        creating = State.pack(State.CREATING, generation, member.slot + 1)
        try:
            descriptor = _objects.make(member, slot, entry, blueprint.existing)
        except FileExistsError as cause:
            _withdraw(member, slot, creating, entry, made=False)
            if entry.backing == Region.FILE:
                raise NameTaken(f"file appeared meanwhile: path={entry.path}; try again") from cause
            continue
        except BaseException as cause:
            _withdraw(member, slot, creating, entry, made=True)
            if isinstance(cause, OSError):
                raise failed("making the object", cause, f"object={_objects.os_name(member, entry)}") from cause
            raise
        try:
            prepared = prepare(entry, descriptor)
            member.adopt_hold(slot, generation)
            if not member.control.change_state(slot, creating, State.pack(State.LIVE, generation)):
                raise Corrupted(f"region's state changed while it was made: region={layout.region_id(entry.handle)}")
        except BaseException:
            _withdraw(member, slot, creating, entry, made=True)
            raise
        _events.record(member.control, member.handle, Event.CREATED, entry.handle, entry.size, entry.name)
        return entry, prepared
    raise NameTaken(
        f"leftover objects have our names: tries={_NAMES_MAX}, last={member.place.object_name(layout.region_id(entry.handle))}; "
        "nobody maps them through this space, remove them"
    )


def _withdraw(member: Member, slot: int, creating: int, entry: Entry, made: bool) -> None:
    member.forget_hold(slot)
    undo(member, slot, creating, entry, member.slot, made)


def _claim(member: Member, blueprint: Blueprint) -> tuple[int, Entry]:
    """Takes a slot to CREATING; tries again once after a sweep when the dead may be in the way."""
    refusal: HoldfastError
    for attempt in (1, 2):
        with member.catalog():
            found, refusal, curable = _claim_once(member, blueprint)
        if found:
            return found
        if not curable or attempt == 2:
            break
        _recovery.sweep(member)
    raise refusal


def _claim_once(member: Member, blueprint: Blueprint) -> tuple[Optional[tuple[int, Entry]], HoldfastError, bool]:
    control = member.control
    refusal = _name_refusal(member, blueprint.name) or _path_refusal(member, blueprint.path) or _limit_refusal(member, blueprint)
    if refusal:
        return None, refusal[0], refusal[1]
    slot = control.free_slot()
    if slot is None:
        return None, _over(member, "regions", control.regions, control.regions + 1), True
    old = control.state(slot)
    generation = layout.next_generation(State.generation(old))
    entry = _new_entry(member, blueprint, layout.handle(slot, generation))
    if slot >= control.high_slot():
        control.set_cell(Catalog.HIGH_SLOT, slot + 1)
    control.words.write(control.region(slot), _entry.pack(entry, time.monotonic_ns()))
    control.set_name_word(slot, fnv1a(entry.name.encode()))
    if not control.change_state(slot, old, State.pack(State.CREATING, generation, member.slot + 1)):
        raise Corrupted(f"a FREE slot changed inside the catalog section: slot={slot}, word={old:#x}")
    add_to_sums(control, entry, 1)
    return (slot, entry), HoldfastError(), False


def _new_entry(member: Member, blueprint: Blueprint, handle: int) -> Entry:
    backing = Region.FILE if blueprint.path else Region.SHM
    return Entry(
        size=blueprint.size,
        backing=backing,
        policy=blueprint.policy,
        policy_ns=blueprint.policy_ns,
        mode=blueprint.mode,
        options=blueprint.options,
        created_ns=time.time_ns(),
        owner=member.handle,
        owner_pid=os.getpid(),
        owner_uid=os.geteuid(),
        handle=handle,
        name=blueprint.name,
        path=blueprint.path,
        metadata=blueprint.metadata,
    )


def _name_refusal(member: Member, name: str) -> Optional[tuple[HoldfastError, bool]]:
    control = member.control
    for slot in control.slots_named(fnv1a(name.encode())):
        found = _entry.peek(control, slot)
        if not found or found[1].name != name or State.retired(found[0]):
            continue
        word, entry = found
        text = f"name is taken: name={name}, region={layout.region_id(entry.handle)}, owner pid={entry.owner_pid}"
        if State.state(word) == State.CREATING:
            return NameTaken(text + ", state=creating; it is being made, wait and open it"), True
        return NameTaken(text + "; open it, remove it, or choose another name"), False
    return None


def _path_refusal(member: Member, path: str) -> Optional[tuple[HoldfastError, bool]]:
    """A file that another region will delete cannot be ours as well: paths have no generation."""
    control = member.control
    for slot in range(control.high_slot() if path else 0):
        if not control.region_word(slot, Region.OPTIONS) & Region.OPTION_OWN_FILE:
            continue
        found = _entry.peek(control, slot)
        if found and found[1].path == path:
            identifier = layout.region_id(found[1].handle)
            return NameTaken(f"file belongs to a region that deletes it: path={path}, region={identifier}"), False
    return None


def _limit_refusal(member: Member, blueprint: Blueprint) -> Optional[tuple[HoldfastError, bool]]:
    control = member.control
    regions = control.cell(Catalog.REGIONS_IN_USE) + 1
    allowed_regions = min(control.cell(Catalog.LIMIT_REGIONS), control.regions)
    if regions > allowed_regions:
        return _over(member, "regions", allowed_regions, regions), True
    if blueprint.path:
        return None
    owned = control.words.get(control.participant(member.slot) + Participant.BYTES_IN_USE)
    for limit, field, used, curable in (
        ("region_bytes", Catalog.LIMIT_REGION_BYTES, 0, False),
        ("bytes", Catalog.LIMIT_BYTES, control.cell(Catalog.BYTES_IN_USE), True),
        ("participant_bytes", Catalog.LIMIT_PARTICIPANT_BYTES, owned, True),
    ):
        allowed = control.cell(field)
        if used + blueprint.size > allowed:
            return _over(member, limit, allowed, used + blueprint.size), curable
    return None


def _over(member: Member, limit: str, allowed: int, wanted: int) -> LimitExceeded:
    return LimitExceeded(
        f"space limit exceeded: space={member.place.space}, limit={limit}, allowed={allowed}, wanted={wanted}; "
        f"remove regions, or create the space with Limits({limit}=…) larger",
        limit, allowed, wanted,
    )  # fmt: skip


def undo(
    member: Member, slot: int, creating: int, entry: Optional[Entry], creator: int, made: bool
) -> Optional[HoldfastError]:
    """Takes a CREATING region back; what hinders the removal of its object is returned, not raised."""
    control, problem = member.control, None
    try:
        if made:
            _unlink_half_made(member, slot, creating, entry)
    except HoldfastError as error:
        problem = error  # the slot must not stay stuck because of a leftover object
    control.clear_bit(slot, creator)
    _free(member, slot, creating, entry)
    return problem


def _unlink_half_made(member: Member, slot: int, creating: int, entry: Optional[Entry]) -> None:
    if entry:
        if entry.zero and (entry.backing == Region.SHM or member.control.region_word(slot, Region.FILE_MADE) == 1):
            _objects.zero(member, entry)
        _objects.unlink(member, slot, entry, half_made=True)
    else:  # a damaged entry: only the object's name is sure
        identifier = layout.region_id(layout.handle(slot, State.generation(creating)))
        unlink_shared(member.place.object_name(identifier))


def _free(member: Member, slot: int, word: int, entry: Optional[Entry]) -> None:
    """State → FREE, with the sums."""
    control = member.control
    with member.catalog():
        control.set_name_word(slot, 0)
        if not control.change_state(slot, word, State.pack(State.FREE, State.generation(word))):
            raise Corrupted(f"region's state changed under its actor: slot={slot}, expected={word:#x}")
        if entry:
            add_to_sums(control, entry, -1)
        else:
            recount(control)
        if State.state(word) == State.RECLAIMING:
            control.add_cell(Catalog.RECLAIMED, 1)
        else:
            control.add_cell(Catalog.UNDONE, 1)


# ---- hold and release --------------------------------------------------------------------------


def hold(member: Member, slot: int, generation: int) -> bool:
    """Holds a region; false if there is no such region to be held."""
    for _ in polls(WAIT_SECONDS):
        word = member.take_hold(slot, generation)
        if word is None:
            return True
        if State.state(word) != State.RECLAIMING or State.generation(word) != generation:
            settle(member, slot)  # our bit may have turned a reclaimer away
            return False
        _recovery.recover_if_dead(member, State.actor(word) - 1)
    raise _still_reclaiming(slot, generation, word)


def _still_reclaiming(slot: int, generation: int, word: int) -> Busy:
    return Busy(
        f"region is being reclaimed for too long: region={layout.region_id(layout.handle(slot, generation))}, "
        f"actor={State.actor(word) - 1}, timeout={WAIT_SECONDS} s; that participant is stopped, continue or end it"
    )


def release(member: Member, slot: int, generation: int) -> None:
    """Gives one hold back, after its mapping went; the last one lets the region go if its policy says so."""
    member.control.set_region_word(slot, Region.LAST_ACCESS, time.monotonic_ns())
    if member.drop_hold(slot, generation):
        settle(member, slot)


def settle(member: Member, slot: int) -> bool:
    """After a bit was cleared: reclaims if due; whether it did."""
    word = member.control.state(slot)
    return State.state(word) == State.LIVE and try_reclaim_quietly(member, slot, State.generation(word))


def due(member: Member, slot: int, word: int) -> bool:
    """Whether a region, if nobody holds it, goes now: RETIRED, or its policy's time has passed."""
    if State.retired(word):
        return True
    control = member.control
    policy, patience = control.region_word(slot, Region.POLICY), control.region_word(slot, Region.POLICY_NANOS)
    since = control.region_word(slot, Region.UNHELD_SINCE)
    if policy == Region.AUTOMATIC:
        since = max(since, control.region_word(slot, Region.LAST_ACCESS))
    elif policy != Region.REFERENCE_COUNTED:
        return False
    return time.monotonic_ns() - since >= patience


# ---- retire and reclaim ------------------------------------------------------------------------


def retire(member: Member, slot: int, generation: int) -> bool:
    """Sets RETIRED, also under a reclaimer, and frees the name; false if the region is gone. Again is fine."""
    control = member.control
    while True:
        word = control.state(slot)
        if State.generation(word) != generation or State.state(word) not in (State.LIVE, State.RECLAIMING):
            return False
        if State.retired(word):
            return True
        if control.change_state(slot, word, word | State.RETIRED):
            break
    with member.catalog():
        word = control.state(slot)
        if State.generation(word) == generation and State.state(word) != State.FREE:
            control.set_name_word(slot, 0)
    handle, holders = layout.handle(slot, generation), len(control.holders(slot))
    _events.record(control, member.handle, Event.RETIRED, handle, holders, _name_of(member, slot, generation))
    return True


def _name_of(member: Member, slot: int, generation: int) -> str:
    try:
        return _entry.read(member.control, slot, generation).name
    except Corrupted:
        return ""


def force(member: Member, slot: int, entry: Entry) -> None:
    """Takes the object's name away under its holders; they keep their mappings."""
    control, generation = member.control, layout.handle_generation(entry.handle)
    with member.catalog():
        word = control.state(slot)
        ours = State.generation(word) == generation and State.retired(word)
        if not ours or State.state(word) == State.FREE or control.unheld(slot):
            return
        control.set_region_word(slot, Region.FORCED, member.handle)
        if not entry.zero:
            _objects.unlink(member, slot, entry)
    holders = len(control.holders(slot))
    _events.record(control, member.handle, Event.FORCED, entry.handle, holders, entry.name)


def try_reclaim_quietly(member: Member, slot: int, generation: int) -> bool:
    """As :func:`try_reclaim`, for paths that must not fail: the sweep tries again and reports."""
    try:
        return try_reclaim(member, slot, generation)
    except HoldfastError:
        return False


def try_reclaim(member: Member, slot: int, generation: int) -> bool:
    """Gives an unheld region back; whether it did."""
    control = member.control
    for _ in range(_TRIALS_MAX):
        word = control.state(slot)
        if State.generation(word) != generation or State.state(word) != State.LIVE:
            return False
        if not control.unheld(slot) or not due(member, slot, word):
            return False
        mine = State.pack(State.RECLAIMING, generation, member.slot + 1, State.retired(word))
        if not control.change_state(slot, word, mine):
            return False
        if finish_reclaim(member, slot, mine):
            return True
        if not control.unheld(slot):
            return False
    return False


def finish_reclaim(member: Member, slot: int, mine: int) -> bool:
    """The rest of reclaiming, from the second look at the row; also for a dead actor's.

    RETIRED is set before anything is destroyed: should we die after that, who recovers finds a
    region without new holders, never a LIVE one without bytes.
    """
    control, generation = member.control, State.generation(mine)
    try:
        if not control.unheld(slot) or not due(member, slot, control.state(slot)):  # pairs with the holder's bit-then-state
            _back_to_live(member, slot, mine)
            return False
        mine = _retire_mine(member, slot, mine)
        entry = _entry.read(control, slot, generation)
        if entry.zero:
            _objects.zero(member, entry)
        if not _unlinked_before(member, slot, entry):
            _objects.unlink(member, slot, entry)
        _free(member, slot, mine, entry)
    except BaseException:
        _back_to_live(member, slot, mine)
        raise
    _events.record(control, member.handle, Event.RECLAIMED, entry.handle, entry.size, entry.name)
    return True


def _unlinked_before(member: Member, slot: int, entry: Entry) -> bool:
    """Whether a forced removal took the file's name: by now the path may be somebody else's."""
    forced = member.control.region_word(slot, Region.FORCED) != 0
    return forced and entry.backing == Region.FILE and not entry.zero


def _retire_mine(member: Member, slot: int, mine: int) -> int:
    """RECLAIMING → RECLAIMING+RETIRED, whoever sets it; the word as it is now."""
    retired = mine | State.RETIRED
    if member.control.change_state(slot, mine, retired) or member.control.state(slot) == retired:
        return retired
    raise Corrupted(f"region's state changed under its actor: slot={slot}, expected={mine:#x}")


def _back_to_live(member: Member, slot: int, mine: int) -> None:
    """RECLAIMING → LIVE; RETIRED stays if somebody set it meanwhile."""
    for word in (mine, mine | State.RETIRED):
        live = State.pack(State.LIVE, State.generation(word), 0, State.retired(word))
        if member.control.change_state(slot, word, live):
            return


# ---- look-up ---------------------------------------------------------------------------------


def candidates(member: Member, name_or_id: str) -> list[tuple[int, int]]:
    """Slots and generations that a name or id may mean."""
    control = member.control
    handle = parse_id(name_or_id)
    if handle is not None:
        slot = layout.handle_slot(handle)
        return [(slot, layout.handle_generation(handle))] if slot < control.high_slot() else []
    slots = control.slots_named(fnv1a(name_or_id.encode()))
    return [(slot, State.generation(control.state(slot))) for slot in slots]


def parse_id(text: str) -> Optional[int]:
    """The handle if the text is an id."""
    digits = text[1:]
    if text[:1] == "r" and 5 <= len(digits) <= 12 and all(c in "0123456789abcdef" for c in digits):
        return int(digits, 16)
    return None


def open_hold(member: Member, name_or_id: str) -> tuple[int, Entry]:
    """Holds the region of that name or id; its slot and its entry, believed now."""
    by_id = parse_id(name_or_id) is not None
    for slot, generation in candidates(member, name_or_id):
        if not hold(member, slot, generation):
            continue
        try:
            entry = _entry.read(member.control, slot, generation)
        except BaseException:
            release(member, slot, generation)
            raise
        if by_id or entry.name == name_or_id:
            return slot, entry
        release(member, slot, generation)
    raise not_found(member, name_or_id)


def not_found(member: Member, name_or_id: str) -> RegionNotFound:
    return RegionNotFound(
        f"no such region: space={member.place.space}, region={name_or_id}; "
        "it was never made, is still being made, or was removed; iterate over the space to see what is there"
    )
