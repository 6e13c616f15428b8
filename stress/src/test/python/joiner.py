"""A process for OpeningTest: opens the space, says its incarnation and slot, waits for the end of its input."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../../python"))
import holdfast  # noqa: E402

with holdfast.open(sys.argv[2], root=sys.argv[1]) as space:
    slots = [participant.slot for participant in space.participants()]
    print(f"IN {len(slots)}", flush=True)
    sys.stdin.read()
