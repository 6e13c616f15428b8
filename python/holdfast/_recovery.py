"""What the living do for the dead: recover one participant, sweep the whole space.

Death is proved by the kernel: nobody holds the participant's byte of the liveness file. Whoever
recovers holds that byte meanwhile, so there is only one; if it dies too, the next one starts again.
"""

from __future__ import annotations

import logging
import time

from . import _entry, _events, _lifecycle, _objects
from . import _layout as layout
from ._layout import Catalog, Event, Participant, Region, State
from ._member import Member
from ._types import SweepReport
from .errors import Corrupted, HoldfastError

log = logging.getLogger("holdfast")


def recover_if_dead(member: Member, slot: int) -> bool:
    """Recovers a participant if it is provably dead; whether it did."""
    return _recover_dead(member, slot, SweepReport())


def _recover_dead(member: Member, slot: int, report: SweepReport) -> bool:
    if slot == member.slot or not 0 <= slot < member.control.participants:
        return False
    if member.live.locked_by_other(slot):
        return False
    with member.recovery_gate:
        if not member.live.try_lock(slot):
            return False
        try:
            return recover(member, slot, report)
        finally:
            member.live.unlock(slot)


def recover(member: Member, dead: int, report: SweepReport) -> bool:
    """Takes everything back that a dead participant had. Its byte is held by the caller."""
    control = member.control
    word = control.participant_word(dead)
    if Participant.state(word) == Participant.FREE:
        return False
    handle = layout.handle(dead, Participant.generation(word))
    dropped = take_back(member, dead, report)
    for slot in range(control.high_slot()):
        try:
            _act_on_death(member, slot, handle)
        except HoldfastError as problem:
            _note(report, problem)
    control.words.set(
        control.participant(dead), Participant.pack(Participant.FREE, Participant.generation(word))
    )
    if member.locks:  # last: a waiter that is woken sees at once that the owner is dead
        member.locks.recover(handle)
    control.add_cell(Catalog.RECOVERED, 1)
    _events.record(control, member.handle, Event.RECOVERED, 0, dropped, f"slot {dead}")
    report.recovered += 1
    report.holds_dropped += dropped
    return True


def take_back(member: Member, dead: int, report: SweepReport) -> int:
    """Frees every region word of a participant, dead or leaving; how many holds were dropped."""
    dropped = 0
    for slot in range(member.control.high_slot()):
        try:
            dropped += _recover_region(member, slot, dead, report)
        except HoldfastError as problem:
            _note(report, problem)
            dropped += member.control.clear_bit(slot, dead)
    return dropped


def _recover_region(member: Member, slot: int, dead: int, report: SweepReport) -> bool:
    """One region slot; whether a hold of the dead was dropped."""
    control = member.control
    word = control.state(slot)
    if State.actor(word) == dead + 1:
        _take_over(member, slot, word, dead, report)
    dropped = control.has_bit(slot, dead)
    if dropped:
        control.note_unheld(slot)
        control.clear_bit(slot, dead)
    word = control.state(slot)
    if State.state(word) == State.LIVE:
        report.reclaimed += _lifecycle.try_reclaim(member, slot, State.generation(word))
    return dropped


def _take_over(member: Member, slot: int, word: int, dead: int, report: SweepReport) -> None:
    """CREATING or RECLAIMING by the dead: ours now, undone or finished."""
    control, generation = member.control, State.generation(word)
    while True:
        mine = State.pack(State.state(word), generation, member.slot + 1, State.retired(word))
        if control.change_state(slot, word, mine):
            break
        word = control.state(slot)  # somebody retired it
        if State.actor(word) != dead + 1:
            return
    if State.state(word) == State.CREATING:
        _undo(member, slot, mine, dead, report)
    elif State.state(word) == State.RECLAIMING:
        report.reclaimed += _lifecycle.finish_reclaim(member, slot, mine)


def _undo(member: Member, slot: int, mine: int, dead: int, report: SweepReport) -> None:
    generation = State.generation(mine)
    try:
        entry = _entry.read(member.control, slot, generation)
    except Corrupted as problem:
        _note(report, problem)
        entry = None
    problem = _lifecycle.undo(member, slot, mine, entry, dead, made=True)
    if problem:
        _note(report, problem)
    handle = layout.handle(slot, generation)
    size, name = (entry.size, entry.name) if entry else (0, "")
    _events.record(member.control, member.handle, Event.UNDONE, handle, size, name)
    report.undone += 1


def _act_on_death(member: Member, slot: int, owner: int) -> None:
    """What a region asks for when its owner dies."""
    control, word = member.control, member.control.state(slot)
    if State.state(word) not in (State.LIVE, State.RECLAIMING) or control.region_word(slot, Region.OWNER) != owner:
        return
    if State.retired(word) or control.region_word(slot, Region.DEATH_ACTED) == owner:
        return
    generation = State.generation(word)
    entry = _entry.read(control, slot, generation)
    if entry.owner != owner or entry.on_death == Region.DEATH_KEEP:
        return
    if entry.on_death == Region.DEATH_RETIRE:
        _lifecycle.retire(member, slot, generation)
        _lifecycle.try_reclaim(member, slot, generation)
    elif not _reset(member, slot, generation, entry):
        return
    _events.record(control, member.handle, Event.OWNER_DEATH, entry.handle, entry.on_death, entry.name)


def _reset(member: Member, slot: int, generation: int, entry: _entry.Entry) -> bool:
    """Zeroes the bytes under a hold of our own, so that nobody reclaims them meanwhile."""
    if not _lifecycle.hold(member, slot, generation):
        return False
    try:
        _objects.zero(member, entry)
        member.control.set_region_word(slot, Region.DEATH_ACTED, entry.owner)
    finally:
        member.drop_hold(slot, generation)
    return True


def sweep(member: Member) -> SweepReport:
    """Recovers the dead and gives back what nobody holds and whose policy lets it go."""
    control, report = member.control, SweepReport()
    for slot in control.live_participants():
        if slot != member.slot:
            _recover_dead(member, slot, report)
    for slot in range(control.high_slot()):
        try:
            report.reclaimed += _sweep_region(member, slot)
        except HoldfastError as problem:
            _note(report, problem)
    control.set_cell(Catalog.LAST_SWEEP, time.monotonic_ns())
    control.add_cell(Catalog.SWEEPS, 1)
    return report


def _sweep_region(member: Member, slot: int) -> bool:
    control = member.control
    word = control.state(slot)
    if State.state(word) != State.LIVE or not control.unheld(slot):
        return False
    return _lifecycle.try_reclaim(member, slot, State.generation(word))


def _note(report: SweepReport, problem: HoldfastError) -> None:
    log.warning("%s", problem)
    report.problems += (str(problem),)
