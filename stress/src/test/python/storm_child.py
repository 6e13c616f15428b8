"""A process of StormTest: does random things to random regions until it is killed. The twin of StormChild."""

import random
import struct

import storm_process  # first: it says where holdfast is
from holdfast import errors

NAMES = 12
OPEN_MAX = 4
MASK = (1 << 64) - 1


class Child:
    def __init__(self, space, seed):
        self.space = space
        self.random = random.Random(seed)
        self.open = []

    def step(self):
        action = self.random.randrange(10)
        try:
            if action < 3:
                self.create()
            elif action < 6:
                self.keep(self.space.open(self.name()), mine=False)
            elif action < 8:
                self.close_one()
            elif action == 8:
                self.space.remove(self.name(), force=self.random.random() < 0.5)
            else:
                self.look()
        except (errors.RegionNotFound, errors.NameTaken):
            pass  # somebody else was faster

    def create(self):
        policy = self.random.choice(["manual", "automatic", "reference-counted", "reference-counted"])
        patience = {
            "automatic": {"timeout": self.random.random() * 0.05},
            "reference-counted": {"grace": self.random.choice([0.0, 0.03])},
        }.get(policy, {})
        region = self.space.create(
            self.name(),
            32 + self.random.randrange(100_000) // 8 * 8,
            policy=policy,
            zero=self.random.randrange(4) == 0,
            **patience,
        )
        self.keep(region, mine=True)

    def keep(self, region, mine):
        self.open.append(region)
        if mine:
            mark(region)
        check(region)
        if len(self.open) > OPEN_MAX:
            self.close_one()

    def close_one(self):
        if self.open:
            region = self.open.pop(self.random.randrange(len(self.open)))
            check(region)
            region.close()

    def look(self):
        if self.random.randrange(4) == 0:
            self.space.sweep()
        list(self.space)
        for region in self.open:
            check(region)

    def name(self):
        return f"n{self.random.randrange(NAMES)}"


def handle_of(region):
    return int(region.id[1:], 16)


def mark(region):
    handle = handle_of(region)
    view = region.view
    struct.pack_into("=Q", view, 0, handle)
    struct.pack_into("=Q", view, len(view) - 8, handle)
    struct.pack_into("=Q", view, 8, ~handle & MASK)


def check(region):
    handle = handle_of(region)
    marked, first = struct.unpack_from("=Q", region.view, 8)[0], struct.unpack_from("=Q", region.view, 0)[0]
    right = first == handle if marked == ~handle & MASK else marked == 0
    if not right:
        raise AssertionError(f"foreign bytes under a hold: region={region.id}, first={first:#x}, mark={marked:#x}")


def start(space, seed):
    return Child(space, seed).step


storm_process.run(start)
