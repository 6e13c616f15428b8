package dev.holdfast.resource.data;

/**
 * The right to read a {@link MutableSharedData} until it is closed. It belongs to the thread that
 * opened it; a second close does nothing. Do not keep the value beyond the close.
 */
public final class ReadGuard<T> implements AutoCloseable {
  private final MutableSharedData<T> data;
  private final GuardOwner owner = new GuardOwner();

  ReadGuard(MutableSharedData<T> data) {
    this.data = data;
  }

  /**
   * The value, not to be changed.
   *
   * @throws IllegalStateException if the guard is closed
   */
  public T get() {
    owner.requireOpen();
    return data.value();
  }

  /**
   * Ends the right.
   *
   * @throws IllegalStateException if another thread opened it
   */
  @Override
  public void close() {
    if (owner.closeOnce()) {
      data.endRead();
    }
  }
}
