package dev.holdfast.benchmarks;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does it cost to borrow an object that lies idle and to give it back, with one borrower and
 * with two at a time?
 *
 * <p>Peers: Commons Pool with its fair lock, HikariCP over a driver that does nothing, Stormpot,
 * whose way past everybody else {@link PoolCrowdBenchmark} shows the price of, and the least that a
 * fair pool needs, a semaphore and a deque.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class PoolBenchmark {
  private static final int OBJECTS = 8;

  /** This project's. */
  @State(Scope.Benchmark)
  public static class OfHoldfast extends Lender {
    @Override
    PoolPeers.Peer open() throws InterruptedException {
      return new PoolPeers.Holdfast(OBJECTS);
    }
  }

  /** Commons Pool. */
  @State(Scope.Benchmark)
  public static class OfCommonsPool extends Lender {
    @Override
    PoolPeers.Peer open() throws Exception {
      return new PoolPeers.CommonsPool(OBJECTS);
    }
  }

  /** HikariCP. */
  @State(Scope.Benchmark)
  public static class OfHikari extends Lender {
    @Override
    PoolPeers.Peer open() {
      return new PoolPeers.Hikari(OBJECTS);
    }
  }

  /** Stormpot. */
  @State(Scope.Benchmark)
  public static class OfStormpot extends Lender {
    @Override
    PoolPeers.Peer open() {
      return new PoolPeers.Stormpot(OBJECTS);
    }
  }

  /** Semaphore and deque. */
  @State(Scope.Benchmark)
  public static class OfSemaphore extends Lender {
    @Override
    PoolPeers.Peer open() {
      return new PoolPeers.FairSemaphore(OBJECTS);
    }
  }

  /** A pool for the time of a trial. */
  public abstract static class Lender {
    private PoolPeers.@Nullable Peer peer;

    abstract PoolPeers.Peer open() throws Exception;

    /** Opens it. */
    @Setup(Level.Trial)
    public void begin() throws Exception {
      peer = open();
    }

    /** Closes it. */
    @TearDown(Level.Trial)
    public void end() throws Exception {
      requireNonNull(peer).end();
    }

    Object cycle() throws Exception {
      PoolPeers.Peer opened = requireNonNull(peer);
      Object lent = opened.acquire();
      opened.release(lent);
      return lent;
    }
  }

  /** One borrower. */
  @Benchmark
  @Threads(1)
  public Object alone(OfHoldfast pool) throws Exception {
    return pool.cycle();
  }

  /** One borrower, Commons Pool. */
  @Benchmark
  @Threads(1)
  public Object bareCommonsPoolAlone(OfCommonsPool pool) throws Exception {
    return pool.cycle();
  }

  /** One borrower, HikariCP. */
  @Benchmark
  @Threads(1)
  public Object bareHikariAlone(OfHikari pool) throws Exception {
    return pool.cycle();
  }

  /** One borrower, Stormpot. */
  @Benchmark
  @Threads(1)
  public Object bareStormpotAlone(OfStormpot pool) throws Exception {
    return pool.cycle();
  }

  /** One borrower, semaphore and deque. */
  @Benchmark
  @Threads(1)
  public Object bareSemaphoreAlone(OfSemaphore pool) throws Exception {
    return pool.cycle();
  }

  /** Two borrowers. */
  @Benchmark
  @Threads(2)
  public Object both(OfHoldfast pool) throws Exception {
    return pool.cycle();
  }

  /** Two borrowers, Commons Pool. */
  @Benchmark
  @Threads(2)
  public Object bareCommonsPoolBoth(OfCommonsPool pool) throws Exception {
    return pool.cycle();
  }

  /** Two borrowers, HikariCP. */
  @Benchmark
  @Threads(2)
  public Object bareHikariBoth(OfHikari pool) throws Exception {
    return pool.cycle();
  }

  /** Two borrowers, Stormpot. */
  @Benchmark
  @Threads(2)
  public Object bareStormpotBoth(OfStormpot pool) throws Exception {
    return pool.cycle();
  }

  /** Two borrowers, semaphore and deque. */
  @Benchmark
  @Threads(2)
  public Object bareSemaphoreBoth(OfSemaphore pool) throws Exception {
    return pool.cycle();
  }
}
