"""A process for DeathTest: python3 holder.py ROOT SPACE REGION [zombie|fill]. Says READY and its pid, and waits.

It holds the region; as zombie, a child of it does; with fill, it makes the region and waits half-way through filling it.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../../python"))
import holdfast  # noqa: E402


def main(root, name, region, mode=""):
    space = holdfast.open(name, root=root)
    if mode == "fill":
        space.create(region, 4096, policy="manual", fill=fill_half)
    held = space.open(region)
    if mode == "zombie":
        # our child becomes the holder, dies, and is never waited for
        child = os.fork()
        if child == 0:
            os.kill(os.getpid(), 9)
        held.close()
        space.close()
        while open(f"/proc/{child}/stat").read().rsplit(")", 1)[1].split()[0] != "Z":
            pass
    print(f"READY {os.getpid()}", flush=True)
    sys.stdin.read()


def fill_half(view):
    view[:2048] = b"x" * 2048
    print(f"READY {os.getpid()}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
