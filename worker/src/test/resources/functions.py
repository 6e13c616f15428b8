"""What the tests call."""

import os
import signal
import sys
import time

try:
    import numpy
except ImportError:
    numpy = None

print("imported", flush=True)


def total(data):
    return int(data.sum()) if numpy else sum(data)


def describe(data, context):
    return {
        "index": context.index,
        "count": context.count,
        "offset": context.offset,
        "shape": context.shape,
        "dtype": context.dtype,
        "attempt": context.attempt,
        "space": context.space.name,
        "pid": os.getpid(),
    }


def doubled(data):
    return data * 2


def first_bytes(data):
    return bytes(data[:3])


def nothing(data):
    return None


def empty(data):
    return data[:0]


def not_a_number(data):
    return [float("nan"), float("inf"), numpy.float32(1.5)]


def a_set(data):
    return {1, 2}


def complex_array(data):
    return data.astype(complex)


def too_much(data):
    return "x" * (9 << 20)


def write(data):
    data[...] = 7


def chatter(data):
    print("hello from a function")
    os.write(1, b"and from below Python\n")
    print("stdin has", repr(sys.stdin.read()))
    return 1


def fail(data):
    raise ValueError("no such colour")


def leave(data):
    sys.exit("had enough")


def die_once(data, context):
    context.progress(0.5)
    if context.attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return context.attempt


def die(data):
    print("my last words")
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def end(data):
    os._exit(3)


def hang(data, context):
    context.progress(0.25)
    while True:
        time.sleep(3600)


def total_once_told(data):
    while data[0] == 0:
        time.sleep(0.001)
    return total(data)


def hang_once(data, context):
    context.progress(0.75)
    while context.attempt == 1:
        time.sleep(3600)
    return os.getpid()


def garble(data):
    # What no function should do: write between the messages.
    for descriptor in range(3, 20):
        try:
            os.write(descriptor, b"garbage\n")
        except OSError:
            pass
    time.sleep(3600)


def _private(data):
    return 1
