"""For RecoveryLatency and LockOwnerDeath: a line on stdin makes a child that has something and waits to be killed.

The process itself is no participant, so nobody but the measuring JVM watches. Arguments: space, ``region`` or ``mutex``, its name.
"""

import os
import signal
import sys

import holdfast


def have_for_ever(space_name: str, kind: str, name: str) -> None:
    space = holdfast.open(space_name)
    if kind == "region":
        kept = space.open(name)
    else:
        kept = space.mutex(name)
        kept.acquire()
    print(os.getpid(), flush=True)
    while kept is not None:
        signal.pause()


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps
    for _ in sys.stdin:
        if os.fork() == 0:
            have_for_ever(*sys.argv[1:])


main()
