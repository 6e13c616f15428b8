"""The worker harness, spoken to as the JVM speaks to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import unittest
from typing import Any
from unittest import mock

from holdfast import worker
from support import REPOSITORY, WATCHDOG_SECONDS, SpaceTest

try:
    import numpy
except ImportError:
    numpy = None
    print("NOT RUN: most of test_worker needs NumPy", file=sys.stderr)

FUNCTIONS = '''
import os, sys, time

print("imported")


def total(data):
    return sum(bytes(data))


def about(data, context):
    return [context.index, context.count, context.offset, list(context.shape), context.dtype, context.attempt,
            context.space.name]


def shape(data):
    return list(data.shape)


def give_bytes(data):
    return bytearray(data[:3])


def give_view(data):
    return memoryview(bytes(6))[::2]


def double(data):
    return data * 2


def swapped(data):
    return data.astype(">i4")[::-1]


def scalar(data):
    return {"mean": data.mean(), "none": None, "small": data[:2]}


def zero_dimensional(data):
    return data.sum().reshape(())


def strings(data):
    return data.astype(str)


def write(data):
    data[0] = 9


def steps(data, context):
    for i in range(10001):
        context.progress(i / 10000)
    context.progress(7)


def fail(data):
    raise ValueError("no such colour")


def leave(data):
    sys.exit(3)


def interfere(data):
    print("printed")
    os.write(1, b"written\\n")
    return sys.stdin.read()


def huge(data):
    return "x" * (9 << 20)


def forever(data):
    print("started", flush=True)
    time.sleep(3600)


class AClass:
    pass


def _private(data):
    pass
'''


class Harness:
    """One worker process and both ends of its pipes."""

    def __init__(self, test: SpaceTest, root: str, file: str, without_numpy: bool = False) -> None:
        environment = dict(os.environ, PYTHONPATH=str(REPOSITORY / "python"))
        command = [sys.executable, "-m", "holdfast.worker"]
        if without_numpy:
            hide = "import sys; sys.modules['numpy'] = None; from holdfast.worker import main; main()"
            command = [sys.executable, "-c", hide]
        self.process = subprocess.Popen(
            [*command, "--space", "space", "--root", root, file],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        self._watchdog = threading.Timer(WATCHDOG_SECONDS, self.process.kill)
        self._watchdog.start()
        test.addCleanup(self.end)

    def send(self, **message: Any) -> None:
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"worker ended: {self.process.stderr.read().decode()}")
        return json.loads(line)

    def call(self, function: str, region: str, shape: list[int], dtype: str = "uint8", **more: Any) -> dict[str, Any]:
        """Calls, skips progress, gives the answer."""
        self.ask(function, region, shape, dtype, **more)
        answer = self.receive()
        while "progress" in answer:
            answer = self.receive()
        return answer

    def ask(self, function: str, region: str, shape: list[int], dtype: str = "uint8", **more: Any) -> None:
        data = {"region": region, "dtype": dtype, "shape": shape, "offset": more.get("offset", 0)}
        data["writable"] = more.get("writable", False)
        self.send(call=7, function=function, data=data, index=2, count=5, attempt=1)

    def leave(self) -> str:
        """Ends its input and waits; what it printed."""
        _, printed = self.process.communicate()
        return printed.decode()

    def end(self) -> None:
        self._watchdog.cancel()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()


class WorkerTest(SpaceTest):
    def setUp(self) -> None:
        super().setUp()
        self.space = self.open("space")
        self.region = self.space.create("data", 40)
        self.region.view[:] = bytes(range(40))
        self.file = self.write("functions.py", FUNCTIONS)

    def write(self, name: str, text: str) -> str:
        path = os.path.join(self.parent, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def start(self, **options: Any) -> Harness:
        harness = Harness(self, self.root, self.file, **options)
        self.ready = harness.receive()
        return harness

    def assert_nothing_held(self) -> None:
        self.await_true(lambda: [i.holders for i in self.space.regions()] == [(0,)], "holds of the worker")

    def failure(self, answer: dict[str, Any]) -> str:
        return answer["error"]["traceback"]


class CallTest(WorkerTest):
    def test_ready_namesItsFunctions(self) -> None:
        harness = self.start()
        self.assertEqual(harness.process.pid, self.ready["ready"])
        self.assertEqual(["total", "about", "shape"], self.ready["functions"][:3])
        self.assertNotIn("AClass", self.ready["functions"])
        self.assertNotIn("_private", self.ready["functions"])

    def test_call_functionReturnsValue_isThatValue(self) -> None:
        harness = self.start()
        self.assertEqual({"value": sum(range(40)), "call": 7}, harness.call("total", self.region.id, [40]))
        self.assert_nothing_held()

    def test_call_functionTakesContext_hasIt(self) -> None:
        answer = self.start().call("about", self.region.id, [3, 4], "uint16", offset=8)
        self.assertEqual([2, 5, 8, [3, 4], "uint16", 1, "space"], answer["value"])

    def test_call_withoutNumpy_dataIsAMemoryview(self) -> None:
        harness = self.start(without_numpy=True)
        self.assertIsNone(self.ready["numpy"])
        self.assertEqual([2, 5], harness.call("shape", self.region.id, [2, 5], "int32")["value"])
        self.assertEqual([5], harness.call("shape", self.region.id, [5], "float64")["value"])
        self.assertEqual([3], harness.call("give_bytes", self.region.id, [40])["array"]["shape"])
        harness.send(release=7)
        self.assertIn("read-only", self.failure(harness.call("write", self.region.id, [40])))
        self.assertIsNone(harness.call("write", self.region.id, [40], writable=True)["value"])
        self.assertEqual(9, self.region.view[0])

    def test_progress_calledOften_isToldAHundredTimes(self) -> None:
        harness = self.start()
        harness.ask("steps", self.region.id, [40])
        told = []
        answer = harness.receive()
        while "progress" in answer:
            told.append(answer["fraction"])
            answer = harness.receive()
        self.assertEqual((0.0, 1.0), (told[0], told[-1]))
        self.assertLess(len(told), 105)
        self.assertEqual(sorted(told), told)

    def test_call_functionPrints_messagesAreNotDisturbed(self) -> None:
        harness = self.start()
        self.assertEqual("", harness.call("interfere", self.region.id, [40])["value"])
        self.assertEqual(["imported", "printed", "written"], harness.leave().splitlines())


class FailureTest(WorkerTest):
    def test_call_functionRaises_tracebackBeginsInTheUsersCode(self) -> None:
        harness = self.start()
        error = harness.call("fail", self.region.id, [40])["error"]
        self.assertEqual(("ValueError", "no such colour"), (error["type"], error["message"]))
        self.assertIn("in fail", error["traceback"])
        self.assertNotIn(os.path.join("holdfast", "worker.py"), error["traceback"])
        self.assert_nothing_held()
        self.assertEqual("SystemExit", harness.call("leave", self.region.id, [40])["error"]["type"])
        self.assertEqual(780, harness.call("total", self.region.id, [40])["value"])

    def test_call_unknownNames_fail(self) -> None:
        harness = self.start()
        self.assertIn("no_such_function", self.failure(harness.call("no_such_function", self.region.id, [40])))
        self.assertIn("no such region", self.failure(harness.call("total", "r9990000", [40])))

    def test_call_resultTooLarge_saysHowToReturnIt(self) -> None:
        self.assertIn("return it as a NumPy array", self.failure(self.start().call("huge", self.region.id, [40])))

    def test_start_fileRaises_isRefused(self) -> None:
        self.file = self.write("broken.py", "import no_such_module\n")
        harness = self.start()
        self.assertEqual("ModuleNotFoundError", self.ready["refused"]["type"])
        self.assertNotIn("importlib", self.ready["refused"]["traceback"])
        self.assertEqual(1, harness.process.wait())

    def test_start_notAPythonFile_isRefused(self) -> None:
        self.file = self.write("notes.txt", "")
        self.start()
        self.assertIn("not a Python file", self.ready["refused"]["message"])

    def test_start_fileNamedLikeAModule_doesNotReplaceIt(self) -> None:
        self.file = self.write("json.py", "import json\ndef f(data):\n    return json.__name__\n")
        self.assertEqual(["f"], (self.start(), self.ready)[1]["functions"])


class EndTest(WorkerTest):
    def test_inputEnds_idle_leavesTheSpace(self) -> None:
        harness = self.start()
        harness.leave()
        self.assertEqual(0, harness.process.returncode)
        self.assertEqual(1, len(self.space.participants()))

    def test_inputEnds_inTheMiddleOfACall_leavesTheSpace(self) -> None:
        harness = self.start()
        harness.ask("forever", self.region.id, [40])
        while b"started" not in harness.process.stderr.readline():
            pass
        harness.process.stdin.close()
        self.assertEqual(0, harness.process.wait())
        self.assertEqual(1, len(self.space.participants()))
        self.assert_nothing_held()

    def test_interrupt_isTheCallersMatter(self) -> None:
        harness = self.start()
        os.kill(harness.process.pid, signal.SIGINT)
        self.assertEqual(780, harness.call("total", self.region.id, [40])["value"])


@unittest.skipIf(numpy is None, "NOT RUN: NumPy is not installed")
class ArrayTest(WorkerTest):
    def result(self, function: str, dtype: str = "uint8", size: int = 40) -> Any:
        harness = self.start()
        answer = harness.call(function, self.region.id, [size], dtype)
        array = answer["array"]
        with self.space.open(array["region"]) as region:
            harness.send(release=7)
            self.await_true(lambda: region.info().holders == (0,), "the worker's release")
            if 0 in array["shape"]:
                return numpy.empty(array["shape"], array["dtype"])
            return region.array(array["dtype"], array["shape"]).copy()

    def test_array_isARegionThatTheWorkerKeepsUntilItsRelease(self) -> None:
        numpy.testing.assert_array_equal(numpy.arange(0, 80, 2, dtype="u1"), self.result("double"))
        self.assert_nothing_held()

    def test_array_callerNeverReleases_endsWithTheWorker(self) -> None:
        harness = self.start()
        harness.call("double", self.region.id, [40])
        self.assertEqual(2, len(self.space.regions()))
        harness.leave()
        self.assertEqual(1, len(self.space.regions()))

    def test_array_otherByteOrderAndStrides_isMadePlain(self) -> None:
        result = self.result("swapped", "int8", 3)
        self.assertEqual("int32", result.dtype.name)
        self.assertEqual([2, 1, 0], result.tolist())

    def test_bytesLike_isARegionOfBytes(self) -> None:
        self.assertEqual([0, 1, 2], self.result("give_bytes").tolist())
        self.assertEqual([0, 0, 0], self.result("give_view").tolist())

    def test_array_empty_hasItsShape(self) -> None:
        self.assertEqual((0,), self.result("double", size=0).shape)

    def test_numpyValues_insideOthers_arePlain(self) -> None:
        harness = self.start()
        answer = harness.call("scalar", self.region.id, [40])["value"]
        self.assertEqual({"mean": 19.5, "none": None, "small": [0, 1]}, answer)
        self.assertEqual(780, harness.call("zero_dimensional", self.region.id, [40])["value"])

    def test_array_ofAnotherDtype_isRefused(self) -> None:
        self.assertIn("possible are bool, int8", self.failure(self.start().call("strings", self.region.id, [40])))

    def test_data_readOnlyUnlessDeclaredWritable(self) -> None:
        harness = self.start()
        self.assertIn("read-only", self.failure(harness.call("write", self.region.id, [40])))
        self.assertIsNone(harness.call("write", self.region.id, [40], writable=True)["value"])
        self.assertEqual(9, self.region.view[0])


class PartsTest(unittest.TestCase):
    def test_takesContext_functionInC_isAskedWithout(self) -> None:
        self.assertFalse(worker._takes_context(len))
        self.assertTrue(worker._takes_context(lambda data, context=None: 1))
        with mock.patch("inspect.signature", side_effect=ValueError):
            self.assertFalse(worker._takes_context(len))

    def test_plain_unknownType_saysWhatCanBeReturned(self) -> None:
        with self.assertRaisesRegex(TypeError, "type=builtins.set; return None, numbers"):
            json.dumps({1}, default=worker._plain)


if __name__ == "__main__":
    unittest.main()
