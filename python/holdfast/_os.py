"""The operating system as Holdfast needs it: locks, shared memory objects, files, identity.

Everything is opened close-on-exec and without following a symbolic link at its end, then looked at
through its descriptor. Failures are :class:`SystemCallFailed`, except the ones callers act on, which
stay :class:`FileNotFoundError` and :class:`FileExistsError`.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import struct
import time
from typing import Iterator, NamedTuple, Optional

import _posixshmem

from .errors import OutOfSharedMemory, SpaceRefused, SystemCallFailed

SHM_DIRECTORY = "/dev/shm"
_F_OFD_GETLK = 36
_F_OFD_SETLK = 37
_FLOCK = struct.Struct("@hhqqi4x")
_ZERO_CHUNK = bytes(1 << 20)


# ---- errors ----------------------------------------------------------------------------------


def failed(call: str, cause: OSError, arguments: str) -> SystemCallFailed:
    """The typed form of an :class:`OSError`."""
    error = SystemCallFailed(call, cause.errno or 0, arguments)
    error.__cause__ = cause
    return error


def out_of_memory(where: str, wanted: int, what: str) -> OutOfSharedMemory:
    """``ENOSPC``, with everything that helps to make room."""
    point, kind = _mount_of(where)
    status = os.statvfs(where)
    return OutOfSharedMemory(
        f"no space for {what}: asked={wanted} bytes, free={status.f_bavail * status.f_frsize} bytes, "
        f"size={status.f_blocks * status.f_frsize} bytes, mount={point}, type={kind}; "
        "remove regions or make the mount larger: `mount -o remount,size=…`, in a container "
        "`docker run --shm-size=…`, in Kubernetes an emptyDir with medium: Memory and a larger sizeLimit"
    )


def _mount_of(path: str) -> tuple[str, str]:
    device = os.stat(path).st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    found = (path, "unknown")
    with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            fields = line.split()
            if fields[2] == wanted:
                found = (fields[4], fields[fields.index("-") + 1])
    return found


# ---- locks -----------------------------------------------------------------------------------


class LockFile:
    """A file of which only the locks mean something: open-file-description locks on single bytes.

    **Sharing.** The locks belong to this descriptor, so threads of a process need a gate of their
    own in front of them. **Lifetime.** The kernel drops them when the last process that has this
    descriptor dies or closes it, however it dies, and keeps them while it is merely stopped.
    """

    def __init__(self, descriptor: int, path: str) -> None:
        self.descriptor = descriptor
        self.path = path

    def try_lock(self, byte: int) -> bool:
        """Locks one byte; false if another descriptor has it."""
        try:
            fcntl.fcntl(self.descriptor, _F_OFD_SETLK, _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, byte, 1, 0))
            return True
        except OSError as cause:
            if cause.errno in (errno.EAGAIN, errno.EACCES):
                return False
            raise failed("fcntl(F_OFD_SETLK)", cause, f"file={self.path}, byte={byte}") from None

    def lock(self, byte: int, timeout: float) -> bool:
        """Polls until the byte is locked; false after ``timeout`` seconds."""
        return any(self.try_lock(byte) for _ in polls(timeout))

    def unlock(self, byte: int) -> None:
        """Unlocks one byte; one that is not locked is left alone."""
        fcntl.fcntl(self.descriptor, _F_OFD_SETLK, _FLOCK.pack(fcntl.F_UNLCK, os.SEEK_SET, byte, 1, 0))

    def locked_by_other(self, byte: int, length: int = 1) -> bool:
        """Whether another descriptor, of any process, holds any of these bytes."""
        try:
            answer = fcntl.fcntl(
                self.descriptor, _F_OFD_GETLK, _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, byte, length, 0)
            )
        except OSError as cause:
            raise failed("fcntl(F_OFD_GETLK)", cause, f"file={self.path}, byte={byte}") from None
        return _FLOCK.unpack(answer)[0] != fcntl.F_UNLCK

    def is_current(self) -> bool:
        """Whether the file's path still names this file."""
        own = os.fstat(self.descriptor)
        try:
            there = os.lstat(self.path)
        except OSError:
            return False
        return own.st_nlink > 0 and os.path.samestat(own, there)

    def close(self) -> None:
        """Closes the descriptor, which drops its locks."""
        if self.descriptor >= 0:
            descriptor, self.descriptor = self.descriptor, -1
            os.close(descriptor)


def polls(timeout: float) -> Iterator[None]:
    """Yields at once and then with growing pauses until ``timeout`` seconds have passed."""
    deadline = time.monotonic() + timeout
    for pause in pauses():
        yield
        left = deadline - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(pause, left))


def pauses() -> Iterator[float]:
    """How long to sleep between looks at something that changes soon, in seconds: longer each time, at most 10 ms."""
    pause = 0.0002
    while True:
        yield pause
        pause = min(pause * 2, 0.01)


# ---- files and shared memory objects -----------------------------------------------------------


