"""Does with the locks of the region "data" what its standard input says, and says how it went."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "python"))
import holdfast  # noqa: E402

root = sys.argv[1]
with holdfast.open("placed", root=root) as space, space.placed("data") as locks:
    data = space.open("data", writable=True)
    held: list[Any] = []
    print("READY")
    for line in sys.stdin:
        command, *arguments = line.split()
        numbers = [int(argument) for argument in arguments]
        try:
            if command == "place_semaphore":
                locks.place_semaphore(*numbers)
            elif command == "place_rwlock":
                locks.place_rwlock(*numbers, undo_bytes=64)
            elif command == "mutex":
                hold = locks.mutex(*numbers).acquire()
                held.append(hold)
                if hold.owner_died:
                    hold.mark_consistent()
                    print("TOLD")
                    continue
            elif command == "half":
                hold = locks.mutex(*numbers).acquire()
                held.append(hold)
                hold.undo.save_range(data, 0, 8)
                data.view[0] = 7
            elif command == "back":
                hold = locks.mutex(*numbers).acquire()
                hold.undo.roll_back(data)
                hold.mark_consistent()
                hold.release()
            elif command == "read":
                held.append(locks.rwlock(*numbers).read())
            elif command == "permits":
                held.append(locks.semaphore(numbers[0]).hold(numbers[1]))
            elif command == "wait":
                with locks.mutex(*numbers) as hold:
                    locks.mutex(*numbers).condition().wait()
                    hold.owner_died and hold.mark_consistent()
            elif command == "notify":
                with locks.mutex(*numbers):
                    locks.mutex(*numbers).condition().notify()
            elif command == "release":
                held.pop().release()
            print("DONE")
        except holdfast.DeadlockError:
            while held:
                held.pop().release()
            print("DEADLOCK")
