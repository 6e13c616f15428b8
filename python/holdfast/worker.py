"""Runs the functions of a Python file for another process, on shared memory.

A program (``dev.holdfast.worker`` on the JVM) starts ``python3 -m holdfast.worker --space NAME FILE``
and asks it to call functions of FILE on arrays that lie in regions of the space. Data never travels:
the function gets a view of the region itself.

**What your function gets.** ``def f(data)`` or ``def f(data, context)``:

* ``data``: a NumPy array over the region, of the dtype and shape that the caller said; without NumPy
  a memoryview of the same. Read-only unless the caller declared it writable. Do not keep it: the
  region is held for as long as the array lives.
* ``context``: a :class:`Context`: which slice this is, and ``context.progress(fraction)``.

**What it may return.** Anything that JSON can say (None, numbers, strings, lists, dicts; NumPy scalars
and small arrays inside them too) travels as a message. A NumPy array, bytes, bytearray or memoryview
becomes a new region that the caller receives without another copy.

**Output.** ``print`` works and ends up on the caller's standard error; standard input is empty.

**Life.** One call at a time. A function that raises is reported with its traceback and the worker goes
on. When the caller ends, however it ends, the worker leaves the space and ends too.

>>> def brightness(pixels, context):
...     context.progress(0.5)
...     return float(pixels.mean())

**The messages**, one JSON object a line. To the worker: ``{"call": 7, "function": …, "data": {"region",
"dtype", "shape", "offset", "writable"}, "index", "count", "attempt"}`` and ``{"release": 7}``. From the
worker: ``ready`` or ``refused`` once, then for each call any number of ``progress``, then ``value``,
``array`` or ``failed``. The region of an ``array`` stays open here until its ``release`` comes, so that
it is never without a holder.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import inspect
import json
import math
import os
import queue
import secrets
import signal
import sys
import threading
import time
import traceback
from typing import IO, Any, Callable, Optional, Sequence

from . import _join
from ._region import Region
from ._space import Space
from ._space import open as _open_space

_MESSAGE_BYTES_MAX = 8 << 20
_PROGRESS_STEP = 0.01
_LEAVE_SECONDS = 5.0
_FORMATS = {
    "bool": "?",
    "int8": "b",
    "uint8": "B",
    "int16": "h",
    "uint16": "H",
    "int32": "i",
    "uint32": "I",
    "int64": "q",
    "uint64": "Q",
    "float32": "f",
    "float64": "d",
}
"""The element types, by NumPy's names, and their format for :mod:`struct`."""

_BYTES = {name: int(memoryview(bytearray(8)).cast(code).itemsize) for name, code in _FORMATS.items()}


class Context:
    """What a function may know about its call.

    ``index`` of ``count`` slices; ``offset`` in bytes where the slice begins in its region; ``shape``
    and ``dtype`` (NumPy's name) of the data; ``attempt``, 1 unless workers died on this slice before;
    ``space``, the :class:`holdfast.Space`, for opening other regions.
    """

    def __init__(self, call: dict[str, Any], space: Space, report: Callable[[float], None]) -> None:
        data = call["data"]
        self.index: int = call["index"]
        self.count: int = call["count"]
        self.offset: int = data["offset"]
        self.shape: tuple[int, ...] = tuple(data["shape"])
        self.dtype: str = data["dtype"]
        self.attempt: int = call["attempt"]
        self.space = space
        self._report = report
        self._reported = -1.0

    def progress(self, fraction: float) -> None:
        """Tells the caller that this fraction (0 to 1) is done. Call it as often as you like: it is cheap."""
        if abs(fraction - self._reported) >= _PROGRESS_STEP or fraction >= 1.0 > self._reported:
            self._reported = float(fraction)
            self._report(min(1.0, max(0.0, self._reported)))


