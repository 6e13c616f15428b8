"""A process for LargeRegionTest: python3 large.py ROOT SPACE REGION FILE SIZE OFFSET…

Opens the region, or creates it over FILE if there is none. Prints what it reads at each offset, then writes one more
there. Says DONE, and keeps the region until it is told to end.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../../python"))
import holdfast  # noqa: E402

try:
    import numpy
except ImportError:
    numpy = None


def main(root, name, region, file, size, *offsets):
    with holdfast.open(name, root=root) as space:
        there = region in space
        with space.open(region, writable=True) if there else space.create(region, int(size), path=file) as large:
            assert large.size == len(large.view) == int(size)
            for offset in map(int, offsets):
                add_one(large, offset)
            print("DONE", flush=True)
            sys.stdin.read()


def add_one(large, offset):
    with large.view[offset : offset + 8].cast("q") as cell:
        print(f"at {offset}: {cell[0]}", flush=True)
        if numpy is None:
            cell[0] += 1
        else:
            large.array("=i8")[offset // 8] += 1
            assert large.array("=i8")[offset // 8] == cell[0]


if __name__ == "__main__":
    main(*sys.argv[1:])
