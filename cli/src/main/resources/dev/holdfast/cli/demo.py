"""The functions that `holdfast demo` runs: SHA-256 and what bytes there are, of each slice of a file."""

import hashlib
import json
import sys
import time
import zlib

try:
    import numpy
except ImportError:
    numpy = None

PIECES = 64


def digest(data, context):
    """SHA-256 and a histogram of the bytes; without NumPy a CRC-32 takes the histogram's place."""
    return _digest(data, context.progress)


def digest_and_wait(data, context):
    """The same; but the first attempt at the middle slice waits after a third, to be killed there."""

    def progress(fraction):
        context.progress(fraction)
        if context.attempt == 1 and context.index == context.count // 2 and fraction > 0.33:
            time.sleep(30)

    return _digest(data, progress)


def _digest(data, progress):
    sha256 = hashlib.sha256()
    histogram = numpy.zeros(256, numpy.int64) if numpy else None
    crc32 = 0
    piece = max(1, -(-len(data) // PIECES))
    for begin in range(0, len(data), piece):
        part = data[begin : begin + piece]
        sha256.update(part)
        if numpy:
            histogram += numpy.bincount(part, minlength=256)
        else:
            crc32 = zlib.crc32(part, crc32)
        progress(min(len(data), begin + piece) / len(data))
    return {"sha256": sha256.hexdigest(), **({"histogram": histogram.tolist()} if numpy else {"crc32": crc32})}


def _serve_pipe():
    """The usual way, for comparison: the data itself comes through standard input."""
    print("ready", flush=True)
    for header in sys.stdin.buffer:
        data = sys.stdin.buffer.read(int(header))
        view = numpy.frombuffer(data, numpy.uint8) if numpy else memoryview(data)
        print(json.dumps(_digest(view, lambda fraction: None)), flush=True)


if __name__ == "__main__":
    _serve_pipe()
