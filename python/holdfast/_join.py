"""How a process becomes a member of a space, and how it leaves."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import sys
import time
from typing import NamedTuple, Optional

from . import _control, _events, _lifecycle, _os, _recovery
from . import _layout as layout
from ._control import Control, Stamp
from ._layout import Catalog, Event, Header, Participant, State
from ._member import Member, Place
from ._os import LockFile
from ._types import Limits, SweepReport
from ._words import put_word, word_at
from .errors import Busy, Corrupted, HoldfastError, LimitExceeded, SpaceNotFound, SpaceRefused

SPACE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Request(NamedTuple):
    """What ``holdfast.open`` was asked for; every value checked."""

    space: str
    root: str
    create: bool
    limits: Limits
    timeout: float
    label: str


def default_root() -> str:
    """``$HOLDFAST_ROOT``, else ``/dev/shm/holdfast-<uid>``."""
    return os.environ.get("HOLDFAST_ROOT") or _own_root()


def _own_root() -> str:
    return f"{_os.SHM_DIRECTORY}/holdfast-{os.geteuid()}"


def default_label() -> str:
    """What this process is, for people."""
    return " ".join([os.path.basename(sys.executable or "python"), os.path.basename(sys.argv[0] if sys.argv else "")])


# ---- open ------------------------------------------------------------------------------------


def open_member(request: Request) -> Member:
    """Creates or joins the space."""
    deadline = time.monotonic() + request.timeout
    while True:
        member = _try_open(request)
        if member:
            _events.record(member.control, member.handle, Event.JOINED, 0, 0, member.label)
            return member
        if time.monotonic() > deadline:
            raise Busy(
                f"space comes and goes too quickly to be opened: space={request.space}, "
                f"timeout={request.timeout} s; try again"
            )


def _try_open(request: Request) -> Optional[Member]:
    """One attempt; None when the space was removed while we waited for it."""
    place = _make_directories(request)
    live = _open_live(place, request.create) if place else None
    if not place or not live:
        return None
    try:
        member = _enter(request, place, live)
    except BaseException:
        live.close()
        raise
    if member is None:
        live.close()
    return member


def _enter(request: Request, place: Place, live: LockFile) -> Optional[Member]:
    if not live.lock(layout.LOCK_CREATION, request.timeout):
        raise Busy(
            f"space is busy: space={request.space}, timeout={request.timeout} s, lock=creation, file={live.path}; "
            "a participant that creates, joins or leaves is stopped or very slow, look for it and try again"
        )
    if not live.is_current():
        return None
    control = _open_control(request, place, live)
    member = Member(place, live, control, request.timeout, request.label)
    member.identify(*join(member, live, own=True))
    live.unlock(layout.LOCK_CREATION)
    return member


def _make_directories(request: Request) -> Optional[Place]:
    """Makes and checks root and space directory; None when one vanished again meanwhile."""
    root = os.path.abspath(request.root)
    directory = os.path.join(root, request.space)
    for path in (root, directory):
        try:
            if request.create:
                os.mkdir(path, 0o700)
        except FileExistsError:
            pass
        except FileNotFoundError:
            if path == root:
                raise SpaceRefused(f"root's parent directory is missing: root={root}; make it first") from None
            return None
        except OSError as cause:
            raise _os.failed("mkdir", cause, f"path={path}") from None
        try:
            status = os.lstat(path)
        except FileNotFoundError:
            if request.create:
                return None
            raise _space_not_found(request.space, root) from None
        except OSError as cause:
            raise _os.failed("lstat", cause, f"path={path}") from None
        _os.check_ours(status, path, directory=True)
    real = os.path.realpath(root)
    digest = hashlib.sha256(f"{real}/{request.space}".encode()).hexdigest()[:12]
    return Place(request.space, root, directory, digest)


def _space_not_found(space: str, root: str) -> SpaceNotFound:
    return SpaceNotFound(
        f"no such space: space={space}, root={root}; nobody has it open, or it lives below another HOLDFAST_ROOT"
    )


def _open_live(place: Place, create: bool) -> Optional[LockFile]:
    try:
        descriptor = _os.open_file(place.live_path, os.O_RDWR | (os.O_CREAT if create else 0), 0o600)
    except FileNotFoundError:
        if create:
            return None
        raise _space_not_found(place.space, place.root) from None
    try:
        _os.check_ours(os.fstat(descriptor), place.live_path)
    except BaseException:
        os.close(descriptor)
        raise
    return LockFile(descriptor, place.live_path)


# ---- control segment ---------------------------------------------------------------------------


def _open_control(request: Request, place: Place, live: LockFile) -> Control:
    """Opens the control segment, or makes it; inside the creation byte's lock."""
    name = place.control_name
    inhabited = live.locked_by_other(0, layout.LOCK_PARTICIPANTS)
    try:
        descriptor = _os.open_shared(name, writable=True)
    except FileNotFoundError:
        if inhabited:
            raise SpaceRefused(
                f"control segment was removed under living participants: space={place.space}, object={name}; "
                "end them all, then open the space again"
            ) from None
        if not request.create:
            raise _space_not_found(place.space, place.root) from None
        return _create_control(request, place)
    try:
        _os.check_ours(os.fstat(descriptor), name)
        header = None if _control.is_half_made(descriptor) else _control.read_header(descriptor, name)
        if header and (inhabited or _is_of_this_boot(header)):
            return Control.map(descriptor, place.space, name, header)
    finally:
        os.close(descriptor)
    if inhabited:
        raise Corrupted(f"control segment is cut short under living participants: object={name}; end them all")
    if not request.create:
        raise _space_not_found(place.space, place.root)
    _remove_remains(place, everything=header is not None)
    return _create_control(request, place)


