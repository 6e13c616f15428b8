package dev.holdfast.benchmarks;

import dev.holdfast.resource.guard.CleanupOutcome;
import dev.holdfast.resource.guard.LeakDetection;
import dev.holdfast.resource.guard.RegistrySpec;
import dev.holdfast.resource.guard.ResourceGuard;
import dev.holdfast.resource.guard.ResourceRegistry;
import java.lang.ref.Cleaner;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
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
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a guard cost the one who opens and closes it, and how long is it from the close until
 * the resource is cleaned up?
 *
 * <p>Peers: a {@link Cleaner} with a set of what is open, which cleans up on the caller's thread;
 * and a task handed to a virtual thread and waited for.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class GuardBenchmark {
  private static final int BURST = 1_000;
  private static final Cleaner CLEANER = Cleaner.create();

  /** How much is noted about each guard. */
  @Param({"COUNT", "SAMPLED", "FULL"})
  public LeakDetection leaks = LeakDetection.COUNT;

  private final AtomicLong cleaned = new AtomicLong();
  private final Set<Object> open = ConcurrentHashMap.newKeySet();
  private final ExecutorService virtualThreads = Executors.newVirtualThreadPerTaskExecutor();
  private ResourceRegistry registry = ResourceRegistry.open(RegistrySpec.named("unused"));
  private long closed;

  /** Opens the registry. */
  @Setup
  public void open() {
    registry.close();
    registry = ResourceRegistry.open(RegistrySpec.named("benchmark").leakDetection(leaks));
  }

  /** Waits until the burst before is cleaned up, so that none waits behind another's. */
  @Setup(Level.Invocation)
  public void awaitQuiet() {
    while (cleaned.get() < closed) {
      LockSupport.parkNanos(10_000);
    }
  }

  /** Opening and closing a guard in a burst: what the caller pays. */
  @Benchmark
  @OperationsPerInvocation(BURST)
  public long openClose() {
    for (int i = 0; i < BURST; i++) {
      try (ResourceGuard<AtomicLong> guard =
          registry.guard("counter", cleaned, AtomicLong::incrementAndGet)) {
        closed += guard.name().isEmpty() ? 0 : 1;
      }
    }
    return closed;
  }

  /** From the close until it is known that the resource is cleaned up. */
  @Benchmark
  public CleanupOutcome closeDone() {
    return registry.guard("counter", "", text -> {}).closeAsync().join();
  }

  /** Registering with a Cleaner and a set, and cleaning up by hand, on the same thread. */
  @Benchmark
  @OperationsPerInvocation(BURST)
  public long bareCleanerOpenClose() {
    for (int i = 0; i < BURST; i++) {
      Object resource = new Object();
      open.add(resource);
      CLEANER
          .register(
              resource,
              () -> {
                cleaned.incrementAndGet();
                closed++;
              })
          .clean();
      open.remove(resource);
    }
    return closed;
  }

  /** A task on a virtual thread of its own, waited for. */
  @Benchmark
  public Object bareThreadCloseDone() throws ExecutionException, InterruptedException {
    return virtualThreads.submit(() -> "done").get();
  }

  /** Leaves nothing. */
  @TearDown
  public void close() {
    registry.close();
    virtualThreads.close();
  }
}
