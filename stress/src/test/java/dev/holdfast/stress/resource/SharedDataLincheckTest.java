package dev.holdfast.stress.resource;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import dev.holdfast.resource.data.Lease;
import dev.holdfast.resource.data.SharedData;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Reads, updates, leases and changes in place of one shared value: every interleaving that Lincheck
 * tries must look like one operation after the other, and no reader may see a change half done. A
 * wrong variant must be found, or finding nothing would prove nothing.
 */
class SharedDataLincheckTest {
  private static final boolean LONG = Boolean.getBoolean("holdfast.long");
  private static final long TORN = -1;

  /** A pair whose halves are equal whenever nobody changes it. */
  public static class Pair {
    final SharedData<long[]> data = SharedData.of(new long[2], long[]::clone);
    private final AtomicReference<@Nullable Lease<long[]>> kept = new AtomicReference<>();

    /** The value, as a reader sees it who may keep it. */
    @Operation
    public long get() {
      return whole(data.get());
    }

    /** The value, as a reader sees it who gives it back. */
    @Operation
    public long leased() {
      try (Lease<long[]> lease = data.lease()) {
        return whole(lease.value());
      }
    }

    /** Keeps a lease, so that nothing is changed in place. */
    @Operation
    public void keep() {
      giveBack(kept.getAndSet(data.lease()));
    }

    /** Gives that lease back. */
    @Operation
    public void giveBack() {
      giveBack(kept.getAndSet(null));
    }

    private static void giveBack(@Nullable Lease<long[]> lease) {
      if (lease != null) {
        lease.close();
      }
    }

    /** Replaces the value. */
    @Operation
    public long update() {
      return whole(data.update(pair -> new long[] {pair[0] + 1, pair[1] + 1}));
    }

    /** Changes the value where it stands, or on a copy. */
    @Operation
    public long change() {
      return data.change(Pair::addTen);
    }

    /** The version is the number of changes. */
    @Operation
    public long version() {
      return data.snapshot().version();
    }

    static void addTen(long[] pair) {
      pair[0] += 10;
      pair[1] += 10;
    }

    static long whole(long[] pair) {
      return pair[0] == pair[1] ? pair[0] : TORN;
    }
  }

  /** What it must look like from outside. */
  public static class OneAfterTheOther {
    private long value;
    private long version;

    /** The value. */
    public long get() {
      return value;
    }

    /** The value. */
    public long leased() {
      return value;
    }

    /** Nothing that shows. */
    public void keep() {
      // a lease changes no value
    }

    /** Nothing that shows. */
    public void giveBack() {
      // a lease changes no value
    }

    /** Adds one. */
    public long update() {
      version++;
      return ++value;
    }

    /** Adds ten. */
    public long change() {
      value += 10;
      return ++version;
    }

    /** How often it was changed. */
    public long version() {
      return version;
    }
  }

  /** Wrong: changes in place what a reader was given. */
  public static class ChangesUnderReaders extends Pair {
    @Override
    public long change() {
      addTen(data.get());
      return 0;
    }
  }

  /** What the wrong variant would have to look like. */
  public static class OneAfterTheOtherUncounted extends OneAfterTheOther {
    @Override
    public long change() {
      super.change();
      return 0;
    }
  }

  @Test
  void pair_everyInterleavingTried_isLinearizable() {
    bounded(modelChecking(), 5, 100)
        .sequentialSpecification(OneAfterTheOther.class)
        .check(Pair.class);
  }

  /**
   * One changes a copy as there is a lease, another in place as it was just given back: a version
   * that the first has replaced is not to be changed in place any more.
   */
  @Test
  void change_oneOnACopyAndOneInPlace_nothingIsLost() throws NoSuchMethodException {
    ExecutionScenario bothChange =
        new ExecutionScenario(
            List.of(actor("keep")),
            List.of(List.of(actor("change")), List.of(actor("giveBack"), actor("change"))),
            List.of(actor("leased"), actor("version")),
            null);

    modelChecking()
        .addCustomScenario(bothChange)
        .iterations(0)
        .invocationsPerIteration(5_000)
        .sequentialSpecification(OneAfterTheOther.class)
        .check(Pair.class);
  }

  private static Actor actor(String method) throws NoSuchMethodException {
    return new Actor(Pair.class.getMethod(method), List.of(), false, false, false, false, false);
  }

  @Test
  void pair_realThreads_isLinearizable() {
    bounded(new StressOptions(), 3, 100)
        .sequentialSpecification(OneAfterTheOther.class)
        .check(Pair.class);
  }

  @Test
  void change_underReaders_isFound() {
    ModelCheckingOptions options =
        bounded(modelChecking(), 50, 100)
            .sequentialSpecification(OneAfterTheOtherUncounted.class)
            .minimizeFailedScenario(false);

    assertThatThrownBy(() -> options.check(ChangesUnderReaders.class))
        .isInstanceOf(LincheckAssertionError.class);
  }

  /** Counters and the flight recorder are nothing that a result depends on. */
  private static ModelCheckingOptions modelChecking() {
    return new ModelCheckingOptions()
        .addGuarantee(forClasses("java.util.concurrent.atomic.LongAdder").allMethods().ignore())
        .addGuarantee(forClasses("dev.holdfast.resource.data.ChangeEvent").allMethods().ignore());
  }

  private static <T extends Options<T, ?>> T bounded(T options, int scenarios, int invocations) {
    return options
        .threads(2)
        .actorsBefore(1)
        .actorsPerThread(LONG ? 3 : 2)
        .actorsAfter(1)
        .iterations(scenarios * (LONG ? 10 : 1))
        .invocationsPerIteration(invocations * (LONG ? 20 : 1));
  }
}
