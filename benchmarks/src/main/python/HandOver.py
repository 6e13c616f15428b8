"""How long until a Python worker has seen the first and the last byte of data that another process has?

Ours: the data lies in a region; its id goes over a pipe; the worker opens the region, makes a NumPy array,
reads both bytes, closes it, answers. Peers, in the same run, the same data: its bytes over a pipe, pickled
over a Unix socket, and by gRPC over a Unix socket (package python3-grpcio; left out when it is missing).
Run by ./benchmarks/run HandOver [--quick] [--json].
"""

from __future__ import annotations

import os
import pickle
import socket
import sys
import tempfile
from typing import Any, Callable

import numpy

import holdfast
from table import micros, micros_in_turn, show, size

try:
    import grpc
except ImportError:
    grpc = None

SIZES = (1 << 10, 1 << 20, 1 << 26, 1 << 30)
METHOD = "/holdfast.Bench/Sum"
EXPECTED = bytes((7, 9))
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def ends(data: Any) -> bytes:
    """The two bytes that the worker answers with."""
    array = numpy.frombuffer(data, "u1") if not isinstance(data, numpy.ndarray) else data
    return bytes((int(array[0]), int(array[-1])))


# ---- workers ---------------------------------------------------------------------------------------


def region_worker(stream: Any, space_name: str) -> None:
    with holdfast.open(space_name) as space:
        for line in stream:
            with space.open(line.decode().strip()) as region:
                array = region.array("u1", (region.size,))
                answer = ends(array)
                del array
            stream.write(answer)
            stream.flush()


def bytes_worker(stream: Any) -> None:
    while header := stream.read(8):
        count = int.from_bytes(header, "little")
        data = bytearray(count)
        view = memoryview(data)
        while view:
            view = view[stream.readinto(view) :]
        stream.write(ends(data))
        stream.flush()


def pickle_worker(stream: Any) -> None:
    try:
        while True:
            stream.write(ends(pickle.load(stream)))
            stream.flush()
    except EOFError:
        return


def grpc_worker(address: str) -> None:
    from concurrent import futures

    server = grpc.server(futures.ThreadPoolExecutor(1), options=UNLIMITED)
    handler = grpc.unary_unary_rpc_method_handler(lambda data, _: ends(data))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("holdfast.Bench", {"Sum": handler}),))
    server.add_insecure_port(address)
    server.start()
    server.wait_for_termination()


# ---- ways ------------------------------------------------------------------------------------------


class Worker:
    """A worker in a process of its own, started afresh: nothing is inherited but its end of the line."""

    def __init__(self, way: str, *arguments: str) -> None:
        ours, theirs = socket.socketpair() if way == "pickle" else (None, None)
        if ours is not None and theirs is not None:
            inputs, outputs = theirs.fileno(), theirs.fileno()
            self.stream = ours.makefile("rwb", buffering=1 << 20)
        else:
            inputs, to_worker = os.pipe()
            from_worker, outputs = os.pipe()
            self.to, self.answer = os.fdopen(to_worker, "wb"), os.fdopen(from_worker, "rb")
        self.pid = os.posix_spawn(
            sys.executable,
            [sys.executable, __file__, "--worker", way, *arguments],
            os.environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, inputs, 0), (os.POSIX_SPAWN_DUP2, outputs, 1)],
        )
        if theirs is not None:
            theirs.close()
            self.to = self.answer = self.stream
            ours.close()
        else:
            os.close(inputs)
            os.close(outputs)

    def close(self) -> None:
        self.to.close()
        self.answer.close()
        os.waitpid(self.pid, 0)


class Duplex:
    """stdin and stdout as one stream."""

    def __init__(self) -> None:
        self._in, self._out = sys.stdin.buffer, sys.stdout.buffer
        self.read, self.readinto, self.readline = self._in.read, self._in.readinto, self._in.readline
        self.write, self.flush = self._out.write, self._out.flush

    def __iter__(self) -> Any:
        return iter(self._in)