class _Wire:
    """The way to the caller: private copies of standard input and output.

    From here on the process's own standard output is its standard error and its standard input is
    empty, so that nothing the user's code (or a C library below it) prints or reads can get between
    the messages.
    """

    def __init__(self) -> None:
        self._input: IO[bytes] = os.fdopen(os.dup(0), "rb")
        self._output: IO[bytes] = os.fdopen(os.dup(1), "wb")
        self._lock = threading.Lock()
        with open(os.devnull, "rb") as empty:
            os.dup2(empty.fileno(), 0)
        os.dup2(2, 1)
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(encoding="utf-8", line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]

    def receive(self) -> Optional[dict[str, Any]]:
        """The next message; None when the caller has gone."""
        line = self._input.readline()
        return json.loads(line) if line.endswith(b"\n") else None

    def send(self, message: dict[str, Any]) -> None:
        """Sends a message; that the caller has gone is noticed by who receives."""
        line = json.dumps(message, default=_plain).encode() + b"\n"
        if len(line) > _MESSAGE_BYTES_MAX:
            raise ValueError(
                f"result is too large for a message: bytes={len(line)}, most={_MESSAGE_BYTES_MAX}; "
                "return it as a NumPy array or as bytes, they are handed over without a copy"
            )
        try:
            with self._lock:
                self._output.write(line)
                self._output.flush()
        except BrokenPipeError:
            pass


def _plain(value: object) -> object:
    """What JSON does not know: NumPy's scalars and arrays inside other values."""
    for convert in ("tolist", "item"):
        if type(value).__module__ == "numpy" and hasattr(value, convert):
            return getattr(value, convert)()
    raise TypeError(
        f"result cannot be sent: type={type(value).__module__}.{type(value).__qualname__}; "
        "return None, numbers, strings, lists or dicts of them, a NumPy array, or bytes"
    )


def _numpy() -> Any:
    try:
        import numpy
    except ImportError:
        return None
    return numpy


# ---- the user's file ---------------------------------------------------------------------------


def _load(path: str) -> Any:
    """Imports a file as a module; its folder comes first on the path, as if it were run."""
    name = os.path.splitext(os.path.basename(path))[0]
    if name in sys.modules:  # a file that is called like a module of ours or of the library
        name = "worker_" + name
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None:
        raise ImportError(f"not a Python file: file={path}; its name must end in .py")
    module = importlib.util.module_from_spec(specification)
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    sys.modules[name] = module
    specification.loader.exec_module(module)
    return module


def _functions(module: Any) -> list[str]:
    """The public functions that the file itself defines, in its order."""
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and callable(value)
        and not isinstance(value, type)
        and getattr(value, "__module__", None) == module.__name__
    ]


def _takes_context(function: Callable[..., Any]) -> bool:
    try:
        inspect.signature(function).bind(None, None)
    except TypeError:
        return False
    except ValueError:
        return False  # written in C, and silent about what it takes
    return True


# ---- data and results --------------------------------------------------------------------------


def _view(region: Region, data: dict[str, Any]) -> Any:
    """The array that the caller described, over the region's own bytes."""
    dtype, shape, offset = data["dtype"], tuple(data["shape"]), data["offset"]
    size = _BYTES[dtype] * math.prod(shape)
    numpy = _numpy()
    if numpy is not None:
        if size == 0:
            return numpy.empty(shape, dtype)
        return numpy.frombuffer(region.view[offset : offset + size], dtype).reshape(shape)
    raw = region.view[offset : offset + size]
    return raw.cast(_FORMATS[dtype], shape) if size and len(shape) > 1 else raw.cast(_FORMATS[dtype])


def _is_array(value: object) -> bool:
    numpy = _numpy()
    if numpy is not None and isinstance(value, numpy.ndarray):
        return value.ndim > 0
    return isinstance(value, (bytes, bytearray, memoryview))


def _array_region(space: Space, value: Any) -> tuple[Region, str, list[int]]:
    """A new region with the array's elements in it, in C order and the machine's byte order."""
    numpy = _numpy()
    if numpy is None or not isinstance(value, numpy.ndarray):
        value = memoryview(value)
        region = space.create(_result_name(), max(1, value.nbytes))
        region.view[: value.nbytes] = value.tobytes() if not value.c_contiguous else value.cast("B")
        return region, "uint8", [value.nbytes]
    dtype = value.dtype.newbyteorder("=")
    if dtype.name not in _FORMATS:
        raise TypeError(
            f"result array cannot be handed over: dtype={value.dtype}; convert it, possible are {', '.join(_FORMATS)}"
        )
    region = space.create(_result_name(), max(1, value.nbytes))
    if value.size:
        numpy.frombuffer(region.view[: value.nbytes], dtype).reshape(value.shape)[...] = value
    return region, dtype.name, list(value.shape)