def _is_of_this_boot(header: bytes) -> bool:
    return (word_at(header, Header.BOOT_HIGH), word_at(header, Header.BOOT_LOW)) == _os.boot_id()


def _remove_remains(place: Place, everything: bool) -> None:
    """Removes a half-made control segment, or all that is left from before a reboot."""
    if everything:
        for name in _os.list_shared(place.object_name("r")):
            _os.unlink_shared(name)
    _os.unlink_shared(place.lock_name)
    _os.unlink_shared(place.control_name)


def _create_control(request: Request, place: Place) -> Control:
    name, size = place.control_name, _control.segment_size(request.limits)
    stamp = Stamp(*_os.boot_id(), secrets.randbits(64), time.time_ns())
    try:
        descriptor = _os.create_shared(name, 0o600)
    except FileExistsError:
        raise SpaceRefused(f"somebody makes our control segment without our lock: object={name}") from None
    try:
        _os.allocate(descriptor, size, _os.SHM_DIRECTORY, f"control segment {name}")
        words = _control.Words(_control.mmap.mmap(descriptor, size))
        _control.write_new(words, request.space, request.limits, stamp)
        _write_descriptor(place, stamp)
        return Control.map(descriptor, request.space, name)
    except BaseException:
        _os.unlink_shared(name)
        raise
    finally:
        os.close(descriptor)


