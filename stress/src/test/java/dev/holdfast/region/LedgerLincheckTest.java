package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import dev.holdfast.region.TwoMembers.Side;
import dev.holdfast.testkit.HeapWords;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/**
 * The hold ledger, the state word and what reclaims a region, as production code over an array:
 * every interleaving that Lincheck tries must look like one operation after the other. Wrong
 * variants must be found, or finding nothing would prove nothing.
 */
class LedgerLincheckTest {
  private static final int LOOP_MAX = 200; // the longest looks at each participant once
  private static final boolean LONG = Boolean.getBoolean("holdfast.long");

  /** A region that stays until somebody retires it; a sweep may look at it at any time. */
  public static final class ManualRegion extends HoldOperations {
    /** A LIVE region that nobody holds. */
    public ManualRegion() {
      super(RegionPolicy.manual());
    }

    /** Looks whether the region is due. */
    @Operation
    public void reclaimSecond() {
      sweepSecond();
    }
  }

  /** A region that the last release reclaims while others try to hold it. */
  public static final class CountedRegion extends HoldOperations {
    /** A LIVE region that nobody holds. */
    public CountedRegion() {
      super(RegionPolicy.referenceCounted());
    }
  }

  /** Wrong: looks at the state first and sets its bit afterwards. */
  public static final class BitAfterState extends HoldOperations {
    /** A LIVE region that nobody holds. */
    public BitAfterState() {
      super(RegionPolicy.manual());
    }

    @Override
    boolean takeHold(Side side) {
      long word = side.member.table.rawState(TwoMembers.REGION.slot());
      if (!StateWord.isHoldable(word, TwoMembers.REGION.generation())) {
        return false;
      }
      side.holds.adopt(TwoMembers.REGION);
      return true;
    }
  }

  @Test
  void manualRegion_everyInterleavingTried_isLinearizable() {
    bounded(modelChecking(), 4, 30)
        .sequentialSpecification(HoldSpecification.OfManualRegion.class)
        .check(ManualRegion.class);
  }

  @Test
  void countedRegion_everyInterleavingTried_isLinearizable() {
    bounded(modelChecking(), 4, 30)
        .sequentialSpecification(HoldSpecification.OfCountedRegion.class)
        .check(CountedRegion.class);
  }

  @Test
  void manualRegion_realThreads_isLinearizable() {
    bounded(new StressOptions(), 3, 100)
        .sequentialSpecification(HoldSpecification.OfManualRegion.class)
        .check(ManualRegion.class);
  }

  @Test
  void countedRegion_realThreads_isLinearizable() {
    bounded(new StressOptions(), 3, 100)
        .sequentialSpecification(HoldSpecification.OfCountedRegion.class)
        .check(CountedRegion.class);
  }

  @Test
  void hold_bitSetAfterStateWasRead_isFound() {
    ModelCheckingOptions options =
        modelChecking()
            .sequentialSpecification(HoldSpecification.OfManualRegion.class)
            .threads(2)
            .actorsBefore(0)
            .actorsPerThread(1)
            .actorsAfter(0)
            .iterations(50)
            .invocationsPerIteration(50)
            .minimizeFailedScenario(false);

    assertThatThrownBy(() -> options.check(BitAfterState.class))
        .isInstanceOf(LincheckAssertionError.class)
        .hasMessageContaining("held without bytes");
  }

  /**
   * Threads change places at every access to a shared word or a lock; not inside a call of the
   * simulated kernel, a copy of bytes, or the recording of an event, on which nothing depends.
   */
  private static ModelCheckingOptions modelChecking() {
    ModelCheckingOptions options =
        new ModelCheckingOptions()
            .loopBound(LOOP_MAX)
            .addGuarantee(forClasses("dev.holdfast.testkit.FakePlatform").allMethods().ignore())
            .addGuarantee(
                forClasses(HeapWords.class.getName()).methods("getBytes", "setBytes").ignore())
            .addGuarantee(forClasses(EventLog.class.getName()).methods("record").ignore());
    return options;
  }

  private static <T extends Options<T, ?>> T bounded(T options, int scenarios, int invocations) {
    return options
        .threads(2)
        .actorsBefore(1)
        .actorsPerThread(LONG ? 3 : 2)
        .actorsAfter(LONG ? 1 : 0)
        .iterations(scenarios * (LONG ? 5 : 1))
        .invocationsPerIteration(invocations * (LONG ? 20 : 1));
  }
}
