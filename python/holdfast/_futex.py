"""Sleeping on a word of shared memory and waking who sleeps there: ``futex(2)``."""

from __future__ import annotations

import ctypes
import errno
import platform
import sys

from .errors import HoldfastError, SystemCallFailed

_NUMBERS = {
    "x86_64": 202, "aarch64": 98, "riscv64": 98, "loongarch64": 98, "ppc64": 221, "ppc64le": 221, "s390x": 238,
}  # fmt: skip
_WAIT = 0
_WAKE = 1
_LOW_HALF = 0 if sys.byteorder == "little" else 4


class _TimeSpec(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_int64), ("nanos", ctypes.c_int64)]


def _number() -> int:
    machine = platform.machine()
    if machine not in _NUMBERS or ctypes.sizeof(ctypes.c_void_p) != 8:
        raise HoldfastError(
            f"locks are not supported here: machine={machine}, word={8 * ctypes.sizeof(ctypes.c_void_p)} bits; "
            "they need a 64-bit Linux whose futex call number is known"
        )
    return _NUMBERS[machine]


# CDLL gives the interpreter lock up, so other threads run while this one sleeps.
_syscall = ctypes.CDLL(None, use_errno=True).syscall
_syscall.restype = ctypes.c_long
_syscall.argtypes = [
    ctypes.c_long, ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32,
]  # fmt: skip
_FUTEX = _number()
_EXPECTED = (errno.EAGAIN, errno.EINTR, errno.ETIMEDOUT)


def wait(address: int, expected: int, nanos: int) -> None:
    """Sleeps while the low 32 bits of the word at ``address`` are ``expected``, at most ``nanos``.

    Wakes for no reason as well, and when a signal arrived for the main thread: look at the word.
    """
    patience = _TimeSpec(*divmod(max(nanos, 0), 1_000_000_000))
    if _syscall(_FUTEX, address + _LOW_HALF, _WAIT, expected, ctypes.addressof(patience), None, 0) < 0:
        problem = ctypes.get_errno()
        if problem not in _EXPECTED:
            raise SystemCallFailed("futex(FUTEX_WAIT)", problem, f"expected={expected}, nanos={nanos}")


def wake(address: int) -> None:
    """Wakes one sleeper of the word at ``address``."""
    if _syscall(_FUTEX, address + _LOW_HALF, _WAKE, 1, None, None, 0) < 0:
        raise SystemCallFailed("futex(FUTEX_WAKE)", ctypes.get_errno(), "count=1")
