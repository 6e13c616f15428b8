package dev.holdfast.sync;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A number of permits, shared by threads of all processes of a space.
 *
 * <p><b>Sharing.</b> Any thread, platform or virtual. Permits belong to the thread that took them,
 * and only it gives them back: so they are known to be lost, and come back, when its process dies.
 *
 * <p><b>Order.</b> Who waits longest goes first, priorities counted; it is not overtaken by those
 * who want fewer, except by newcomers that find enough free, unless the semaphore is fair.
 *
 * <p><b>Cost.</b> One compare-and-set a permit to take, one to give back, if there are free ones.
 *
 * <pre>{@code
 * try (Permits two = downloads.hold(2)) {
 *   fetch(a, b);
 * }
 * }</pre>
 */
public final class Semaphore {
  private final SemaphoreCore core;
  private final Priority priority;
  private final LockClass lockClass;

  Semaphore(SemaphoreCore core) {
    this(core, Priority.NORMAL, new LockClass(core.name(), 0));
  }

  private Semaphore(SemaphoreCore core, Priority priority, LockClass lockClass) {
    this.core = core;
    this.priority = priority;
    this.lockClass = lockClass;
  }

  /** The same semaphore, waited for with that priority. */
  public Semaphore at(Priority newPriority) {
    return new Semaphore(core, newPriority, lockClass);
  }

  /** The same semaphore, one of that class in the order of locks: {@link Mutex#inClass(String)}. */
  public Semaphore inClass(String name) {
    return inClass(name, 0);
  }

  /** The same semaphore, one of that class and level: {@link Mutex#inClass(String, int)}. */
  public Semaphore inClass(String name, int level) {
    return new Semaphore(core, priority, new LockClass(name, level));
  }

  /** Its name in the space. */
  public String name() {
    return core.name();
  }

  /** How many permits there are. */
  public int permits() {
    return core.permits();
  }

  /** How many nobody has, at some moment during the call; those of the dead count. */
  public int available() {
    return core.available();
  }

  /** Permits that are held until this is closed, by the thread that took them. */
  public interface Permits extends AutoCloseable {
    /** How many. */
    int count();

    /** Gives them back. A second close is refused. */
    @Override
    void close();
  }

  /** Takes that many permits at once, however long that takes. */
  public Permits hold(int permits) {
    core.beforeAsking(lockClass, true);
    int @Nullable [] free = core.tryNow(permits);
    return free != null
        ? new CorePermits(core, core.mine(), free)
        : taken(core.acquire(permits, Wait.forEver(priority, core.now()))).orElseThrow();
  }

  /**
   * Takes that many permits at once.
   *
   * @throws LockTimeoutException if they were not to be had in time; none is held
   */
  public Permits hold(int permits, Duration timeout) {
    core.beforeAsking(lockClass, Wait.isWaiting(timeout));
    Wait wait = Wait.atMost(timeout, false, priority, core.now());
    return taken(core.acquire(permits, wait)).orElseThrow(() -> core.timedOut(permits, timeout));
  }

  /**
   * Takes that many permits at once, unless interrupted before.
   *
   * @throws LockTimeoutException if they were not to be had in time; none is held
   */
  public Permits holdInterruptibly(int permits, Duration timeout) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    core.beforeAsking(lockClass, Wait.isWaiting(timeout));
    Wait wait = Wait.atMost(timeout, true, priority, core.now());
    SemaphoreCore.Outcome outcome = core.acquire(permits, wait);
    if (outcome.end == Wait.End.INTERRUPTED) {
      var _ = Thread.interrupted();
      throw new InterruptedException("interrupted while waiting for semaphore " + core.name());
    }
    return taken(outcome).orElseThrow(() -> core.timedOut(permits, timeout));
  }

  /** Takes that many permits if they are free. */
  public Optional<Permits> tryHold(int permits) {
    core.beforeAsking(lockClass, false);
    return Optional.ofNullable(core.tryNow(permits))
        .map(free -> new CorePermits(core, core.mine(), free));
  }

  private Optional<Permits> taken(SemaphoreCore.Outcome outcome) {
    Wait.@Nullable End end = outcome.end;
    if (end == Wait.End.CLOSED) {
      throw Refusals.closed(core.name());
    }
    return end == null
        ? Optional.of(new CorePermits(core, core.mine(), outcome.cells))
        : Optional.empty();
  }

  @Override
  public String toString() {
    return "Semaphore[" + core.name() + "]";
  }

  /** Permits held. */
  private static final class CorePermits implements Permits {
    private final SemaphoreCore core;
    private final Context owner;
    private final int[] cells;
    private boolean closed;

    CorePermits(SemaphoreCore core, Context owner, int[] cells) {
      this.core = core;
      this.owner = owner;
      this.cells = cells;
    }

    @Override
    public int count() {
      return cells.length;
    }

    @Override
    public void close() {
      if (closed) {
        throw new IllegalMonitorStateException("permits were given back: " + core.name());
      }
      core.release(owner, cells);
      closed = true;
    }
  }
}
