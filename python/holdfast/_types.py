"""The plain values of the public interface."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Mapping, NamedTuple, Optional

from ._layout import Event as _Event

UNLIMITED = (1 << 63) - 1
_CATALOG_ROWS = 65535


@dataclass(frozen=True)
class Limits:
    """What a space may grow to. Given when a space is created; an existing space keeps its own.

    ``participants``, ``regions`` and ``events`` are also capacities: the control segment is made for
    them (about 1.2 KiB a region, 256 bytes a participant, 128 bytes an event). ``bytes``,
    ``region_bytes`` and ``participant_bytes`` count bytes of shared memory (not of files): in all,
    of one region, of the regions one participant created. ``sweep_interval`` is in seconds. The defaults
    are those of the Java client: 10 GiB, 1 GiB a region, a sweep a minute.

    >>> Limits(bytes=1 << 30, regions=100).participants
    256
    """

    participants: int = 256
    regions: int = 4096
    events: int = 1024
    bytes: int = 10 << 30
    region_bytes: int = 1 << 30
    participant_bytes: int = 10 << 30
    sweep_interval: float = 60.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name != "sweep_interval" and (isinstance(value, bool) or not isinstance(value, int)):
                raise TypeError(f"limit must be an int: {field.name}={value!r}")
        _check_range("participants", self.participants, 1, 1024)
        _check_range("regions", self.regions, 1, _CATALOG_ROWS)
        _check_range("events", self.events, 64, 65536)
        for name in ("bytes", "region_bytes", "participant_bytes"):
            _check_range(name, getattr(self, name), 1, UNLIMITED)
        if self.events & self.events - 1:
            raise ValueError(f"limit must be a power of two: events={self.events}")
        if not 0.01 <= self.sweep_interval <= 86400:
            raise ValueError(f"limit out of range: sweep_interval={self.sweep_interval} s, allowed=0.01–86400")

    @property
    def participant_capacity(self) -> int:
        """``participants`` rounded up to a multiple of 64."""
        return -(-self.participants // 64) * 64


def _check_range(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ValueError(f"limit out of range: {name}={value}, allowed={low}–{high}")


class RegionInfo(NamedTuple):
    """What the space's tables say about a region, at one moment.

    ``size`` is in bytes, ``policy_seconds`` the grace period or time-out, ``created_ns`` like
    :func:`time.time_ns`; ``unheld_seconds`` is None while somebody holds it. ``holders`` are the
    slots of the participants that hold it, ``owner`` the creator's participant handle.
    """

    id: str
    name: str
    size: int
    state: str
    policy: str
    policy_seconds: float
    backing: str
    path: Optional[str]
    os_name: str
    mode: int
    zero: bool
    on_owner_death: str
    created_ns: int
    owner: int
    owner_pid: int
    owner_uid: int
    holders: tuple[int, ...]
    opens: int
    writable_opens: int
    unheld_seconds: Optional[float]
    metadata: Mapping[str, str]


class ParticipantInfo(NamedTuple):
    """A member of the space. ``alive`` is proved by the kernel's lock; ``pid`` counts in its own PID namespace."""

    slot: int
    handle: int
    pid: int
    uid: int
    kind: str
    label: str
    joined_ns: int
    owned_bytes: int
    alive: bool
    me: bool


class SpaceEvent(NamedTuple):
    """One record of the space's history. ``kind`` is a word such as ``"created"``; ``at_ns`` like :func:`time.time_ns`."""

    sequence: int
    at_ns: int
    kind: str
    actor: int
    pid: int
    region: Optional[str]
    value: int
    text: str


EVENT_KINDS = {
    _Event.JOINED: "joined",
    _Event.LEFT: "left",
    _Event.RECOVERED: "recovered",
    _Event.CREATED: "created",
    _Event.RETIRED: "retired",
    _Event.RECLAIMED: "reclaimed",
    _Event.FORCED: "forced",
    _Event.UNDONE: "undone",
    _Event.LIMITS: "limits",
    _Event.REPAIRED: "repaired",
    _Event.OWNER_DEATH: "owner-death",
    _Event.LEFTOVER: "leftover",
    _Event.LOCK_OWNER_DIED: "lock-owner-died",
    _Event.DEADLOCK: "deadlock",
}


@dataclass
class SweepReport:
    """What a sweep did. ``problems`` are messages about what it could not do and will try again."""

    recovered: int = 0
    holds_dropped: int = 0
    reclaimed: int = 0
    undone: int = 0
    problems: tuple[str, ...] = ()
