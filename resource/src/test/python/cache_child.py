"""A Python process that uses the cache until it is killed, or once. Arguments: package, root, what to do, seed."""

import random
import sys

sys.path.insert(0, sys.argv[1])

import holdfast  # noqa: E402


def churn(cache: holdfast.SharedCache, seed: int) -> None:
    chance = random.Random(seed)
    number = 0
    while True:
        key = f"k{chance.randrange(400)}"
        if chance.randrange(4) == 0:
            cache.get(key)
        else:
            cache.put(key, key * (1 + chance.randrange(60)))
        number += 1
        if number == 100:
            print("BUSY")


with holdfast.open("test", root=sys.argv[2]) as space:
    with holdfast.SharedCache.open(space, "cache", keys="utf8", values="utf8") as cache:
        if sys.argv[3] == "churn":
            churn(cache, int(sys.argv[4]))
        elif sys.argv[3] == "exchange":
            cache.put("from Python", "größer")
            print("READY")
            sys.stdin.readline()
            print(cache.get("from Java"))
