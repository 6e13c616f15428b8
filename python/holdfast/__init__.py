"""Holdfast: crash-safe shared memory between processes, in any of its languages.

>>> import holdfast
>>> with holdfast.open("frames") as space, space.create("frame-42", 1 << 20) as region:
...     region.view[:5] = b"hello"

Start at :func:`open` and :class:`Space`. Everything is pure Python on ``mmap``, ``fcntl`` and
``ctypes``; NumPy is used when it is there (:meth:`Region.array`). Linux only.
"""

from ._cachetable import CacheUsage
from ._condition import Condition
from ._mutex import Hold, Mutex
from ._placed import PlacedLocks
from ._region import Region
from ._rwlock import ReadWriteHold, ReadWriteLock
from ._semaphore import Permits, Semaphore
from ._space import Space, open
from ._transaction import Transaction
from ._types import Limits, ParticipantInfo, RegionInfo, SpaceEvent, SweepReport
from ._undo import UndoRecord
from .cache import CacheStats, Codec, SharedCache
from .errors import (
    Busy,
    Closed,
    Corrupted,
    DeadlockError,
    HoldfastError,
    LayoutMismatch,
    LimitExceeded,
    LockError,
    LockNotFoundError,
    LockTimeoutError,
    NameTaken,
    NotRecoverableError,
    OutOfSharedMemory,
    OwnerDiedError,
    PlaceTakenError,
    RegionNotFound,
    SpaceNotFound,
    SpaceRefused,
    SystemCallFailed,
    TransactionDiedError,
    WrongLockKindError,
)

__all__ = [
    "Busy",
    "CacheStats",
    "CacheUsage",
    "Closed",
    "Codec",
    "Condition",
    "Corrupted",
    "DeadlockError",
    "Hold",
    "HoldfastError",
    "LayoutMismatch",
    "LimitExceeded",
    "Limits",
    "LockError",
    "LockNotFoundError",
    "LockTimeoutError",
    "Mutex",
    "NameTaken",
    "NotRecoverableError",
    "OutOfSharedMemory",
    "OwnerDiedError",
    "ParticipantInfo",
    "Permits",
    "PlaceTakenError",
    "PlacedLocks",
    "ReadWriteHold",
    "ReadWriteLock",
    "Region",
    "RegionInfo",
    "RegionNotFound",
    "Semaphore",
    "SharedCache",
    "Space",
    "SpaceEvent",
    "SpaceNotFound",
    "SpaceRefused",
    "SweepReport",
    "SystemCallFailed",
    "Transaction",
    "TransactionDiedError",
    "UndoRecord",
    "WrongLockKindError",
    "open",
]