def open_shared(name: str, writable: bool) -> int:
    """Opens a POSIX shared memory object; :class:`FileNotFoundError` if there is none."""
    try:
        return _posixshmem.shm_open(name, os.O_RDWR if writable else os.O_RDONLY, 0)
    except FileNotFoundError:
        raise
    except OSError as cause:
        raise failed("shm_open", cause, f"name={name}, writable={writable}") from None


def create_shared(name: str, mode: int) -> int:
    """Creates a shared memory object with exactly these permissions; :class:`FileExistsError` if it exists."""
    try:
        descriptor = _posixshmem.shm_open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise
    except OSError as cause:
        if cause.errno == errno.ENOSPC:
            raise out_of_memory(SHM_DIRECTORY, 0, f"the object {name}") from None
        raise failed("shm_open", cause, f"name={name}, mode={mode:#o}, create=True") from None
    os.fchmod(descriptor, mode)
    return descriptor


def unlink_shared(name: str) -> bool:
    """Removes an object's name; whether there was one."""
    try:
        _posixshmem.shm_unlink(name)
        return True
    except FileNotFoundError:
        return False
    except OSError as cause:
        raise failed("shm_unlink", cause, f"name={name}") from None


def list_shared(prefix: str) -> list[str]:
    """The objects whose name starts with ``prefix`` (with its slash), sorted."""
    return sorted("/" + name for name in os.listdir(SHM_DIRECTORY) if ("/" + name).startswith(prefix))


def open_file(path: str, flags: int, mode: int = 0) -> int:
    """``open`` with ``O_CLOEXEC | O_NOFOLLOW``; not-found and exists stay what they are."""
    try:
        return os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
    except (FileNotFoundError, FileExistsError):
        raise
    except OSError as cause:
        if cause.errno == errno.ELOOP:
            raise SpaceRefused(f"refused a symbolic link: path={path}; name the file itself") from None
        raise failed("open", cause, f"path={path}, flags={flags:#x}") from None


def unlink_file(path: str) -> bool:
    """Removes a file's name; whether there was one."""
    try:
        os.unlink(path)
        return True
    except FileNotFoundError:
        return False
    except OSError as cause:
        raise failed("unlink", cause, f"path={path}") from None


def allocate(descriptor: int, size: int, where: str, what: str) -> None:
    """Allocates ``size`` bytes so that no later touch can fail; ``ENOSPC`` is :class:`OutOfSharedMemory`."""
    try:
        os.posix_fallocate(descriptor, 0, size)
    except OSError as cause:
        if cause.errno == errno.ENOSPC:
            raise out_of_memory(where, size, what) from None
        raise failed("posix_fallocate", cause, f"object={what}, size={size}") from None


def zero(descriptor: int, size: int) -> None:
    """Overwrites the first ``size`` bytes with zeros."""
    offset = 0
    while offset < size:
        offset += os.pwrite(descriptor, _ZERO_CHUNK[: size - offset], offset)


# ---- trust -----------------------------------------------------------------------------------


def check_ours(status: os.stat_result, what: str, directory: bool = False) -> None:
    """Refuses what is not a file (or directory) of this user that only this user or a group can write."""
    wanted, kind = (stat.S_ISDIR, "directory") if directory else (stat.S_ISREG, "regular file")
    if stat.S_ISLNK(status.st_mode):
        raise SpaceRefused(f"refused a symbolic link: path={what}; somebody may have put it there, remove it")
    if not wanted(status.st_mode):
        raise SpaceRefused(f"refused what is not a {kind}: path={what}, mode={status.st_mode:#o}; remove it")
    if status.st_uid != os.geteuid():
        raise SpaceRefused(
            f"refused what another user owns: path={what}, owner={status.st_uid}, we={os.geteuid()}; "
            "choose another root (HOLDFAST_ROOT) or run as its owner"
        )
    if status.st_mode & stat.S_IWOTH:
        raise SpaceRefused(
            f"refused what everybody can write: path={what}, mode={stat.S_IMODE(status.st_mode):#o}; "
            "run chmod o-w on it when its content can be trusted"
        )


# ---- identity --------------------------------------------------------------------------------


class Identity(NamedTuple):
    """Who this process is: with the start time the pid tells it from a later one of the same number."""

    pid: int
    start_time: int
    pid_namespace: int
    uid: int


def identity() -> Identity:
    """This process, read afresh: a forked child is another one."""
    return Identity(
        os.getpid(), start_time_of(os.getpid()) or 0, os.stat("/proc/self/ns/pid").st_ino, os.geteuid()
    )


def start_time_of(pid: int) -> Optional[int]:
    """When a process started, in clock ticks since boot; None if it cannot be seen from here."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return None


def boot_id() -> tuple[int, int]:
    """The machine's current boot as two big-endian words."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        raw = bytes.fromhex(file.read().strip().replace("-", ""))
    return int.from_bytes(raw[:8], "big"), int.from_bytes(raw[8:], "big")
