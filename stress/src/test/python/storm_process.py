"""What the processes of a storm have in common. The twin of StormProcess."""

import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../../python"))
import holdfast  # noqa: E402


def run(start):
    """Joins the space that the arguments name, says READY, and does the step that ``start(space, seed)`` gives
    again and again until it is killed, or its parent is. Whatever a step raises is a violation."""
    root, name, seed = sys.argv[1:]
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        with holdfast.open(name, root=root) as space:
            step = start(space, int(seed))
            print("READY", flush=True)
            while True:
                step()
    except BaseException as problem:
        print("VIOLATION", repr(problem), flush=True)
        raise


def _end_with_parent():
    while sys.stdin.read(1):
        pass
    os._exit(0)
