"""A process that does with locks what a line of text tells it. The twin of LockCommands, which lists the lines."""

import os
import random
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../../python"))
import holdfast  # noqa: E402
from holdfast import errors
from holdfast._words import Words


class Violation(Exception):
    """A promise that was not kept."""


class Commands:
    def __init__(self, space, region):
        self.space = space
        self.view = region.view
        self.words = Words(region.view.obj)
        self.taken = []

    def answer(self, line):
        command, *arguments = line.split(" ")
        start = time.monotonic_ns()
        try:
            return getattr(self, command)(*arguments)
        except errors.LockTimeoutError:
            return f"timeout {time.monotonic_ns() - start}"
        except errors.NotRecoverableError:
            return "notrecoverable"
        except errors.DeadlockError:
            return "deadlock"
        except errors.Closed:
            return "closed"
        except Violation as violation:
            return f"violation {violation}"

    # ---- one acquisition -----------------------------------------------------------------------

    def mutex(self, name, millis, priority="normal"):
        return self.take(self.space.mutex(name).acquire(timeout=seconds(millis), priority=priority))

    def read(self, name, millis):
        held = self.space.rwlock(name).read(timeout=seconds(millis))
        self.taken.append(held)
        died = held.owner_died
        if died:
            held.mark_consistent()
            held.downgrade("read")
        return f"got 0 {'true' if died else 'false'}"

    def update(self, name, millis):
        return self.take(self.space.rwlock(name).update(timeout=seconds(millis)))

    def write(self, name, millis):
        return self.take(self.space.rwlock(name).write(timeout=seconds(millis)))

    def permits(self, name, of, count, millis):
        self.taken.append(self.space.semaphore(name, int(of)).hold(int(count), timeout=seconds(millis)))
        return "got 0 false"

    def take(self, held):
        self.taken.append(held)
        return f"got {held.token} {'true' if held.owner_died else 'false'}"

    def upgrade(self, millis):
        self.taken[-1].upgrade(timeout=seconds(millis))
        return "got"

    def downgrade(self):
        self.taken[-1].downgrade()
        return "got"

    def consistent(self):
        self.taken[-1].mark_consistent()
        return "ok"

    def release(self):
        try:
            self.taken.pop().release()
        except errors.OwnerDiedError:
            pass  # not declared consistent: Java says nothing here
        return "ok"

    # ---- many of them --------------------------------------------------------------------------

    def count(self, name, at, times):
        for _ in range(int(times)):
            with self.space.mutex(name):
                self.put(int(at), self.get(int(at)) + 1)
        return "done"

    def pairs(self, name, at, times, seed):
        generator, at, lock = random.Random(int(seed)), int(at), self.space.rwlock(name)
        for _ in range(int(times)):
            choice = generator.randrange(4)
            if choice == 0:
                with lock.write():
                    self.change_pair(at)
            elif choice == 1:
                with lock.update() as held:
                    self.require_pair(at)
                    held.upgrade()
                    self.change_pair(at)
            else:
                with lock.read():
                    self.require_pair(at)
        return "done"

    def change_pair(self, at):
        self.require_pair(at)
        self.put(at, self.get(at) + 1)
        os.sched_yield()  # whoever is wrongly inside gets its chance
        self.put(at + 8, self.get(at + 8) + 1)

    def require_pair(self, at):
        first, second = self.get(at), self.get(at + 8)
        if first != second:
            raise Violation(f"half a change: first={first}, second={second}")

    def share(self, name, of, at, times, seed):
        generator, at, of = random.Random(int(seed)), int(at), int(of)
        semaphore = self.space.semaphore(name, of)
        for _ in range(int(times)):
            count = 1 + generator.randrange(of)
            with semaphore.hold(count):
                in_use = self.words.fetch_add(at, count) + count
                os.sched_yield()
                self.words.fetch_add(at, -count)
                if in_use > of:
                    raise Violation(f"permits in use: {in_use} of {of}")
        return "done"

    def ordered(self, prefix, number, times, seed):
        generator, number, done = random.Random(int(seed)), int(number), 0
        while done < int(times):
            done += self.ordered_from(prefix, generator.randrange(number), number, 3, generator)
        return "done"

    def ordered_from(self, prefix, lock, number, deep, generator):
        with self.space.mutex(f"{prefix}{lock}"):
            following = lock + 1 + generator.randrange(3)
            if following < number and deep > 1:
                return 1 + self.ordered_from(prefix, following, number, deep - 1, generator)
            return 1

    def get(self, at):
        return struct.unpack_from("=q", self.view, at)[0]

    def put(self, at, value):
        struct.pack_into("=q", self.view, at, value)


def seconds(millis):
    return None if millis == "-1" else int(millis) / 1000


def main():
    root, name = sys.argv[1:]
    with holdfast.open(name, root=root) as space, space.open("data", writable=True) as region:
        commands = Commands(space, region)
        print("READY", flush=True)
        for line in sys.stdin:
            print(commands.answer(line.rstrip("\n")), flush=True)


main()
