"""What can go wrong, one type a kind.

Bad arguments are :class:`ValueError` or :class:`TypeError`, raised before anything is changed.
Everything else that Holdfast raises is a :class:`HoldfastError`. Messages say what happened, with
``name=value`` details, and the likely cause or the next step.
"""

from __future__ import annotations

import errno as _errno
import os


class HoldfastError(Exception):
    """The base of all errors of this package."""


class Closed(HoldfastError):
    """A space or region was used after its ``close()``."""


class SpaceNotFound(HoldfastError):
    """The space does not exist and the caller asked not to create it."""


class SpaceRefused(HoldfastError):
    """What stands in the space's place cannot be trusted: another owner, a symbolic link, world-writable."""


class LayoutMismatch(HoldfastError):
    """The control segment has a layout that this version cannot read; the message names both."""


class Corrupted(HoldfastError):
    """Shared memory holds something that no correct participant writes."""


class RegionNotFound(HoldfastError, LookupError):
    """No region of that name or id can be held."""


class NameTaken(HoldfastError):
    """Another region has that name."""


class LimitExceeded(HoldfastError):
    """One of the space's limits would be exceeded; the message says which.

    Attributes: ``limit`` (its name), ``allowed`` and ``wanted`` (in the limit's unit).
    """

    def __init__(self, message: str, limit: str, allowed: int, wanted: int) -> None:
        super().__init__(message)
        self.limit = limit
        self.allowed = allowed
        self.wanted = wanted


class OutOfSharedMemory(HoldfastError):
    """The file system of the shared memory is full (``ENOSPC``)."""


class Busy(HoldfastError):
    """Something that is held only for moments was not to be had in time."""


class SystemCallFailed(HoldfastError):
    """The operating system refused a call.

    Attributes: ``call`` (for example ``"shm_open"``), ``errno`` and ``arguments`` (as text).
    """

    def __init__(self, call: str, errno: int, arguments: str) -> None:
        symbol = _errno.errorcode.get(errno, "unknown")
        super().__init__(f"{call} failed: errno={errno} ({symbol}: {os.strerror(errno)}), {arguments}")
        self.call = call
        self.errno = errno
        self.arguments = arguments


class LockError(HoldfastError):
    """The base of what a lock can answer besides *yours*."""


class LockTimeoutError(LockError, TimeoutError):
    """The lock was not to be had in time; the message says who has it."""


class OwnerDiedError(LockError):
    """A hold that was told *owner died* was released without :meth:`mark_consistent`: the lock is lost for all."""


class NotRecoverableError(LockError):
    """An owner died inside, and the next one did not declare the data consistent: nobody gets this lock again."""


class DeadlockError(LockError):
    """This wait was chosen to end so that the others of a deadlock can go on.

    ``report`` says, one line each, who waits for what and who owns it, since when. Give back what
    this thread owns, then try again.
    """

    def __init__(self, message: str, report: str) -> None:
        super().__init__(f"{message}\n{report}")
        self.report = report


class TransactionDiedError(LockError):
    """The transaction has to give way to an older one: undo what was changed, then :meth:`Transaction.restart`.

    It does not own the mutex that it waited for; the others it owns still.
    """


class WrongLockKindError(LockError):
    """A lock of that name, or at that place, exists and is of another kind, size or mutex."""


class LockNotFoundError(LockError, LookupError):
    """No lock is placed at that offset of the region."""


class PlaceTakenError(LockError):
    """A lock stands already where one was to be placed."""
