"""For LockOwnerDeath: a line on stdin makes a child that owns the mutex and waits to be killed.

The process itself is no participant, so nobody but the measuring JVM watches. Arguments: space, mutex.
"""

import os
import signal
import sys

import holdfast


def own_for_ever(space_name: str, mutex_name: str) -> None:
    space = holdfast.open(space_name)
    space.mutex(mutex_name).acquire()
    print(os.getpid(), flush=True)
    while True:
        signal.pause()


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps
    for _ in sys.stdin:
        if os.fork() == 0:
            own_for_ever(*sys.argv[1:])


main()