def timed(rounds: int, call: Callable[[], bytes]) -> dict[str, float]:
    def action() -> None:
        answer = call()
        assert answer == EXPECTED, answer

    return micros(rounds, action)


def by_region(space: holdfast.Space, regions: list[holdfast.Region], rounds: int) -> list[dict[str, float]]:
    """All sizes in turn, because they are compared with one another."""
    worker = Worker("region", space.name)

    def hand(region: holdfast.Region) -> None:
        worker.to.write(region.id.encode() + b"\n")
        worker.to.flush()
        assert worker.answer.read(2) == EXPECTED

    try:
        return micros_in_turn(rounds, [lambda region=region: hand(region) for region in regions])
    finally:
        worker.close()


def by_pipe(data: Any, rounds: int) -> dict[str, float]:
    worker = Worker("pipe")

    def call() -> bytes:
        worker.to.write(len(data).to_bytes(8, "little"))
        worker.to.write(data)
        worker.to.flush()
        return worker.answer.read(2)

    try:
        return timed(rounds, call)
    finally:
        worker.close()


def by_pickle(data: Any, rounds: int) -> dict[str, float]:
    worker = Worker("pickle")
    array = numpy.frombuffer(data, "u1")

    def call() -> bytes:
        pickle.dump(array, worker.to, protocol=5)
        worker.to.flush()
        return worker.answer.read(2)

    try:
        return timed(rounds, call)
    finally:
        worker.close()


def by_grpc(data: Any, rounds: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as directory:
        address = f"unix:{directory}/grpc"
        worker = Worker("grpc", address)
        try:
            with grpc.insecure_channel(address, options=UNLIMITED) as channel:
                call = channel.unary_unary(METHOD)
                message = bytes(data)
                return timed(rounds, lambda: call(message, wait_for_ready=True))
        finally:
            os.kill(worker.pid, 15)
            worker.close()


# ----------------------------------------------------------------------------------------------------


def rows(region: holdfast.Region, ours: dict[str, float], quick: bool) -> list[dict[str, object]]:
    count = region.size
    rounds = 1000 if count <= 1 << 10 else 300 if count <= 1 << 20 else 20 if count <= 1 << 26 else 5
    rounds = max(2, rounds // 10) if quick else rounds
    ways = {
        "holdfast region": ours,
        "pipe": by_pipe(region.view, rounds),
        "socket, pickle": by_pickle(region.view, rounds),
    }
    if grpc is not None:
        ways["gRPC"] = by_grpc(region.view, rounds)
    return [
        {"size": size(count), "way": way, **seen, "x ours": seen["p50_us"] / ours["p50_us"]}
        for way, seen in ways.items()
    ]


def create(space: holdfast.Space, count: int) -> holdfast.Region:
    region = space.create(f"handed-{count}", count, policy="reference-counted")
    region.view[0], region.view[count - 1] = EXPECTED
    return region


def main() -> None:
    quick = "--quick" in sys.argv
    with holdfast.open(f"bench-handover-{os.getpid()}") as space:
        regions = [create(space, count) for count in SIZES[: 3 if quick else 4]]
        ours = by_region(space, regions, 100 if quick else 2000)
        table = [row for region, seen in zip(regions, ours) for row in rows(region, seen, quick)]
    show("Handing data to a Python worker until it has read its first and last byte", table)
    print(f"ours, largest size / smallest: {ours[-1]['p50_us'] / ours[0]['p50_us']:.2f}")
    if grpc is None:
        print("gRPC: left out, Python has no grpc (package python3-grpcio)")


if sys.argv[1:2] == ["--worker"]:
    way, arguments = sys.argv[2], sys.argv[3:]
    if way == "grpc":
        grpc_worker(*arguments)
    else:
        {"region": region_worker, "pipe": bytes_worker, "pickle": pickle_worker}[way](Duplex(), *arguments)
else:
    main()
