"""For RecoveryLatency: a line on stdin makes a child that holds the region and waits to be killed.

The process itself is no participant, so nobody but the measuring JVM watches. Arguments: space, region.
"""

import os
import signal
import sys

import holdfast


def hold_for_ever(space_name: str, region_name: str) -> None:
    space = holdfast.open(space_name)
    region = space.open(region_name)
    print(os.getpid(), region.id, flush=True)
    while True:
        signal.pause()


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps
    for _ in sys.stdin:
        if os.fork() == 0:
            hold_for_ever(*sys.argv[1:])


main()
