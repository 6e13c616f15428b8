package dev.holdfast.resource.guard;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a registry, until each is removed: stripes chosen by thread, each a list of
 * segments of a few places. Adding takes a stripe's lock, and another stripe if that is taken;
 * removing clears the entry's place, without a lock. A segment goes when all of its places have
 * been used and cleared.
 *
 * <p><b>Sharing.</b> What the adding thread writes and what removing threads write are different
 * objects, but for the places: guards are closed by other threads than they are cleaned up by, and
 * neither should wait for the other's cache line.
 *
 * <p><b>Cost.</b> 5 bytes an entry. An entry that stays keeps its segment: up to 190 bytes, if all
 * others of the segment have gone.
 */
final class Entries {
  private static final int STRIPES =
      Integer.highestOneBit(Math.min(32, Runtime.getRuntime().availableProcessors()) * 4 - 1);
  private static final AtomicLong NEXT_ID = new AtomicLong();

  private final Stripe[] stripes = new Stripe[STRIPES];

  Entries() {
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new Stripe();
    }
  }

  /** Entries that came one after the other through one stripe. */
  static final class Segment {
    private static final int PLACES = 32;
    private static final VarHandle PLACE = MethodHandles.arrayElementVarHandle(Entry[].class);
    private static final VarHandle REMOVED;

    static {
      try {
        REMOVED = MethodHandles.lookup().findVarHandle(Segment.class, "removed", int.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private final Stripe stripe;
    private final @Nullable Entry<?>[] entries = new Entry<?>[PLACES];
    private final long firstId = NEXT_ID.getAndAdd(PLACES);

    @SuppressWarnings("UnusedVariable") // through REMOVED
    private int removed;

    private @Nullable Segment previous; // guarded by the stripe's lock, as next
    private @Nullable Segment next;

    private Segment(Stripe stripe) {
      this.stripe = stripe;
    }

    long id(int place) {
      return firstId + place;
    }

    private void remove(int place) {
      PLACE.setRelease(entries, place, null);
      if ((int) REMOVED.getAndAdd(this, 1) == PLACES - 1) {
        stripe.unlink(this);
      }
    }

    private void addTo(List<Entry<?>> all) {
      for (int place = 0; place < PLACES; place++) {
        Entry<?> entry = (Entry<?>) PLACE.getAcquire(entries, place);
        if (entry != null) {
          all.add(entry);
        }
      }
    }
  }

  /** The segments of some threads; everything but clearing places under its lock. */
  @SuppressWarnings("serial") // a lock that nobody writes anywhere
  private static final class Stripe extends ReentrantLock {
    private @Nullable Entry<?>[] places = {}; // of the newest segment: spares the look at it
    private @Nullable Segment newest;
    private int used = Segment.PLACES;
    private long added;
    private boolean closed;

    boolean add(Entry<?> entry) {
      if (closed) {
        return false;
      }
      if (used == Segment.PLACES) {
        begin(new Segment(this));
      }
      entry.segment = newest;
      entry.place = used;
      Segment.PLACE.setRelease(places, used, entry);
      used++;
      added++;
      return true;
    }

    private void begin(Segment segment) {
      segment.previous = newest;
      if (newest != null) {
        newest.next = segment;
      }
      newest = segment;
      places = segment.entries;
      used = 0;
    }

    void unlink(Segment segment) {
      lock();
      try {
        if (segment.previous != null) {
          segment.previous.next = segment.next;
        }
        if (segment.next != null) {
          segment.next.previous = segment.previous;
        } else {
          newest = segment.previous; // it is full, as all others
        }
        segment.previous = null; // a guard that somebody keeps must not keep its neighbours
        segment.next = null;
      } finally {
        unlock();
      }
    }

    void addTo(List<Entry<?>> all) {
      for (Segment segment = newest; segment != null; segment = segment.previous) {
        segment.addTo(all);
      }
    }
  }

  /** Registers it, unless this is closed. */
  boolean add(Entry<?> entry) {
    Stripe stripe = lockOne();
    try {
      return stripe.add(entry);
    } finally {
      stripe.unlock();
    }
  }

  private Stripe lockOne() {
    int first = (int) Thread.currentThread().threadId();
    for (int i = 0; i < STRIPES; i++) {
      Stripe stripe = stripes[(first + i) & (STRIPES - 1)];
      if (stripe.tryLock()) {
        return stripe;
      }
    }
    Stripe stripe = stripes[first & (STRIPES - 1)];
    stripe.lock();
    return stripe;
  }

  /** Takes it out again. Once, and only what is in. */
  void remove(Entry<?> entry) {
    Segment segment = entry.segment;
    if (segment == null) {
      throw new AssertionError("not registered: " + entry.name);
    }
    segment.remove(entry.place);
  }

  /** Those of now; what comes and goes meanwhile may be among them or not. */
  List<Entry<?>> list() {
    List<Entry<?>> all = new ArrayList<>();
    for (Stripe stripe : stripes) {
      stripe.lock();
      try {
        stripe.addTo(all);
      } finally {
        stripe.unlock();
      }
    }
    return all;
  }

  /** Lets none in any more; how many ever came. */
  long close() {
    long sum = 0;
    for (Stripe stripe : stripes) {
      stripe.lock();
      try {
        stripe.closed = true;
        sum += stripe.added;
      } finally {
        stripe.unlock();
      }
    }
    return sum;
  }

  /** How many ever came. */
  long added() {
    long sum = 0;
    for (Stripe stripe : stripes) {
      stripe.lock();
      try {
        sum += stripe.added;
      } finally {
        stripe.unlock();
      }
    }
    return sum;
  }
}