def _write_descriptor(place: Place, stamp: Stamp) -> None:
    """``space.json``: for people and foreign programs."""
    text = json.dumps(
        {
            "space": place.space,
            "hash": place.hash,
            "control": place.control_name,
            "layout": f"{layout.MAJOR}.{layout.MINOR}",
            "incarnation": f"{stamp.incarnation:016x}",
            "created": stamp.created_ns,
        },
        indent=2,
    )
    descriptor = _os.open_file(place.descriptor_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")


# ---- join ------------------------------------------------------------------------------------


def join(member: Member, live: LockFile, own: bool) -> tuple[int, int]:
    """Takes a participant slot through ``live``; its slot and generation.

    Inside the creation byte's lock. ``own``: the slot is for ``member`` itself, which also does what
    must be recovered first; else it is for a child, which counts the join itself, and ``member`` recovers.
    """
    control = member.control
    for slot in range(control.participant_limit()):
        if slot == member.slot or not live.try_lock(slot):
            continue
        generation = layout.next_generation(Participant.generation(control.participant_word(slot)))
        if own:
            member.identify(slot, generation)
        try:
            _recovery.recover(member, slot, SweepReport())
            write_participant(control, slot, generation, member.label)
        except BaseException:
            live.unlock(slot)
            raise
        if own:
            control.add_cell(Catalog.JOINS, 1)
        return slot, generation
    limit = control.participant_limit()
    raise LimitExceeded(
        f"space limit exceeded: space={member.place.space}, limit=participants, allowed={limit}; "
        "close it in another process, or create the space with Limits(participants=…) larger",
        "participants", limit, limit + 1,
    )  # fmt: skip


def write_participant(control: Control, slot: int, generation: int, label: str) -> None:
    """Fills a participant's entry with this process; the word comes last."""
    who = _os.identity()
    raw = bytearray(Participant.BYTES - layout.WORD)
    for offset, value in (
        (Participant.PID, who.pid),
        (Participant.START_TIME, who.start_time),
        (Participant.PID_NAMESPACE, who.pid_namespace),
        (Participant.UID, who.uid),
        (Participant.JOINED, time.time_ns()),
        (Participant.KIND, Participant.KIND_PYTHON),
    ):
        put_word(raw, offset - layout.WORD, value)
    text = _events.cut(label, Participant.LABEL_BYTES)
    put_word(raw, Participant.LABEL_LENGTH - layout.WORD, len(text))
    start = Participant.LABEL - layout.WORD
    raw[start : start + len(text)] = text
    offset = control.participant(slot)
    control.words.write(offset + layout.WORD, bytes(raw))
    control.words.set(offset, Participant.pack(Participant.LIVE, generation))


# ---- leave -----------------------------------------------------------------------------------


def leave(member: Member) -> None:
    """Gives up everything that is still held, then the slot; the last one out removes an empty space."""
    if member.locks:
        member.locks.close()  # who cannot leave its locks stays a member until its process ends
    try:
        with member.creation():
            alone = not member.live.locked_by_other(0, layout.LOCK_PARTICIPANTS)
            if alone:
                _recovery.sweep(member)
            control = member.control
            for slot in member.held_slots():
                member.forget_hold(slot)
                _lifecycle.settle(member, slot)
            _recovery.take_back(member, member.slot, SweepReport())
            _events.record(control, member.handle, Event.LEFT, 0, 0, member.label)
            word = Participant.pack(Participant.FREE, layout.handle_generation(member.handle))
            control.words.set(control.participant(member.slot), word)
            member.live.unlock(member.slot)
            if alone and _is_empty(control):
                _remove_space(member.place)
    finally:
        member.live.close()


def _is_empty(control: Control) -> bool:
    return all(State.state(control.state(slot)) == State.FREE for slot in range(control.high_slot()))


def _remove_space(place: Place) -> None:
    _os.unlink_shared(place.lock_name)
    _os.unlink_shared(place.control_name)
    _os.unlink_file(place.descriptor_path)
    _os.unlink_file(place.live_path)
    directories = [place.directory]
    if place.root == _own_root():  # a configured one is the user's
        directories.append(place.root)
    for directory in directories:
        try:
            os.rmdir(directory)
        except OSError:
            return  # somebody's files or spaces are in there


def leave_quietly(member: Member) -> None:
    """As :func:`leave`, for ends that nobody can be told of: a failure is logged, recovery does the rest."""
    try:
        leave(member)
    except (HoldfastError, OSError) as problem:
        _recovery.log.warning("left space %s without tidying: %s", member.place.space, problem)
