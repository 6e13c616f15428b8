package dev.holdfast.resource.data;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.LongAdder;

/**
 * The right to use one version of a {@link SharedData} until it is closed. As long as one is open
 * its value is not changed in place. Unlike a value from {@link SharedData#get}, which its reader
 * may keep for ever, a lease ends: afterwards the value can be changed without a copy.
 *
 * <p><b>Sharing.</b> Any thread may use and close it; a second close does nothing.
 *
 * <p>Do not keep the value beyond the close.
 */
public final class Lease<T> implements AutoCloseable {
  private static final VarHandle OPEN;

  static {
    try {
      OPEN = MethodHandles.lookup().findVarHandle(Lease.class, "open", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Snapshot<T> snapshot;
  private final LongAdder openLeases;
  private volatile boolean open = true;

  Lease(Snapshot<T> snapshot, LongAdder openLeases) {
    this.snapshot = snapshot;
    this.openLeases = openLeases;
    openLeases.increment();
  }

  /**
   * The value.
   *
   * @throws IllegalStateException if the lease is closed
   */
  public T value() {
    if (!open) {
      throw new IllegalStateException(
          "lease is closed: version=%d; take a new one".formatted(snapshot.version()));
    }
    return snapshot.value();
  }

  /** The version of the value. */
  public long version() {
    return snapshot.version();
  }

  @Override
  public void close() {
    if (OPEN.compareAndSet(this, true, false)) {
      openLeases.decrement();
      snapshot.endLease(); // release: what was read happens before a change in place
    }
  }

  @Override
  public String toString() {
    return "Lease[version=%d, %s]".formatted(snapshot.version(), open ? "open" : "closed");
  }
}
