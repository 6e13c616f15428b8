"""A space as a program uses it."""

from __future__ import annotations

import fnmatch
import mmap
import os
import re
import time
import weakref
from typing import Callable, ContextManager, Iterator, Mapping, Optional

from . import _entry, _events, _join, _lifecycle, _locks, _mutex, _objects, _recovery, _rwlock, _semaphore
from . import _layout as layout
from ._layout import Catalog, Participant, State
from ._layout import Region as _Fields
from ._lifecycle import Blueprint
from ._member import Member
from ._membership import Membership
from ._mutex import Mutex
from ._placed import PlacedLocks
from ._region import Region, map_filled, map_object
from ._rwlock import ReadWriteLock
from ._semaphore import Semaphore
from ._transaction import Transaction
from ._types import Limits, ParticipantInfo, RegionInfo, SpaceEvent, SweepReport
from ._words import word_at
from .errors import Closed, Corrupted, RegionNotFound

_REGION_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,119}")
_REGION_ID = re.compile(r"r[0-9a-f]{5,12}")
_POLICIES = {name: number for number, name in _entry.POLICIES.items()}
_DEATHS = {name: number for number, name in _entry.DEATHS.items()}
_STATES = {State.CREATING: "creating", State.LIVE: "live", State.RECLAIMING: "reclaiming"}
_KINDS = {1: "java", 2: "python", 3: "other"}
_DEFAULT_TIMEOUT = 300.0


def open(
    space: str = "default",
    *,
    root: Optional[str] = None,
    create: bool = True,
    limits: Optional[Limits] = None,
    timeout: float = 30.0,
    label: Optional[str] = None,
) -> Space:
    """Joins a space and makes it if there is none.

    ``space`` is 1–64 characters of ``A–Z a–z 0–9 . _ -``. ``root`` is the directory below which
    spaces live (default ``$HOLDFAST_ROOT``, else ``/dev/shm/holdfast-<uid>``). ``limits`` are those
    of a new space; an existing one keeps its own. ``timeout`` in seconds bounds the wait for others
    that join or leave. ``label`` says what this process is, for people (cut to 120 bytes).

    Raises :class:`SpaceNotFound` (only with ``create=False``), :class:`SpaceRefused`,
    :class:`LayoutMismatch`, :class:`Corrupted`, :class:`LimitExceeded` (participants),
    :class:`OutOfSharedMemory`, :class:`Busy`, :class:`SystemCallFailed`.

    >>> with holdfast.open("frames") as space:
    ...     print(list(space))
    """
    if not isinstance(space, str):
        raise TypeError(f"space must be a str: space={space!r}")
    if not _join.SPACE_NAME.fullmatch(space):
        raise ValueError(
            f"bad space name: space={space!r}; 1–64 characters of A–Z a–z 0–9 . _ -, starting with a letter or digit"
        )
    if limits is not None and not isinstance(limits, Limits):
        raise TypeError(f"limits must be holdfast.Limits: limits={limits!r}")
    seconds = _seconds("timeout", timeout)
    where = _join.default_root() if root is None else os.fspath(root)
    text = _join.default_label() if label is None else label
    if not isinstance(text, str):
        raise TypeError(f"label must be a str: label={label!r}")
    member = _join.open_member(_join.Request(space, where, bool(create), limits or Limits(), seconds, text))
    return Space(Membership(member))


