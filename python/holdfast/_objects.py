"""A region's object: the shared memory or file with the user's bytes."""

from __future__ import annotations

import os
import stat

from . import _layout as layout
from . import _os
from ._entry import Entry
from ._layout import Region
from ._member import Member
from .errors import Corrupted, SpaceRefused


def os_name(member: Member, entry: Entry) -> str:
    """The name under which any program can map it: ``/hf-…`` for ``shm_open``, or a path."""
    if entry.backing == Region.FILE:
        return entry.path
    return member.place.object_name(layout.region_id(entry.handle))


def make(member: Member, slot: int, entry: Entry, existing: bool) -> int:
    """Makes the object of a CREATING region, all of it allocated; its descriptor.

    :class:`FileExistsError`: a leftover has the name.
    """
    name = os_name(member, entry)
    if entry.backing == Region.SHM:
        descriptor = _os.create_shared(name, entry.mode)
        where = _os.SHM_DIRECTORY
    elif existing:
        return _open_existing(entry)
    else:
        descriptor = _os.open_file(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, entry.mode)
        member.control.set_region_word(slot, Region.FILE_MADE, 1)
        where = os.path.dirname(name)
    try:
        os.fchmod(descriptor, entry.mode)
        _os.allocate(descriptor, entry.size, where, f"region {entry.name} ({name})")
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _open_existing(entry: Entry) -> int:
    descriptor = _os.open_file(entry.path, os.O_RDWR)
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_size >= entry.size:
        return descriptor
    os.close(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise SpaceRefused(f"not a regular file: path={entry.path}, mode={status.st_mode:#o}")
    raise ValueError(
        f"file is shorter than the region: path={entry.path}, file={status.st_size} bytes, "
        f"region={entry.size} bytes; make it longer or ask for less"
    )


def open_for_use(member: Member, entry: Entry, writable: bool) -> int:
    """Opens the object of a held region and checks that all of it is there."""
    name = os_name(member, entry)
    if entry.backing == Region.SHM:
        descriptor = _os.open_shared(name, writable)
    else:
        descriptor = _os.open_file(name, os.O_RDWR if writable else os.O_RDONLY)
    status = os.fstat(descriptor)
    foreign = entry.backing == Region.SHM and status.st_uid != entry.owner_uid
    if stat.S_ISREG(status.st_mode) and status.st_size >= entry.size and not foreign:
        return descriptor
    os.close(descriptor)
    raise Corrupted(
        f"region's object is not what its entry says: region={entry.name}, object={name}, "
        f"size={status.st_size}, expected={entry.size}, owner={status.st_uid}, expected owner={entry.owner_uid}; "
        "it was truncated or replaced, remove the region"
    )


def unlink(member: Member, slot: int, entry: Entry, half_made: bool = False) -> None:
    """Takes the object's name away if the object is ours; a missing one is fine."""
    if entry.backing == Region.SHM:
        _os.unlink_shared(os_name(member, entry))
        return
    ours = half_made or entry.options & Region.OPTION_OWN_FILE
    if ours and member.control.region_word(slot, Region.FILE_MADE) == 1:
        _os.unlink_file(entry.path)


def zero(member: Member, entry: Entry) -> None:
    """Overwrites the bytes with zeros if the object is still there."""
    try:
        descriptor = open_for_use(member, entry, writable=True)
    except (FileNotFoundError, Corrupted):
        return
    try:
        _os.zero(descriptor, entry.size)
    except OSError as cause:
        raise _os.failed("pwrite", cause, f"object={os_name(member, entry)}, size={entry.size}") from None
    finally:
        os.close(descriptor)
