package dev.holdfast.resource.data;

import java.util.Objects;

/**
 * The right to change a {@link MutableSharedData} until it is closed, alone. It belongs to the
 * thread that opened it; a second close does nothing. Do not keep the value beyond the close.
 */
public final class WriteGuard<T> implements AutoCloseable {
  private final MutableSharedData<T> data;
  private final GuardOwner owner = new GuardOwner();

  WriteGuard(MutableSharedData<T> data) {
    this.data = data;
  }

  /**
   * The value, which may be changed.
   *
   * @throws IllegalStateException if the guard is closed
   */
  public T get() {
    owner.requireOpen();
    return data.value();
  }

  /**
   * Replaces the value.
   *
   * @throws IllegalStateException if the guard is closed
   */
  public void set(T value) {
    owner.requireOpen();
    data.replace(Objects.requireNonNull(value, "value"));
  }

  /**
   * Closes this guard and opens one to read, with no other writer in between.
   *
   * @throws IllegalStateException if the guard is closed
   */
  public ReadGuard<T> downgrade() {
    owner.requireOpen();
    ReadGuard<T> reader = data.read();
    close();
    return reader;
  }

  /**
   * Ends the right; the next version begins.
   *
   * @throws IllegalStateException if another thread opened it
   */
  @Override
  public void close() {
    if (owner.closeOnce()) {
      data.endWrite();
    }
  }
}