class Space:
    """A named, isolated world of regions, of which this process is a participant.

    Made by :func:`holdfast.open`. A space lives as long as it has a participant or a region; whatever
    a participant held is given back when it leaves or dies, however it dies.

    **Sharing.** Any thread. A forked child (``os.fork``, ``multiprocessing``) becomes a participant
    of its own, with the regions its parent had open. **Lifetime.** A context manager.
    **Errors.** Every method raises :class:`Closed` after :meth:`close` and :class:`Corrupted` when
    shared memory holds what no participant writes.

    >>> with holdfast.open("frames") as space:
    ...     region = space.create("frame-42", 1 << 20)
    """

    def __init__(self, membership: Membership) -> None:
        self._membership = membership
        self._member = membership.member
        self._regions: weakref.WeakSet[Region] = weakref.WeakSet()
        self._finalizer = weakref.finalize(self, membership.close_later)
        self._finalizer.atexit = False

    # ---- regions -------------------------------------------------------------------------------

    def create(
        self,
        name: str,
        size: int,
        *,
        policy: str = "reference-counted",
        grace: float = 0.0,
        timeout: float = _DEFAULT_TIMEOUT,
        mode: int = 0o600,
        zero: bool = False,
        on_owner_death: str = "keep",
        metadata: Optional[Mapping[str, str]] = None,
        path: Optional[str] = None,
        fill: Optional[Callable[[memoryview], object]] = None,
    ) -> Region:
        """Makes a region and opens it writable. All its memory is allocated now; it starts as zeros.

        ``size`` in bytes, at least 1. ``policy`` says when the region is given back:
        ``"reference-counted"``, ``grace`` seconds after the last holder; ``"automatic"``, when nobody
        held or opened it for ``timeout`` seconds; ``"manual"``, by :meth:`remove` alone. ``mode`` are
        the permission bits of its object. ``zero`` overwrites the bytes before they are given back.
        ``on_owner_death``: ``"keep"``, ``"retire"`` (no new holders) or ``"reset"`` (to zeros) when
        this process dies. ``metadata`` are up to 256 bytes of ``key=value`` lines. ``path`` keeps the
        bytes in that file instead of memory: an existing one of at least ``size`` bytes, which is never
        deleted, or a new one, which goes with the region.

        ``fill`` writes the bytes before anybody else can open the region: who opens it finds it whole. If
        ``fill`` raises, or this process dies inside it, the region never was; what was written to a file
        that existed before stays written. Meanwhile the region is ``"creating"``, its name is taken, and
        this process cannot fork.

        Cost: the pages themselves, about 0.4 s a GiB.

        Raises :class:`ValueError` or :class:`TypeError` before anything is changed,
        :class:`NameTaken`, :class:`LimitExceeded`, :class:`OutOfSharedMemory`, :class:`SystemCallFailed`.

        >>> region = space.create("index", 4096, policy="manual", metadata={"made-by": "indexer"})
        """
        blueprint = Blueprint(
            name=_region_name(name),
            size=_size(size),
            policy=_choice("policy", policy, _POLICIES),
            policy_ns=_policy_ns(policy, grace, timeout),
            mode=_mode(mode),
            options=(_Fields.OPTION_ZERO if zero else 0)
            | _choice("on_owner_death", on_owner_death, _DEATHS) << _Fields.DEATH_SHIFT,
            metadata=_metadata(metadata),
            **_file(path, _size(size)),
        )
        if blueprint.existing:
            _refuse_zeroing_existing(blueprint.path, zero, on_owner_death)
            blueprint = blueprint._replace(mode=os.stat(blueprint.path).st_mode & 0o7777)
        elif blueprint.path:
            blueprint = blueprint._replace(options=blueprint.options | _Fields.OPTION_OWN_FILE)
        with self._operation():
            entry, mapping = _lifecycle.create(
                self._member, blueprint, lambda entry, descriptor: map_filled(descriptor, entry, fill)
            )
            return self._opened(entry, mapping)

    def open(self, name_or_id: str, writable: bool = False) -> Region:
        """Opens a region by name or id; read-only unless ``writable``, and the hardware enforces that.

        Raises :class:`RegionNotFound`, :class:`Corrupted`, :class:`Busy`, :class:`SystemCallFailed`.

        >>> with space.open("frame-42") as region:
        ...     first = region.view[0]
        """
        _check_text(name_or_id)
        with self._operation():
            slot, entry = _lifecycle.open_hold(self._member, name_or_id)
            try:
                descriptor = _objects.open_for_use(self._member, entry, writable)
            except FileNotFoundError as cause:
                _lifecycle.release(self._member, slot, layout.handle_generation(entry.handle))
                raise RegionNotFound(
                    f"region's object is gone: region={entry.name}, id={layout.region_id(entry.handle)}, "
                    f"object={_objects.os_name(self._member, entry)}; somebody removed it, remove the region too"
                ) from cause
            except BaseException:
                _lifecycle.release(self._member, slot, layout.handle_generation(entry.handle))
                raise
            _count_open(self._member, slot, writable)
            try:
                mapping = map_object(descriptor, entry, writable)
            except BaseException:
                _lifecycle.release(self._member, slot, layout.handle_generation(entry.handle))
                raise
            return self._opened(entry, mapping)

    def _opened(self, entry: _entry.Entry, mapping: mmap.mmap) -> Region:
        region = Region(self, self._membership, layout.handle_slot(entry.handle), entry, mapping)
        self._regions.add(region)
        return region

    def remove(self, name_or_id: str, force: bool = False) -> bool:
        """Retires a region: its name is free and nobody new can open it; whether its memory went now.

        Holders keep it; it is given back when the last of them releases it or dies. ``force`` also
        takes the operating system's name away now, so that foreign programs cannot map it any more;
        a region made with ``zero=True`` keeps it until its bytes were overwritten.

        Raises :class:`RegionNotFound`, :class:`Busy`.
        """
        _check_text(name_or_id)
        member = self._member
        with self._operation():
            slot, entry = self._find(name_or_id)
            generation = layout.handle_generation(entry.handle)
            if not _lifecycle.retire(member, slot, generation):
                raise _lifecycle.not_found(member, name_or_id)
            if _lifecycle.try_reclaim(member, slot, generation):
                return True
            if force:
                _lifecycle.force(member, slot, entry)
            return _lifecycle.try_reclaim(member, slot, generation)

    def _find(self, name_or_id: str) -> tuple[int, _entry.Entry]:
        by_id = _lifecycle.parse_id(name_or_id) is not None
        for slot, generation in _lifecycle.candidates(self._member, name_or_id):
            found = _entry.peek(self._member.control, slot)
            if not found or State.generation(found[0]) != generation:
                continue
            word, entry = found
            listed = State.state(word) in (State.LIVE, State.RECLAIMING)
            if listed and (by_id or (entry.name == name_or_id and not State.retired(word))):
                return slot, entry
        raise _lifecycle.not_found(self._member, name_or_id)

    def __contains__(self, name: object) -> bool:
        """Whether a region of that name or id can be opened now."""
        if not isinstance(name, str):
            return False
        with self._operation():
            try:
                slot, _ = self._find(name)
            except RegionNotFound:
                return False
            return not State.retired(self._member.control.state(slot))

    def __iter__(self) -> Iterator[RegionInfo]:
        """Every region, by slot."""
        return iter(self.regions())

    def regions(
        self,
        *,
        name: Optional[str] = None,
        policy: Optional[str] = None,
        backing: Optional[str] = None,
        state: Optional[str] = None,
        owner_pid: Optional[int] = None,
        held: Optional[bool] = None,
        on_damage: Optional[Callable[[Corrupted], object]] = None,
    ) -> list[RegionInfo]:
        """The regions that match every filter given; ``name`` may have ``*`` and ``?``.

        A damaged one raises :class:`Corrupted`; with ``on_damage`` that is called with the error of
        each damaged region instead, and the sound ones are returned.

        >>> space.regions(name="frame-*", held=False)
        """
        with self._operation():
            found = [self._peek_or_tell(slot, on_damage) for slot in range(self._member.control.high_slot())]
        wanted = {"policy": policy, "backing": backing, "state": state, "owner_pid": owner_pid}
        return [
            info
            for info in found
            if info is not None
            and (name is None or fnmatch.fnmatchcase(info.name, name))
            and (held is None or bool(info.holders) == held)
            and all(value is None or getattr(info, field) == value for field, value in wanted.items())
        ]

    def _peek_or_tell(self, slot: int, on_damage: Optional[Callable[[Corrupted], object]]) -> Optional[RegionInfo]:
        try:
            return self._peek_info(slot)
        except Corrupted as damage:
            if on_damage is None:
                raise
            on_damage(damage)
            return None

    def _info_of(self, slot: int, handle: int) -> RegionInfo:
        with self._operation():
            info = self._peek_info(slot)
        if info is None or info.id != layout.region_id(handle):
            raise _lifecycle.not_found(self._member, layout.region_id(handle))
        return info

    def _peek_info(self, slot: int) -> Optional[RegionInfo]:
        control = self._member.control
        found = _entry.peek(control, slot)
        if not found:
            return None
        word, entry = found
        holders = control.holders(slot)
        since = control.region_word(slot, _Fields.UNHELD_SINCE)
        state = _STATES.get(State.state(word), f"state-{State.state(word)}")
        return RegionInfo(
            id=layout.region_id(entry.handle),
            name=entry.name,
            size=entry.size,
            state="retired" if state == "live" and State.retired(word) else state,
            policy=_entry.POLICIES[entry.policy],
            policy_seconds=entry.policy_ns / 1e9,
            backing=_entry.BACKINGS[entry.backing],
            path=entry.path or None,
            os_name=_objects.os_name(self._member, entry),
            mode=entry.mode,
            zero=entry.zero,
            on_owner_death=_entry.DEATHS[entry.on_death],
            created_ns=entry.created_ns,
            owner=entry.owner,
            owner_pid=entry.owner_pid,
            owner_uid=entry.owner_uid,
            holders=holders,
            opens=control.region_word(slot, _Fields.OPENS),
            writable_opens=control.region_word(slot, _Fields.WRITABLE_OPENS),
            unheld_seconds=max(0, time.monotonic_ns() - since) / 1e9 if since and not holders else None,
            metadata=entry.metadata_map,
        )

    # ---- locks ---------------------------------------------------------------------------------

    def mutex(self, name: str, fair: bool = False, undo_bytes: int = 0) -> Mutex:
        """The mutex of that name, for all programs that have the space open; made if there is none.

        ``fair`` hands it over in the order of arrival within a priority, at a third of the speed; a
        mutex that exists keeps what it was made with. ``undo_bytes`` leaves room for a :class:`UndoRecord`.

        Raises :class:`WrongLockKindError`, :class:`LimitExceeded` (locks), :class:`OutOfSharedMemory`.

        >>> with space.mutex("index") as held: ...
        """
        blueprint = _mutex.blueprint(name, bool(fair), undo_bytes)
        with self._operation():
            return _locks.of(self._member).get(blueprint, Mutex)

    def rwlock(
        self, name: str, read_biased: bool = False, fair: bool = False, undo_bytes: int = 0
    ) -> ReadWriteLock:
        """The read-write lock of that name, for all programs that have the space open; made if there is none.

        ``read_biased`` is for much reading and rare writing: a Java process that read stays a reader until
        somebody writes. ``fair`` lets writers in in the order of their arrival within a priority. One that
        exists keeps what it was made with.

        ``undo_bytes`` leaves room for the :class:`UndoRecord` of a writer.

        Raises :class:`WrongLockKindError`, :class:`LimitExceeded` (locks, lock cells), :class:`OutOfSharedMemory`.

        >>> with space.rwlock("table").read(): ...
        """
        participants = self._member.control.participants
        blueprint = _rwlock.blueprint(name, participants, bool(read_biased), bool(fair), undo_bytes)
        with self._operation():
            return _locks.of(self._member).get(blueprint, ReadWriteLock)

    def semaphore(self, name: str, permits: int, fair: bool = False) -> Semaphore:
        """The semaphore of that name, for all programs that have the space open; made if there is none.

        ``fair`` lets nobody past those who wait. All who open it name the same number of ``permits``.

        Raises :class:`WrongLockKindError`, :class:`LimitExceeded` (locks, lock cells), :class:`OutOfSharedMemory`.

        >>> with space.semaphore("gpu", 2).hold(): ...
        """
        blueprint = _semaphore.blueprint(name, permits, bool(fair))
        with self._operation():
            return _locks.of(self._member).get(blueprint, Semaphore)

    def placed(self, name_or_id: str) -> PlacedLocks:
        """The locks that stand in a region's own bytes, beside what they protect.

        Raises :class:`RegionNotFound`, :class:`SystemCallFailed` (this process may not write it).

        >>> with space.placed("accounts") as locks, locks.mutex(0):
        ...     ...
        """
        region = self.open(name_or_id, writable=True)
        with self._operation():
            return PlacedLocks(_locks.of(self._member), region)

    def transaction(self, policy: str = "wait-die") -> Transaction:
        """Begins a transaction of the calling thread: mutexes taken together, in any order, without deadlocks.

        ``policy`` is ``"wait-die"`` (the younger of two gives way when it would wait for the older) or
        ``"wound-wait"`` (when the older one wants what it owns).

        Raises :class:`RuntimeError` if the thread owns locks, or is in a transaction already.

        >>> space.transaction().run(lambda tx: (tx.lock(a), tx.lock(b), move(amount)))
        """
        with self._operation():
            return Transaction(_locks.of(self._member), policy)

    # ---- the space -----------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The space's name."""
        return self._member.place.space

    @property
    def limits(self) -> Limits:
        """What the space may grow to, as it stands in the control segment now."""
        with self._operation():
            control = self._member.control
            return Limits(
                participants=control.participant_limit(),
                regions=min(control.cell(Catalog.LIMIT_REGIONS), control.regions),
                events=control.events,
                bytes=control.cell(Catalog.LIMIT_BYTES),
                region_bytes=control.cell(Catalog.LIMIT_REGION_BYTES),
                participant_bytes=control.cell(Catalog.LIMIT_PARTICIPANT_BYTES),
                sweep_interval=control.cell(Catalog.SWEEP_INTERVAL) / 1e9,
            )

    def participants(self) -> list[ParticipantInfo]:
        """Every member, by slot; the dead ones that nobody recovered yet are not ``alive``."""
        with self._operation():
            return [self._participant(slot) for slot in self._member.control.live_participants()]

    def _participant(self, slot: int) -> ParticipantInfo:
        control, me = self._member.control, slot == self._member.slot
        raw = control.words.read(control.participant(slot), Participant.BYTES)
        length = min(word_at(raw, Participant.LABEL_LENGTH), Participant.LABEL_BYTES)
        return ParticipantInfo(
            slot=slot,
            handle=layout.handle(slot, Participant.generation(word_at(raw, Participant.WORD))),
            pid=word_at(raw, Participant.PID),
            uid=word_at(raw, Participant.UID),
            kind=_KINDS.get(word_at(raw, Participant.KIND), "unknown"),
            label=raw[Participant.LABEL : Participant.LABEL + length].decode(errors="replace"),
            joined_ns=word_at(raw, Participant.JOINED),
            owned_bytes=word_at(raw, Participant.BYTES_IN_USE),
            alive=me or self._member.live.locked_by_other(slot),
            me=me,
        )

    def events(self) -> list[SpaceEvent]:
        """The latest events, oldest first; at most as many as the space keeps."""
        with self._operation():
            return _events.read_all(self._member.control)

    def sweep(self) -> SweepReport:
        """Recovers dead participants and gives back what nobody holds any more, now.

        This happens by itself as well: on every join, when something is full, within milliseconds of
        a death that can be seen from here, and at the sweep interval. One of the dead whom another
        process is just recovering is left to that process: until it has finished, and it may be
        stopped or die, its holds still count.
        """
        with self._operation():
            return _recovery.sweep(self._member)

    # ---- the end -------------------------------------------------------------------------------

    def close(self) -> None:
        """Closes every region opened here and leaves; the second call does nothing.

        The last participant to leave removes a space without regions. While arrays or views are
        still alive, the participant stays and leaves with the last of them, at the latest when the
        interpreter exits.

        Raises :class:`Busy` while a thread is inside an action on one of the space's locks, which ends
        by itself; nobody gets a lock any more by then. Call it again.
        """
        if self._member.locks:
            self._member.locks.close()
            for place in list(self._member.locks.places):
                place._give_back()
        self._finalizer.detach()
        for region in list(self._regions):
            region.close()
        self._membership.close()

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` was called."""
        return self._membership.closing or self._member.gone is not None

    def _operation(self) -> ContextManager[None]:
        if self._membership.closing:
            raise Closed(f"space is closed: space={self.name}; open it again")
        self._membership.settle()
        return self._member.operation()

    def __enter__(self) -> Space:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<holdfast.Space {self.name} {'closed' if self.closed else 'open'}>"


# ---- arguments -------------------------------------------------------------------------------


def _check_text(name_or_id: object) -> None:
    if not isinstance(name_or_id, str):
        raise TypeError(f"region name or id must be a str: region={name_or_id!r}")


def _region_name(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(f"region name must be a str: name={name!r}")
    if not _REGION_NAME.fullmatch(name):
        raise ValueError(
            f"bad region name: name={name!r}; 1–120 characters of A–Z a–z 0–9 . _ : / @ + -, "
            "starting with a letter or digit"
        )
    if _REGION_ID.fullmatch(name):
        raise ValueError(f"bad region name: name={name!r}; it looks like a region's id, choose another one")
    return name


def _size(size: object) -> int:
    if isinstance(size, bool) or not hasattr(size, "__index__"):
        raise TypeError(f"size must be an int: size={size!r}")
    value = size.__index__()  # type: ignore[attr-defined]
    if not 1 <= value < 1 << 63:
        raise ValueError(f"bad size: size={value} bytes; at least 1")
    return value


def _choice(parameter: str, value: object, allowed: Mapping[str, int]) -> int:
    if not isinstance(value, str):
        raise TypeError(f"{parameter} must be a str: {parameter}={value!r}")
    if value not in allowed:
        raise ValueError(f"bad {parameter}: {parameter}={value!r}; one of {', '.join(sorted(allowed))}")
    return allowed[value]


def _seconds(parameter: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{parameter} must be a number of seconds: {parameter}={value!r}")
    if not 0 <= value <= 1e9:
        raise ValueError(f"bad {parameter}: {parameter}={value} s; 0–1e9")
    return float(value)


def _policy_ns(policy: str, grace: float, timeout: float) -> int:
    grace, timeout = _seconds("grace", grace), _seconds("timeout", timeout)
    if grace and policy != "reference-counted":
        raise ValueError(f"grace is for reference-counted regions: grace={grace}, policy={policy!r}")
    if timeout != _DEFAULT_TIMEOUT and policy != "automatic":
        raise ValueError(f"timeout is for automatic regions: timeout={timeout}, policy={policy!r}")
    return round({"reference-counted": grace, "automatic": timeout}.get(policy, 0) * 1e9)


def _mode(mode: object) -> int:
    if isinstance(mode, bool) or not isinstance(mode, int):
        raise TypeError(f"mode must be an int: mode={mode!r}")
    if mode & ~0o777 or mode & 0o600 != 0o600:
        raise ValueError(f"bad mode: mode={mode:#o}; permission bits up to 0o777 with 0o600 for the owner")
    return mode


def _metadata(metadata: Optional[Mapping[str, str]]) -> str:
    for key, value in (metadata or {}).items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(f"metadata must be str: {key!r}={value!r}")
        if not key or "=" in key or "\n" in key or "\n" in value:
            raise ValueError(f"bad metadata: {key!r}={value!r}; no newline anywhere, no '=' in a key, no empty key")
    text = "".join(f"{key}={value}\n" for key, value in (metadata or {}).items())
    if len(text.encode()) > _Fields.METADATA_BYTES:
        raise ValueError(f"metadata is too long: bytes={len(text.encode())}, allowed={_Fields.METADATA_BYTES}")
    return text


def _file(path: Optional[str], size: int) -> dict[str, object]:
    if path is None:
        return {"path": "", "existing": False}
    full = os.path.abspath(os.fspath(path))
    if len(os.fsencode(full)) > _Fields.PATH_BYTES:
        raise ValueError(f"path is too long: bytes={len(os.fsencode(full))}, allowed={_Fields.PATH_BYTES}")
    existing = os.path.lexists(full)
    if existing and os.path.isfile(full) and os.path.getsize(full) < size:
        raise ValueError(
            f"file is shorter than the region: path={full}, file={os.path.getsize(full)} bytes, "
            f"region={size} bytes; make it longer or ask for less"
        )
    return {"path": full, "existing": existing}


def _refuse_zeroing_existing(path: str, zero: bool, on_owner_death: str) -> None:
    if zero or on_owner_death == "reset":
        raise ValueError(
            f"zeroing an existing file would destroy it: path={path}, zero={zero}, on_owner_death={on_owner_death!r}"
        )


def _count_open(member: Member, slot: int, writable: bool) -> None:
    control = member.control
    entry = control.region(slot)
    control.words.set(entry + _Fields.LAST_ACCESS, time.monotonic_ns())
    control.words.fetch_add(entry + _Fields.OPENS, 1)
    if writable:
        control.words.fetch_add(entry + _Fields.WRITABLE_OPENS, 1)
