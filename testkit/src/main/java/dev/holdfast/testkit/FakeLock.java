package dev.holdfast.testkit;

import java.util.List;

/** Bytes {@code [from, to)} of a file, locked by an open descriptor. */
record FakeLock(FakeOpenFile owner, long from, long to) {
  boolean overlaps(long otherFrom, long otherTo) {
    return from < otherTo && otherFrom < to;
  }

  /** What is left of it without those bytes. */
  List<FakeLock> without(long otherFrom, long otherTo) {
    if (!overlaps(otherFrom, otherTo)) {
      return List.of(this);
    }
    return List.of(
            new FakeLock(owner, from, Math.max(from, otherFrom)),
            new FakeLock(owner, Math.min(to, otherTo), to))
        .stream()
        .filter(rest -> rest.from < rest.to)
        .toList();
  }
}
