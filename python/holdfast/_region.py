"""A region as a program uses it."""

from __future__ import annotations

import math
import mmap
import os
import weakref
from typing import TYPE_CHECKING, Any, Callable, Optional, Sequence, Union

from . import _layout as layout
from . import _objects
from ._entry import Entry
from ._membership import Membership
from ._types import RegionInfo
from .errors import Closed, HoldfastError

if TYPE_CHECKING:
    from ._space import Space


class Region:
    """A named span of shared memory, held and mapped by this process.

    Made by :meth:`Space.create` and :meth:`Space.open`. While it is open, the region cannot be given
    back, whoever else comes and goes. Its bytes start at offset 0 of the operating system object
    :attr:`os_name`, which any program may map.

    **Sharing.** Any thread. The bytes themselves are ordinary memory: who writes when is up to you.
    **Lifetime.** A context manager. Views and arrays keep mapping and hold alive by themselves; a
    region that is dropped without :meth:`close` goes when the garbage collector finds it.

    >>> with holdfast.open("frames") as space, space.create("frame", 4096) as region:
    ...     region.view[0] = 7
    """

    def __init__(self, space: Space, membership: Membership, slot: int, entry: Entry, mapping: mmap.mmap) -> None:
        self._space = space
        self._entry = entry
        self._os_name = _objects.os_name(membership.member, entry)
        self._membership = membership
        self._slot = slot
        self._mappings = [mapping]  # emptied by close(), by one atomic pop
        self._views: list[memoryview] = []
        self._finalizer = weakref.finalize(
            mapping, membership.release_later, slot, layout.handle_generation(entry.handle)
        )
        self._finalizer.atexit = False

    # ---- what it is ----------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Its name in the space."""
        return self._entry.name

    @property
    def id(self) -> str:
        """Its id, unique in the life of the space: ``r10000``."""
        return layout.region_id(self._entry.handle)

    @property
    def size(self) -> int:
        """Its exact size in bytes."""
        return self._entry.size

    @property
    def os_name(self) -> str:
        """What any program can map: a name for ``shm_open``, or a path for a file."""
        return self._os_name

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` was called."""
        return not self._mappings

    def info(self) -> RegionInfo:
        """What the space's tables say about it now: state, holders, policy, statistics.

        Raises :class:`Closed` after ``close()``.
        """
        self._mapping()
        return self._space._info_of(self._slot, self._entry.handle)

    # ---- its bytes -----------------------------------------------------------------------------

    @property
    def view(self) -> memoryview:
        """All its bytes; read-only unless the region was opened writable. ``close()`` releases it.

        A write to a read-only view is a :class:`TypeError`; the pages are read-only as well. Raises
        :class:`Closed` after ``close()``.
        """
        mapping = self._mapping()
        if not self._views:
            self._views.append(memoryview(mapping))
        return self._views[0]

    def array(self, dtype: Any, shape: Union[int, Sequence[int], None] = None) -> Any:
        """A NumPy array over the bytes; nothing is copied.

        ``dtype`` is anything NumPy takes (``"u1"``, ``"<f8"``, ``numpy.int32``), ``shape`` in items;
        without it the array is flat and covers the region, whose size must be a multiple of the
        item's. The array is read-only unless the region was opened writable. It owns what it needs:
        mapping and hold stay until the last array dies, even after ``close()``.

        Raises :class:`ValueError` when it does not fit, :class:`HoldfastError` without NumPy,
        :class:`Closed` after ``close()``.

        >>> pixels = region.array("u1", (3, 480, 640))
        """
        numpy = _numpy()
        mapping = self._mapping()
        kind = numpy.dtype(dtype)
        if kind.hasobject or kind.itemsize == 0:
            raise ValueError(f"dtype cannot be shared: dtype={dtype!r}; use one of fixed size without Python objects")
        dimensions = self._dimensions(kind.itemsize, shape)
        items = math.prod(dimensions)
        if items == 0:
            return numpy.empty(dimensions, kind)
        return numpy.frombuffer(memoryview(mapping), kind, items).reshape(dimensions)

    def _dimensions(self, item_bytes: int, shape: Union[int, Sequence[int], None]) -> tuple[int, ...]:
        if shape is None:
            if self.size % item_bytes:
                raise ValueError(f"region is no whole number of items: size={self.size}, item={item_bytes} bytes")
            return (self.size // item_bytes,)
        dimensions = tuple(int(n) for n in shape) if isinstance(shape, (tuple, list)) else (int(shape),)  # type: ignore[arg-type]
        if any(n < 0 for n in dimensions):
            raise ValueError(f"shape is negative: shape={shape}")
        if math.prod(dimensions) * item_bytes > self.size:
            raise ValueError(
                f"array does not fit: shape={shape}, item={item_bytes} bytes, "
                f"wanted={math.prod(dimensions) * item_bytes}, size={self.size}"
            )
        return dimensions

    # ---- the end -------------------------------------------------------------------------------

    def close(self) -> None:
        """Unmaps the region and gives the hold back; the second call does nothing. Returns nothing.

        ``view`` is released. While NumPy arrays, or slices of the view, are still alive, nothing is
        taken from under them: mapping and hold stay and go with the last of them. If this was the
        last hold of a reference-counted region without grace, the region is given back now.
        """
        try:
            mapping = self._mappings.pop()
        except IndexError:
            return
        for view in self._views:
            try:
                view.release()
            except BufferError:
                pass  # something was made of it and lives on; the mapping goes with that
        self._views.clear()
        try:
            mapping.close()
        except BufferError:
            return  # the finalizer releases the hold when the last array dies
        self._release_hold()

    def _release_hold(self) -> None:
        """Gives the hold back, whether or not the bytes are still mapped."""
        if self._finalizer.detach():
            self._membership.release(self._slot, layout.handle_generation(self._entry.handle))

    def _mapping(self) -> mmap.mmap:
        gone = self._membership.member.gone
        if gone:
            raise Closed(gone)
        try:
            return self._mappings[0]
        except IndexError:
            raise Closed(f"region is closed: region={self.name}, id={self.id}; open it again") from None

    def __enter__(self) -> Region:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self.closed else "open"
        return f"<holdfast.Region {self.name} id={self.id} size={self.size} {state}>"


def map_object(descriptor: int, entry: Entry, writable: bool) -> mmap.mmap:
    """Maps an object and closes its descriptor."""
    try:
        access = mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ
        return mmap.mmap(descriptor, entry.size, access=access)
    except (OSError, ValueError, OverflowError) as cause:
        raise HoldfastError(
            f"region cannot be mapped: region={entry.name}, size={entry.size}, cause={cause}; "
            "the address space is too small or limited (ulimit -v)"
        ) from cause
    finally:
        os.close(descriptor)


def map_filled(descriptor: int, entry: Entry, fill: Optional[Callable[[memoryview], object]]) -> mmap.mmap:
    """Maps an object that is being made, closes its descriptor, and fills it."""
    mapping = map_object(descriptor, entry, True)
    if fill is not None:
        try:
            fill(memoryview(mapping))
        except BaseException:
            try:
                mapping.close()
            except BufferError:
                pass  # the error's traceback has the view; the mapping goes with that
            raise
    return mapping


def _numpy() -> Any:
    try:
        import numpy
    except ImportError as cause:
        raise HoldfastError("NumPy is missing: install numpy, or use Region.view, which needs nothing") from cause
    return numpy

