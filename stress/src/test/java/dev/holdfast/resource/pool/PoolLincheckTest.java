package dev.holdfast.resource.pool;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.junit.jupiter.api.Test;

/**
 * The hand-over of a pool's objects, as production code without threads of its own: every
 * interleaving of borrowing, giving back, looking and giving up that Lincheck tries must look like
 * one after the other, first come, first served. A pool whose check and enqueueing are two steps
 * must be found, or finding nothing would prove nothing.
 */
@SuppressWarnings({"NullAway", "FutureReturnValueIgnored"}) // slots of an array that start empty
class PoolLincheckTest {
  private static final boolean LONG = Boolean.getBoolean("holdfast.long");
  private static final int BORROWERS = 5; // Lincheck counts its threads from 0, the first apart

  /** A pool of one object that exists already, and one place for each borrower. */
  @Param(name = "borrower", gen = ThreadIdGen.class)
  public static class OneObject {
    private final ObjectPool<Object> pool =
        new ObjectPool<>(new Objects(), PoolSpec.named("one").max(1), new SameThread());
    private final CompletableFuture<Pooled<Object>>[] futures = futures();

    /** The object is made before anything is tried. */
    public OneObject() {
      pool.acquireAsync().join().close();
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static CompletableFuture<Pooled<Object>>[] futures() {
      return new CompletableFuture[BORROWERS];
    }

    /** Joins the line; whether it was not in it. What it gets is seen by {@link #has}. */
    @Operation
    public boolean borrow(@Param(name = "borrower") int borrower) {
      boolean joins = futures[borrower] == null;
      if (joins) {
        futures[borrower] = pool.acquireAsync();
      }
      return joins;
    }

    /** Whether it has an object by now. */
    @Operation
    public boolean has(@Param(name = "borrower") int borrower) {
      return futures[borrower] != null && futures[borrower].isDone();
    }

    /** Gives back what it has, or its place in line; whether it had an object. */
    @Operation
    public boolean giveUp(@Param(name = "borrower") int borrower) {
      CompletableFuture<Pooled<Object>> future = futures[borrower];
      futures[borrower] = null;
      if (future == null || future.cancel(false)) {
        return false;
      }
      future.join().close();
      return true;
    }
  }

  /** What it must look like from outside. */
  public static class Line {
    private final Deque<Integer> line = new ArrayDeque<>(); // the first has the object

    /** Joins the line. */
    public boolean borrow(int borrower) {
      return !line.contains(borrower) && line.add(borrower);
    }

    /** Whether it is the first. */
    public boolean has(int borrower) {
      return !line.isEmpty() && line.getFirst() == borrower;
    }

    /** Leaves the line. */
    public boolean giveUp(int borrower) {
      boolean had = has(borrower);
      line.remove(borrower);
      return had;
    }
  }

  /** Wrong: looks whether an object is idle, and joins the line afterwards. */
  @Param(name = "borrower", gen = ThreadIdGen.class)
  public static class TwoSteps {
    private final Deque<Object> idle = new ConcurrentLinkedDeque<>();
    private final Queue<CompletableFuture<Object>> line = new ConcurrentLinkedQueue<>();
    private final CompletableFuture<Object>[] futures = futures();

    /** One object lies idle. */
    public TwoSteps() {
      idle.add(new Object());
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static CompletableFuture<Object>[] futures() {
      return new CompletableFuture[BORROWERS];
    }

    /** As {@link OneObject#borrow}. */
    @Operation
    public boolean borrow(@Param(name = "borrower") int borrower) {
      boolean joins = futures[borrower] == null;
      if (joins) {
        Object object = idle.poll();
        futures[borrower] =
            object != null ? CompletableFuture.completedFuture(object) : new CompletableFuture<>();
        if (object == null) {
          line.add(futures[borrower]);
        }
      }
      return joins;
    }

    /** As {@link OneObject#has}. */
    @Operation
    public boolean has(@Param(name = "borrower") int borrower) {
      return futures[borrower] != null && futures[borrower].isDone();
    }

    /** As {@link OneObject#giveUp}. */
    @Operation
    public boolean giveUp(@Param(name = "borrower") int borrower) {
      CompletableFuture<Object> future = futures[borrower];
      futures[borrower] = null;
      if (future == null || future.cancel(false)) {
        return false;
      }
      pass(future.join());
      return true;
    }

    private void pass(Object object) {
      CompletableFuture<Object> next = line.poll();
      while (next != null && !next.complete(object)) {
        next = line.poll();
      }
      if (next == null) {
        idle.add(object);
      }
    }
  }

  /** Makes plain objects. */
  private static final class Objects implements ConnectionManager<Object> {
    @Override
    public Object create() {
      return new Object();
    }

    @Override
    public void destroy(Object object) {}
  }

  /** Time stands still, and whoever starts a task runs it. */
  private static final class SameThread implements PoolEnvironment {
    @Override
    public long nanoTime() {
      return 0;
    }

    @Override
    public void start(Runnable task) {
      task.run();
    }

    @Override
    public Timer after(long nanos, Runnable step) {
      return () -> {};
    }

    @Override
    public void surelyAfter(long nanos, Runnable step) {}

    @Override
    public double random() {
      return 0;
    }

    @Override
    public void stop() {}
  }

  @Test
  void handOver_everyInterleavingTried_isFirstComeFirstServed() {
    bounded(modelChecking(), 4, 40).sequentialSpecification(Line.class).check(OneObject.class);
  }

  @Test
  void handOver_realThreads_isFirstComeFirstServed() {
    bounded(new StressOptions(), 3, 200).sequentialSpecification(Line.class).check(OneObject.class);
  }

  @Test
  void handOver_checkAndEnqueueInTwoSteps_isFound() throws NoSuchMethodException {
    ExecutionScenario givesBackWhileOneComes =
        new ExecutionScenario(
            List.of(),
            List.of(List.of(actor("borrow", 0), actor("giveUp", 0)), List.of(actor("borrow", 1))),
            List.of(actor("has", 1)),
            null);
    ModelCheckingOptions options =
        modelChecking()
            .addCustomScenario(givesBackWhileOneComes)
            .iterations(0)
            .invocationsPerIteration(5_000)
            .sequentialSpecification(Line.class)
            .minimizeFailedScenario(false);

    assertThatThrownBy(() -> options.check(TwoSteps.class))
        .isInstanceOf(LincheckAssertionError.class);
  }

  private static Actor actor(String operation, int borrower) throws NoSuchMethodException {
    return new Actor(
        TwoSteps.class.getMethod(operation, int.class),
        List.of(borrower),
        false,
        false,
        false,
        false,
        false);
  }

  /** What only counts and reports is one step: nothing depends on where it is interrupted. */
  private static ModelCheckingOptions modelChecking() {
    ModelCheckingOptions options =
        new ModelCheckingOptions()
            .addGuarantee(
                forClasses(
                        Tally.class.getName(),
                        PoolEvents.class.getName(),
                        WaitHistogram.Recorder.class.getName())
                    .allMethods()
                    .ignore());
    return options;
  }

  private static <T extends Options<T, ?>> T bounded(T options, int scenarios, int invocations) {
    return options
        .threads(3)
        .actorsBefore(1)
        .actorsPerThread(LONG ? 3 : 2)
        .actorsAfter(1)
        .iterations(scenarios * (LONG ? 5 : 1))
        .invocationsPerIteration(invocations * (LONG ? 20 : 1));
  }
}
