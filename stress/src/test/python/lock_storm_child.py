"""A process of LockStormTest: takes random locks in random ways until it is killed. The twin of LockStormChild."""

import os
import random
import struct

import storm_process  # first: it says where holdfast is
from holdfast import errors

LOCKS = 50
CELL = 24
PERMITS = 3


class Violation(Exception):
    """The locks did not keep what they promise."""


class Child:
    def __init__(self, space, region, seed):
        self.space = space
        self.region = region
        self.view = region.view
        self.random = random.Random(seed)
        self.pid = os.getpid()

    def step(self):
        lock = self.random.randrange(LOCKS)
        try:
            if lock % 5 < 3 and self.random.randrange(4) == 0:
                self.transaction(lock)
            elif lock % 5 < 3:
                self.mutex(lock)
            elif lock % 5 == 3:
                self.read_write(lock)
            else:
                self.semaphore(lock)
        except (errors.LockTimeoutError, errors.DeadlockError):
            pass  # another time

    def patience(self):
        return self.random.randrange(3) / 1000 if self.random.randrange(4) == 0 else 10.0

    def mutex(self, lock):
        with self.space.mutex(f"lock-{lock}").acquire(timeout=self.patience()) as held:
            self.change(lock, held)
            if self.random.randrange(8) == 0:
                self.mutex(self.random.randrange(LOCKS // 5) * 5)

    def transaction(self, lock):
        others = [self.random.randrange(LOCKS // 5) * 5 + kind for kind in (0, 1)]

        def work(tx):
            for one in (lock, *others):
                self.change(one, tx.lock(self.space.mutex(f"lock-{one}")))

        self.space.transaction(self.random.choice(("wait-die", "wound-wait"))).run(work)

    def read_write(self, lock):
        read_write = self.space.rwlock(f"lock-{lock}")
        choice = self.random.randrange(3)
        if choice == 0:
            with read_write.write(timeout=self.patience()) as held:
                self.change(lock, held)
        elif choice == 1:
            with read_write.update(timeout=self.patience()) as held:
                held.upgrade(timeout=self.patience())
                self.change(lock, held)
        else:
            with read_write.read(timeout=self.patience()) as held:
                if held.owner_died:
                    self.repair(lock)
                    held.mark_consistent()
                self.require(self.get(lock, 1) == self.get(lock, 2), "half written", lock)

    def semaphore(self, lock):
        wanted = 1 + self.random.randrange(PERMITS)
        with self.space.semaphore(f"lock-{lock}", PERMITS).hold(wanted, timeout=self.patience()):
            pass

    def change(self, lock, held):
        if held.owner_died:
            self.repair(lock)
            held.mark_consistent()
        self.require(self.get(lock, 0) == 0, "two are inside", lock)
        self.put(lock, 0, self.pid)
        self.require(self.get(lock, 1) == self.get(lock, 2), "nobody told of a death", lock)
        self.put(lock, 1, self.get(lock, 1) + 1)
        self.put(lock, 2, self.get(lock, 2) + 1)
        self.require(self.get(lock, 0) == self.pid, "somebody came in", lock)
        self.put(lock, 0, 0)

    def repair(self, lock):
        self.put(lock, 2, self.get(lock, 1))
        self.put(lock, 0, 0)

    def get(self, lock, word):
        return struct.unpack_from("<q", self.view, lock * CELL + 8 * word)[0]

    def put(self, lock, word, value):
        struct.pack_into("<q", self.view, lock * CELL + 8 * word, value)

    @staticmethod
    def require(condition, what, lock):
        if not condition:
            raise Violation(f"{what}: lock={lock}")


def start(space, seed):
    region = space.open("data", writable=True)  # for as long as the process lives
    return Child(space, region, seed).step


storm_process.run(start)
