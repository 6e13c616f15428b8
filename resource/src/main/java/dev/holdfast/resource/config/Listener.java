package dev.holdfast.resource.config;

import dev.holdfast.region.Subscription;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * One who is told afterwards. While it is busy, changes add up: it is told one, from what it knew
 * to what holds.
 */
final class Listener<T> implements Subscription {
  private final Consumer<ConfigChange<T>> listener;
  private final BiFunction<ConfigSnapshot<T>, ConfigSnapshot<T>, ConfigChange<T>> difference;
  private final Mailbox mailbox;
  private final Subscribers<T> all;
  private volatile boolean isClosed;
  private final AtomicReference<ConfigSnapshot<T>> latest;
  private ConfigSnapshot<T> told; // of the mailbox's thread

  Listener(
      Consumer<ConfigChange<T>> listener,
      BiFunction<ConfigSnapshot<T>, ConfigSnapshot<T>, ConfigChange<T>> difference,
      ConfigSnapshot<T> known,
      Mailbox mailbox,
      Subscribers<T> all) {
    this.listener = listener;
    this.difference = difference;
    this.latest = new AtomicReference<>(known);
    this.told = known;
    this.mailbox = mailbox;
    this.all = all;
  }

  @Override
  public void close() {
    isClosed = true;
    all.remove(this);
  }

  /** One older than what it was told already changes nothing: who tells may have looked earlier. */
  void tell(ConfigSnapshot<T> snapshot) {
    latest.accumulateAndGet(
        snapshot, (known, next) -> next.version() > known.version() ? next : known);
    mailbox.add(this::tellLatest);
  }

  private void tellLatest() {
    ConfigSnapshot<T> now = latest.get();
    if (isClosed || now.version() == told.version()) {
      return;
    }
    ConfigChange<T> change = difference.apply(told, now);
    told = now;
    try {
      if (!change.differences().isEmpty()) {
        all.inside(() -> {
          listener.accept(change);
          return true;
        });
      }
    } catch (Throwable e) {
      all.failed(listener, e);
    }
  }
}
