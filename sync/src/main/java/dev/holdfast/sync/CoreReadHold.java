package dev.holdfast.sync;

/** A read-write lock read. */
final class CoreReadHold implements ReadHold {
  private final ReadWriteCore core;
  private boolean closed;

  CoreReadHold(ReadWriteCore core) {
    this.core = core;
  }

  @Override
  public void close() {
    if (closed) {
      throw new IllegalMonitorStateException("hold is closed: lock=" + core.name());
    }
    closed = true;
    core.readDone();
  }
}
