"""How long does it take Python to see a region as a NumPy array, and does reading it cost system calls?

Peer: multiprocessing.shared_memory, attached by name and seen as an array. Size: 1 MiB.
Run by ./benchmarks/run PythonAttach [--quick] [--json].
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from multiprocessing import shared_memory

import numpy

import holdfast
from table import micros, show

BYTES = 1 << 20


def attach(space: holdfast.Space) -> None:
    with space.open("attached") as region:
        array = region.array("u1", (BYTES,))
        assert array[0] == 7
        del array


def attach_peer(name: str) -> None:
    peer = shared_memory.SharedMemory(name)
    array: object = numpy.ndarray((BYTES,), "u1", peer.buf)
    assert array[0] == 7  # type: ignore[index]
    del array
    peer.close()


def reads(space_name: str, count: int) -> None:
    """Attaches, then reads that often; under strace, with two counts."""
    with holdfast.open(space_name) as space, space.open("attached") as region:
        array = region.array("u1", (BYTES,))
        for i in range(count):
            array[i % BYTES]
        del array


def calls_of_main_thread(space_name: str, count: int) -> int | None:
    """System calls of the thread that reads; None without strace. (The watcher's polls are another thread's.)"""
    if shutil.which("strace") is None:
        return None
    with tempfile.TemporaryDirectory() as directory:
        log = os.path.join(directory, "log")
        # without -f only the first thread is traced
        command = ["strace", "-o", log, sys.executable, __file__, "--reads", space_name, str(count)]
        environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONMALLOC": "malloc"}
        subprocess.run(command, check=True, env=environment)
        with open(log) as lines:
            # memory management, and handing the GIL to the watcher's thread, depend on time, not on reads of the array
            return sum(1 for line in lines if not line.startswith(("brk", "futex", "---", "+++")))


def main() -> None:
    rounds = 200 if "--quick" in sys.argv else 5000
    name = f"bench-attach-{os.getpid()}"
    with holdfast.open(name) as space, space.create("attached", BYTES, policy="reference-counted") as region:
        region.view[0] = 7
        peer = shared_memory.SharedMemory(create=True, size=BYTES)
        try:
            peer.buf[0] = 7
            ours = micros(rounds, lambda: attach(space))
            theirs = micros(rounds, lambda: attach_peer(peer.name))
        finally:
            peer.close()
            peer.unlink()
        show(
            "Attach 1 MiB in Python, as an array, and let go of it",
            [
                {"what": "holdfast", **ours, "x peer": ours["p50_us"] / theirs["p50_us"]},
                {"what": "multiprocessing.shared_memory", **theirs, "x peer": 1.0},
            ],
        )
        none, many = calls_of_main_thread(name, 0), calls_of_main_thread(name, 1_000_000)
        if none is None:
            print("system calls of reads: not counted, strace is missing")
        else:
            show(
                "System calls of the reading thread",
                [{"array reads": 0, "calls": none}, {"array reads": 1_000_000, "calls": many}],
            )


if len(sys.argv) == 4 and sys.argv[1] == "--reads":
    reads(sys.argv[2], int(sys.argv[3]))
else:
    main()
