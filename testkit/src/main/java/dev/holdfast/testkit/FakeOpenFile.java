package dev.holdfast.testkit;

import dev.holdfast.platform.Platform.Access;
import org.jspecify.annotations.Nullable;

/**
 * What an open descriptor refers to.
 *
 * @param node the object
 * @param access how it was opened
 * @param process the process it watches, if it is one of those
 */
record FakeOpenFile(FakeNode node, Access access, @Nullable FakeProcess process) {
  /** Locks belong to one opening: two of the same object are never equal. */
  @Override
  public boolean equals(@Nullable Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }

  boolean ready() {
    return process == null ? node.ready : !process.alive();
  }
}
