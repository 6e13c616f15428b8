package dev.holdfast.benchmarks;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How many loans a second do 1,000 virtual threads get through that hold each object for 200 µs,
 * and how evenly are they served: over 64 objects, where they wait in line, and over 1,000, where
 * nobody has to?
 *
 * <p>After the trial a line tells what the throughput hides: the longest wait, the ideal one (what
 * each would wait if all waited alike at that throughput), their ratio, and Jain's index of the
 * borrowers' loans per second, both of the worst run after the first.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PoolCrowdBenchmark {
  private static final int BORROWERS = 1_000;
  private static final int EACH = 100;
  private static final long HOLD_NANOS = 200_000;

  /** How many objects there are. */
  @Param({"64", "1000"})
  public int objects;

  private String lender = "";
  private PoolPeers.@Nullable Peer peer;
  private int runs;
  private double worstRatio;
  private long worstWaitNanos;
  private double idealNanosOfWorst;
  private double leastJain = 1;

  /** Opens a pool. */
  private interface Opening {
    PoolPeers.Peer open() throws Exception;
  }

  /** What a borrower saw. */
  private record Seen(long longestWaitNanos, double loansPerNano) {}

  private void crowd(String name, Opening opening) throws Exception {
    PoolPeers.Peer pool = peer;
    if (pool == null) {
      lender = name;
      pool = opening.open();
      peer = pool;
    }
    crowd(pool);
  }

  private void crowd(PoolPeers.Peer pool) throws Exception {
    CountDownLatch allThere = new CountDownLatch(BORROWERS);
    List<Future<Seen>> borrowers = new ArrayList<>();
    long before = System.nanoTime();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < BORROWERS; i++) {
        borrowers.add(threads.submit(() -> borrow(pool, allThere)));
      }
      for (Future<Seen> borrower : borrowers) {
        borrower.get();
      }
    }
    note(borrowers, System.nanoTime() - before);
  }

  private static Seen borrow(PoolPeers.Peer pool, CountDownLatch allThere) throws Exception {
    allThere.countDown();
    allThere.await();
    long longest = 0;
    long began = System.nanoTime();
    for (int i = 0; i < EACH; i++) {
      long asked = System.nanoTime();
      Object lent = pool.acquire();
      longest = Math.max(longest, System.nanoTime() - asked);
      LockSupport.parkNanos(HOLD_NANOS);
      pool.release(lent);
    }
    return new Seen(longest, (double) EACH / (System.nanoTime() - began));
  }

  private void note(List<Future<Seen>> borrowers, long elapsedNanos) throws Exception {
    if (runs++ == 0) {
      return; // cold
    }
    long longest = 0;
    double[] rates = new double[BORROWERS];
    for (int i = 0; i < BORROWERS; i++) {
      Seen seen = borrowers.get(i).get();
      longest = Math.max(longest, seen.longestWaitNanos);
      rates[i] = seen.loansPerNano;
    }
    double ideal = Math.max(1, (double) elapsedNanos / EACH - HOLD_NANOS);
    if (longest / ideal > worstRatio) {
      worstRatio = longest / ideal;
      worstWaitNanos = longest;
      idealNanosOfWorst = ideal;
    }
    double sum = Arrays.stream(rates).sum();
    double squares = Arrays.stream(rates).map(rate -> rate * rate).sum();
    leastJain = Math.min(leastJain, sum * sum / (BORROWERS * squares));
  }

  /** Says how even it was. */
  @TearDown(Level.Trial)
  public void end() throws Exception {
    System.out.printf(
        "%nfairness: pool=%s, objects=%d, longestMillis=%.1f, idealMillis=%.1f, ratio=%.1f, jain=%.4f%n",
        lender, objects, worstWaitNanos / 1e6, idealNanosOfWorst / 1e6, worstRatio, leastJain);
    requireNonNull(peer).end();
  }

  /** This project's. */
  @Benchmark
  @OperationsPerInvocation(BORROWERS * EACH)
  public void crowd() throws Exception {
    crowd("holdfast", () -> new PoolPeers.Holdfast(objects));
  }

  /** Commons Pool. */
  @Benchmark
  @OperationsPerInvocation(BORROWERS * EACH)
  public void bareCommonsPool() throws Exception {
    crowd("commons-pool2 fair", () -> new PoolPeers.CommonsPool(objects));
  }

  /** HikariCP. */
  @Benchmark
  @OperationsPerInvocation(BORROWERS * EACH)
  public void bareHikari() throws Exception {
    crowd("HikariCP", () -> new PoolPeers.Hikari(objects));
  }

  /** Stormpot. */
  @Benchmark
  @OperationsPerInvocation(BORROWERS * EACH)
  public void bareStormpot() throws Exception {
    crowd("Stormpot", () -> new PoolPeers.Stormpot(objects));
  }

  /** Semaphore and deque. */
  @Benchmark
  @OperationsPerInvocation(BORROWERS * EACH)
  public void bareSemaphore() throws Exception {
    crowd("fair semaphore + deque", () -> new PoolPeers.FairSemaphore(objects));
  }
}
