package dev.holdfast.sync;

/** A read-write lock that is read until this is closed, by the thread that took it. */
public interface ReadHold extends AutoCloseable {
  /** Goes out. A second close is refused. */
  @Override
  void close();
}
