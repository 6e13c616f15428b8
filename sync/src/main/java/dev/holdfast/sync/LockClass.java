package dev.holdfast.sync;

/**
 * Locks that are alike in the order in which locks are taken.
 *
 * @param name by default that of the lock
 * @param level among locks of one class, which are taken with rising levels
 */
record LockClass(String name, int level) {
  LockClass {
    if (name.isBlank() || level < 0) {
      throw new IllegalArgumentException(
          "lock class not allowed: name=%s, level=%d; a name, and a level of 0 or more"
              .formatted(name, level));
    }
  }

  /** Whether a lock of this class may not be asked for by who owns one of {@code held}. */
  boolean isBelow(LockClass held) {
    return name.equals(held.name) && level <= held.level;
  }

  @Override
  public String toString() {
    return level == 0 ? name : name + " (level " + level + ")";
  }
}
