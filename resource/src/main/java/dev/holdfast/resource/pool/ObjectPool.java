package dev.holdfast.resource.pool;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Lends objects that are expensive to make, first come, first served.
 *
 * <p><b>Sharing.</b> Any number of threads, virtual ones above all: borrowers wait parked, in the
 * order in which they came, and a returned object goes to the first of them directly. No thread may
 * overtake, no thread-local preference, no spinning.
 *
 * <p><b>Lifetime.</b> The pool makes objects when somebody waits and destroys them when they are
 * broken, old or idle for too long; each {@link ConnectionManager} method runs on a virtual thread
 * under a deadline. {@link #close} waits for what is lent, then takes it.
 *
 * <p><b>Memory effects.</b> What a borrower did with an object happens before what the next one
 * does.
 *
 * <p><b>Cost.</b> Lending and giving back without waiting are two passes through a lock and one
 * small allocation. An object costs 160 bytes of book-keeping, a waiting thread about 50 beside its
 * own, a future in line 320.
 *
 * <p><b>Errors.</b> Borrowing fails with a {@link PoolException}: late, too many waiting, the far
 * side is down, closed. A pool that borrows from another while it holds an object of the same kind
 * can starve itself; borrow both before, in one order, or make the pools larger than their
 * borrowers.
 *
 * <pre>{@code
 * try (ObjectPool<Connection> pool =
 *     ObjectPool.open(Connections.jdbc(dataSource), PoolSpec.named("orders").max(16))) {
 *   int rows = pool.use(connection -> update(connection));
 * }
 * }</pre>
 *
 * @param <T> what is pooled
 */
public final class ObjectPool<T> implements AutoCloseable {
  /** What is done with a borrowed object. */
  @FunctionalInterface
  public interface Work<T, R extends @Nullable Object, E extends Exception> {
    /** Uses the object; it must not escape. */
    R apply(T object) throws E;
  }

  private final PoolSpec spec;
  private final long acquireTimeoutNanos;
  final Exchange<T> exchange;

  ObjectPool(ConnectionManager<T> manager, PoolSpec spec, PoolEnvironment environment) {
    this.spec = spec;
    this.acquireTimeoutNanos = PoolSpec.nanos(spec.acquireTimeout());
    this.exchange = new Exchange<>(manager, spec, environment);
    exchange.open();
  }

  /** Opens a pool; objects are made from now on, as many as {@link PoolSpec#minIdle} says. */
  public static <T> ObjectPool<T> open(ConnectionManager<T> manager, PoolSpec spec) {
    return new ObjectPool<>(manager, spec, PoolEnvironment.threaded(spec.name()));
  }

  /**
   * Borrows an object, waiting in line for {@link PoolSpec#acquireTimeout} at most.
   *
   * @throws InterruptedException if interrupted while waiting; an object that is there at once is
   *     lent to an interrupted thread too
   * @throws PoolException if there is none to be had; the subclass says why
   */
  public Pooled<T> acquire() throws InterruptedException {
    return exchange.acquire(acquireTimeoutNanos);
  }

  /**
   * Borrows an object, waiting in line for that long at most.
   *
   * @throws InterruptedException if interrupted while waiting
   * @throws PoolException if there is none to be had; the subclass says why
   */
  public Pooled<T> acquire(Duration timeout) throws InterruptedException {
    return exchange.acquire(waitNanos(timeout));
  }

  /**
   * Borrows an object when its turn comes; until then the future holds a place in line. Cancelling
   * it gives the place up, or passes the object on. Dependent stages run on a virtual thread. It
   * fails with a {@link PoolException}, after {@link PoolSpec#acquireTimeout} at the latest.
   */
  public CompletableFuture<Pooled<T>> acquireAsync() {
    return exchange.acquireAsync(acquireTimeoutNanos);
  }

  /**
   * Borrows an object for the time of that work and gives it back, whatever comes of it.
   *
   * @throws InterruptedException if interrupted while waiting
   * @throws PoolException if there is none to be had
   * @throws E what the work throws
   */
  public <R extends @Nullable Object, E extends Exception> R use(Work<? super T, R, E> work)
      throws InterruptedException, E {
    try (Pooled<T> guard = acquire()) {
      return work.apply(guard.get());
    }
  }

  /**
   * Makes objects until so many exist (no more than {@link PoolSpec#max}); whether that was done in
   * time. If not, it goes on in the background.
   *
   * @throws IllegalArgumentException if the number or the time is negative
   * @throws InterruptedException if interrupted while waiting
   * @throws PoolClosedException if the pool is closed
   */
  public boolean warmUp(int objects, Duration timeout) throws InterruptedException {
    if (objects < 0 || timeout.isNegative()) {
      throw new IllegalArgumentException(
          "not allowed for warming up: objects=%d, timeout=%s; use zero or more"
              .formatted(objects, timeout));
    }
    return exchange.warmUp(objects, PoolSpec.nanos(timeout));
  }

  /**
   * Changes the sizes while in use. Objects too many are destroyed: idle ones now, lent ones when
   * they come back.
   */
  public void resize(int minIdle, int max) {
    spec.minIdle(minIdle).max(max); // refuses what the spec refuses
    exchange.resize(minIdle, max);
  }

  /**
   * Makes objects with another manager from now on. Those of the old one are destroyed by it: idle
   * ones now, lent ones when they come back.
   *
   * @return completed when the last object of the old manager is gone. A creation that it has under
   *     way is interrupted; what it returns all the same is destroyed before, if it comes within
   *     {@link PoolSpec#createTimeout}
   * @throws PoolClosedException if the pool is closed
   */
  public CompletableFuture<Void> replaceManager(ConnectionManager<T> manager) {
    return exchange.replace(Objects.requireNonNull(manager, "manager"));
  }

  /** All figures of one moment. */
  public PoolSnapshot snapshot() {
    return exchange.snapshot();
  }

  /** Who has an object now, longest first. */
  public List<Loan> loans() {
    return exchange.loans();
  }

  /**
   * Ends the pool: who waits is told, idle objects are destroyed now, lent ones when they come back
   * or when the grace is over, then under their borrowers' hands. Calling it again can only shorten
   * the grace. It ends whatever the manager does: a destruction that hangs is abandoned.
   *
   * @return completed when the last object is gone. A creation under way is interrupted and waited
   *     for, {@link PoolSpec#createTimeout} at most
   */
  public CompletableFuture<ShutdownReport> shutdown(Duration grace) {
    if (grace.isNegative()) {
      throw new IllegalArgumentException("a grace is not negative: grace=" + grace);
    }
    return exchange.shutdown(PoolSpec.nanos(grace));
  }

  /**
   * {@link #shutdown} with {@link PoolSpec#closeGrace}, and waits for it. An interrupt ends the
   * grace at once and stays set.
   */
  @Override
  public void close() {
    CompletableFuture<ShutdownReport> report = shutdown(spec.closeGrace());
    try {
      var _ = report.get();
    } catch (InterruptedException e) {
      var _ = shutdown(Duration.ZERO).join();
      Thread.currentThread().interrupt();
    } catch (ExecutionException impossible) {
      throw new CompletionException(impossible);
    }
  }

  private static long waitNanos(Duration timeout) {
    if (!timeout.isPositive()) {
      throw new IllegalArgumentException(
          "not allowed for borrowing: timeout=%s; use more than zero".formatted(timeout));
    }
    return PoolSpec.nanos(timeout);
  }
}