def _result_name() -> str:
    return f"result-{os.getpid()}-{secrets.token_hex(6)}"


# ---- the worker --------------------------------------------------------------------------------


class _Worker:
    """Answers one call after the other."""

    def __init__(self, wire: _Wire, space: Space, module: Any) -> None:
        self._wire = wire
        self._space = space
        self._module = module
        self._unreleased: dict[int, Region] = {}

    def handle(self, message: dict[str, Any]) -> None:
        """A call, or the news that the caller holds a result by itself now."""
        if "release" in message:
            self._unreleased.pop(message["release"]).close()
            return
        try:
            self._call(message)
            return
        except BaseException as error:  # SystemExit and the like too: the worker goes on
            self._wire.send({"failed": message["call"], "error": _describe(error)})
        gc.collect()  # what failed may live on in cycles with its views, and they would hold the region

    def _call(self, call: dict[str, Any]) -> None:
        number, data = call["call"], call["data"]
        function = getattr(self._module, call["function"])
        with self._space.open(data["region"], writable=data["writable"]) as region:
            context = Context(call, self._space, lambda f: self._wire.send({"progress": number, "fraction": f}))
            view = _view(region, data)
            value = function(view, context) if _takes_context(function) else function(view)
            del view
            if _is_array(value):
                self._hand_over(number, value)
            else:
                self._wire.send({"value": value, "call": number})
            del value

    def _hand_over(self, number: int, value: Any) -> None:
        region, dtype, shape = _array_region(self._space, value)
        self._unreleased[number] = region
        self._wire.send({"array": {"region": region.id, "dtype": dtype, "shape": shape}, "call": number})


def _describe(error: BaseException) -> dict[str, str]:
    """Type, message and traceback; the traceback begins in the user's code."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None and _is_ours(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    lines = traceback.format_exception(type(error), error, trace)
    return {"type": type(error).__name__, "message": str(error), "traceback": "".join(lines)}


def _is_ours(file: str) -> bool:
    return file == __file__ or file.startswith("<frozen importlib")


def _receive_all(wire: _Wire, space: Space, messages: queue.Queue[Optional[dict[str, Any]]], idle: threading.Event) -> None:
    """Reads ahead, so that the end of the caller is noticed in the middle of a call as well."""
    for message in iter(wire.receive, None):
        messages.put(message)
    messages.put(None)
    if idle.wait(0.2):
        time.sleep(_LEAVE_SECONDS)  # the main thread ends the process, unless the user's code hinders it
    space._membership.close(at_exit=True)
    os._exit(0)


def _answer_all(wire: _Wire, space: Space, module: Any) -> None:
    messages: queue.Queue[Optional[dict[str, Any]]] = queue.Queue()
    idle = threading.Event()
    threading.Thread(
        target=_receive_all, args=(wire, space, messages, idle), name="holdfast-receive", daemon=True
    ).start()
    worker = _Worker(wire, space, module)
    for message in iter(messages.get, None):
        worker.handle(message)
    idle.set()


def main(arguments: Optional[Sequence[str]] = None) -> None:
    """The command ``python3 -m holdfast.worker``; programs start it, not people."""
    parser = argparse.ArgumentParser(prog="python3 -m holdfast.worker", description=__doc__.splitlines()[0])
    parser.add_argument("--space", required=True, help="the space whose regions the calls name")
    parser.add_argument("--root", default=None, help="the directory below which the space lies")
    parser.add_argument("file", help="the Python file whose functions are called")
    options = parser.parse_args(arguments)
    root = None if options.root == _join.default_root() else options.root

    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C reaches the caller, and it decides
    wire = _Wire()
    try:
        module = _load(options.file)
        space = _open_space(options.space, root=root, create=False, label=f"worker {os.path.basename(options.file)}")
    except BaseException as error:
        wire.send({"refused": _describe(error)})
        sys.exit(1)
    with space:
        numpy = _numpy()
        version = ".".join(map(str, sys.version_info[:3]))
        wire.send(
            {
                "ready": os.getpid(),
                "python": version,
                "numpy": numpy.__version__ if numpy else None,
                "functions": _functions(module),
            }
        )
        _answer_all(wire, space, module)


if __name__ == "__main__":
    main()
