package dev.holdfast.resource.data;

import dev.holdfast.region.Subscription;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A value that many threads read and few change: each change makes a new version, and a reader
 * always sees one version whole.
 *
 * <p><b>Sharing.</b> Threads of this process. Reading is wait-free and {@link #update} lock-free,
 * but for the moments in which a value is changed in place: then both wait for its end.
 *
 * <p><b>In place.</b> A value that nobody else can have is changed without a copy. Nobody else has
 * it if all of its readers used {@link #lease} and closed it. A value once given by {@link #get},
 * {@link #snapshot} or {@link #update}, or to a subscriber, may be kept by whoever was given it,
 * and is never changed in place any more; neither is any while there are subscribers.
 *
 * <p><b>Memory effects.</b> What a thread did before a change happens before what another does
 * after it read that version or a later one. What was done under a lease happens before the change
 * in place that follows its close.
 *
 * <p><b>Cost.</b> A read is two loads; an update is an allocation of 32 bytes and one
 * compare-and-set, two the first time.
 *
 * <p><b>Errors.</b> What the given functions throw passes through. An update that throws changes
 * nothing. A change in place that throws may have changed half: its value is the next version.
 *
 * <pre>{@code
 * SharedData<Map<String, Integer>> prices = SharedData.of(Map.of("tea", 3));
 * int price = prices.get().get("tea");
 * prices.update(old -> Map.of("tea", old.get("tea") + 1));
 * try (Subscription s = prices.subscribe(Delivery.LATEST, now -> show(now.value()))) { … }
 * }</pre>
 */
public final class SharedData<T> {
  /*
   * Ordering. `current` is only ever replaced by the next version. A version's word `use` (see
   * Snapshot) says who may have its value:
   *
   *   reader, updater   escape (or lease) the version, and only then take its value
   *   change in place   0 → EXCLUSIVE, look if it is `current` still, change, store the next version
   *                     over `current`, all under inPlaceLock; who finds EXCLUSIVE passes that lock
   *                     once and looks again
   *
   * A version that is EXCLUSIVE cannot be replaced by anybody else, since that needs its value; but
   * it may have been before, by an updater whose lease has ended since.
   * A subscriber enters the list before it reads `current`, a change looks at the list after it
   * stored the next version, and a change in place between reading a version and taking it. So
   * whoever was in the list before a version was stored is told it, and it is not changed in place.
   */
  private static final VarHandle CURRENT;

  static {
    try {
      CURRENT = MethodHandles.lookup().findVarHandle(SharedData.class, "current", Snapshot.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final UnaryOperator<T> copier;
  private final Listeners<T> listeners = new Listeners<>();
  private final ReentrantLock inPlaceLock = new ReentrantLock();
  private final LongAdder retries = new LongAdder();
  private final LongAdder inPlace = new LongAdder();
  private final LongAdder copies = new LongAdder();
  private final LongAdder exclusiveRefused = new LongAdder();
  private final LongAdder openLeases = new LongAdder();
  private volatile Snapshot<T> current;

  private SharedData(T value, UnaryOperator<T> copier) {
    this.current = new Snapshot<>(Objects.requireNonNull(value, "value"), 0, 0);
    this.copier = Objects.requireNonNull(copier, "copier");
  }

  /** Shares a value that is never changed itself, only replaced. */
  public static <T> SharedData<T> of(T value) {
    return new SharedData<>(value, SharedData::refuseToCopy);
  }

  /**
   * Shares a value that may be changed in place, or else on a copy, by {@link #change}.
   *
   * @param value the caller gives it away, and does not use it itself any more
   * @param copier makes a copy that shares nothing changeable with its original
   */
  public static <T> SharedData<T> of(T value, UnaryOperator<T> copier) {
    return new SharedData<>(value, copier);
  }

  private static <T> T refuseToCopy(T value) {
    throw new IllegalStateException(
        "no way to copy a %s; make the SharedData with a copier, or use update"
            .formatted(value.getClass().getName()));
  }

  // ---- reading ---------------------------------------------------------------------------------

  /** The current value. */
  public T get() {
    return snapshot().value();
  }

  /** The current value and its version. */
  @SuppressWarnings("unchecked") // the field's type is that
  public Snapshot<T> snapshot() {
    Snapshot<T> seen = (Snapshot<T>) CURRENT.getAcquire(this);
    return seen.isEscaped() ? seen : escapedSnapshot();
  }

  private Snapshot<T> escapedSnapshot() {
    Snapshot<T> seen = current;
    while (!seen.escape()) {
      seen = currentAfterChangeInPlace();
    }
    return seen;
  }

  /** The current version, to be used until the lease is closed. */
  public Lease<T> lease() {
    return new Lease<>(leasedSnapshot(), openLeases);
  }

  private Snapshot<T> leasedSnapshot() {
    Snapshot<T> seen = current;
    while (!seen.lease()) {
      seen = currentAfterChangeInPlace();
    }
    return seen;
  }

  private Snapshot<T> currentAfterChangeInPlace() {
    refuseWithinChangeInPlace();
    inPlaceLock.lock();
    try {
      return current;
    } finally {
      inPlaceLock.unlock();
    }
  }

  private void refuseWithinChangeInPlace() {
    if (inPlaceLock.isHeldByCurrentThread()) {
      throw new IllegalStateException(
          "shared data used within its own change in place; use the value given to the change");
    }
  }

  // ---- changing --------------------------------------------------------------------------------

  /**
   * Replaces the value by what the function makes of it. The function may run several times, so it
   * must do nothing else; it must not change its argument.
   *
   * @return the new value
   */
  public T update(UnaryOperator<T> function) {
    while (true) {
      Snapshot<T> seen = snapshot();
      T next = Objects.requireNonNull(function.apply(seen.value()), "the function's result");
      if (replace(seen, next)) {
        return next;
      }
      retries.increment();
    }
  }

  /**
   * Replaces the value if it is still of that version.
   *
   * @param seen from {@link #snapshot} or a subscription of this SharedData
   * @return whether it was
   */
  public boolean compareAndSet(Snapshot<T> seen, T next) {
    return replace(seen, Objects.requireNonNull(next, "next"));
  }

  private boolean replace(Snapshot<T> seen, T next) {
    Snapshot<T> fresh = new Snapshot<>(next, seen.version() + 1, Snapshot.ESCAPED);
    if (!CURRENT.compareAndSet(this, seen, fresh)) {
      return false;
    }
    told(fresh, "REPLACED");
    return true;
  }

  /**
   * Changes the value in place if nobody else can have it. Readers wait meanwhile, so be quick. The
   * change must not use this SharedData.
   *
   * @return whether it was changed; if not, the change did not run
   */
  public boolean tryChangeInPlace(Consumer<? super T> change) {
    Objects.requireNonNull(change, "change");
    refuseWithinChangeInPlace();
    Snapshot<T> changed = changeInPlace(change);
    if (changed == null) {
      exclusiveRefused.increment();
    }
    return changed != null;
  }

  /**
   * Changes the value: in place if nobody else can have it, otherwise on a copy that then replaces
   * it. On a copy it may run several times, each time on a fresh one.
   *
   * @return the new version
   * @throws IllegalStateException if a copy is needed and there is no copier
   */
  public long change(Consumer<? super T> change) {
    Objects.requireNonNull(change, "change");
    refuseWithinChangeInPlace();
    while (true) {
      Snapshot<T> changed = changeInPlace(change);
      if (changed == null) {
        changed = changeCopy(change);
      }
      if (changed != null) {
        return changed.version();
      }
      retries.increment();
    }
  }

  private @Nullable Snapshot<T> changeInPlace(Consumer<? super T> change) {
    if (!current.isFree()) {
      return null;
    }
    Snapshot<T> next;
    inPlaceLock.lock();
    try {
      Snapshot<T> seen;
      do {
        seen = current;
        if (!listeners.isEmpty() || !seen.takeExclusively()) {
          return null;
        }
      } while (replacedBefore(seen));
      next = new Snapshot<>(seen.value(), seen.version() + 1, 0);
      try {
        change.accept(seen.value());
      } finally {
        current = next; // even if it threw: the value may be changed by half
      }
    } finally {
      inPlaceLock.unlock();
    }
    inPlace.increment();
    told(next, "IN_PLACE");
    return next;
  }

  /** By who had a lease of it until just now. That it is taken then harms nobody: it is over. */
  @SuppressWarnings("ReferenceEquality") // a version is one object
  private boolean replacedBefore(Snapshot<T> taken) {
    return current != taken;
  }

  private @Nullable Snapshot<T> changeCopy(Consumer<? super T> change) {
    Snapshot<T> seen = leasedSnapshot(); // nobody changes it while it is copied
    Snapshot<T> next;
    boolean replaced;
    try {
      T copy = Objects.requireNonNull(copier.apply(seen.value()), "the copier's result");
      change.accept(copy);
      next = new Snapshot<>(copy, seen.version() + 1, 0);
      replaced = CURRENT.compareAndSet(this, seen, next);
    } finally {
      seen.endLease();
    }
    if (!replaced) {
      return null;
    }
    copies.increment();
    told(next, "COPIED");
    return next;
  }

  private void told(Snapshot<T> next, String how) {
    ChangeEvent.commit(next, how);
    if (!listeners.isEmpty() && next.escape()) { // else nobody is owed it: see Ordering
      listeners.offer(next);
    }
  }

  // ---- telling ---------------------------------------------------------------------------------

  /**
   * Tells the listener of each change from now on, until the subscription is closed. What it throws
   * is logged and counted; the next version is told all the same.
   */
  public Subscription subscribe(Delivery delivery, Consumer<? super Snapshot<T>> listener) {
    refuseWithinChangeInPlace();
    Mailbox<T> mailbox =
        new Mailbox<>(
            listeners,
            Objects.requireNonNull(listener, "listener"),
            Objects.requireNonNull(delivery, "delivery"));
    listeners.add(mailbox);
    mailbox.startAfter(snapshot().version());
    return mailbox;
  }

  /** What was counted so far. */
  public SharedDataStats stats() {
    return new SharedDataStats(
        current.version(),
        retries.sum(),
        inPlace.sum(),
        copies.sum(),
        exclusiveRefused.sum(),
        openLeases.sum(),
        listeners.size(),
        listeners.delivered.sum(),
        listeners.skipped.sum(),
        listeners.failures.sum());
  }

  @Override
  public String toString() {
    return "SharedData[%s]".formatted(current.version());
  }
}
