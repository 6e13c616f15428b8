package dev.holdfast.resource.cache.shared;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import dev.holdfast.testkit.HeapWords;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * A shared cache of two participants in every interleaving that Lincheck tries: one with room for
 * everything must be a map, whose entries have handles; one that is always full, a map that may
 * lose entries. A put in two steps, and a reader that believes what it read without looking again,
 * must be found out, or finding nothing would prove nothing.
 */
class SharedCacheLincheckTest {
  private static final boolean LONG = Boolean.getBoolean("holdfast.long");
  private static final int LOOP_MAX = 400;

  /** Nothing is ever evicted. */
  public static class Roomy extends CacheOperations {
    /** An empty cache. */
    public Roomy() {
      super(12);
    }
  }

  /** Two entries are one too many: every put evicts, and finds slots and blocks just given back. */
  public static class Full extends CacheOperations {
    /** An empty cache. */
    public Full() {
      super(2);
    }
  }

  /** A map. */
  public static final class AsMap {
    /** An entry. */
    private static final class Entry {
      final int value;

      Entry(int value) {
        this.value = value;
      }
    }

    private final Map<Integer, Entry> map = new HashMap<>();
    private final Map<Integer, Map.Entry<Integer, Entry>> picked = new HashMap<>();

    /** The value, if there is one. */
    public @Nullable Integer get(int thread, int key) {
      Entry entry = map.get(key);
      return entry == null ? null : entry.value;
    }

    /** Sets the value. */
    public boolean put(int thread, int key, int value) {
      map.put(key, new Entry(value));
      return true;
    }

    /** Forgets the key. */
    public boolean remove(int thread, int key) {
      return map.remove(key) != null;
    }

    /** Remembers the entry. */
    public boolean pick(int thread, int key) {
      picked.remove(thread);
      Entry entry = map.get(key);
      if (entry != null) {
        picked.put(thread, Map.entry(key, entry));
      }
      return entry != null;
    }

    /** Its value, if the map still has that entry. */
    public @Nullable Integer getPicked(int thread) {
      Map.Entry<Integer, Entry> entry = picked.get(thread);
      if (entry == null || map.get(entry.getKey()) != entry.getValue()) {
        return null;
      }
      return entry.getValue().value;
    }

    /** Does nothing. */
    public void sweep(int thread) {}
  }

  @Test
  void roomy_everyInterleavingTried_isAMap() {
    bounded(modelChecking(), 5, 40).sequentialSpecification(AsMap.class).check(Roomy.class);
  }

  /** The short form leaves it to SharedCacheSimulationTest. */
  @Test
  @EnabledIfSystemProperty(named = "holdfast.long", matches = "true")
  void remove_whileAnotherLooksPutsAndLooks_takesEffectOnce() throws NoSuchMethodException {
    tried(
            5_000,
            List.of(actor("put", 0, 1, 1)),
            List.of(actor("remove", 1, 1)),
            List.of(actor("get", 2, 1), actor("put", 2, 1, 2), actor("get", 2, 1)))
        .sequentialSpecification(AsMap.class)
        .check(Roomy.class);
  }

  /** One scenario, as often as the two threads can get into each other's way. */
  private static ModelCheckingOptions tried(
      int invocations, List<Actor> before, List<Actor> first, List<Actor> second) {
    return modelChecking()
        .addCustomScenario(new ExecutionScenario(before, List.of(first, second), List.of(), null))
        .iterations(0)
        .invocationsPerIteration(invocations)
        .minimizeFailedScenario(false);
  }

  private static Actor actor(String operation, Integer... arguments) throws NoSuchMethodException {
    Class<?>[] types = Collections.nCopies(arguments.length, int.class).toArray(Class<?>[]::new);
    return new Actor(
        CacheOperations.class.getMethod(operation, types),
        List.of(arguments),
        false,
        false,
        false,
        false,
        false);
  }

  @Test
  void roomy_realThreads_isAMap() {
    bounded(new StressOptions(), 3, 200).sequentialSpecification(AsMap.class).check(Roomy.class);
  }

  @Test
  void full_everyInterleavingTried_losesEntriesAndNothingElse() {
    bounded(modelChecking(), 5, 40).verifier(LossyMapVerifier.class).check(Full.class);
  }

  @Test
  void full_realThreads_losesEntriesAndNothingElse() {
    bounded(new StressOptions(), 3, 200).verifier(LossyMapVerifier.class).check(Full.class);
  }

  // ---- as they must not be ---------------------------------------------------------------------

  /** Wrong: takes the old entry away first, so that there is none for a moment. */
  public static final class PutInTwoSteps extends Roomy {
    @Override
    public boolean put(int thread, int key, int value) {
      tableOf(thread).remove(key(key));
      return super.put(thread, key, value);
    }
  }

  /** Wrong: does not look at the slot's word again, whose entry may be another one by now. */
  public static final class ReaderLooksOnce extends Full {
    @Override
    public @Nullable Integer get(int thread, int key) {
      CacheMemory memory = memory();
      Slots slots = new Slots(memory);
      Sets sets = new Sets(memory);
      Blocks blocks = new Blocks(memory, slots);
      byte[] bytes = key(key);
      long hash = KeyHash.of(bytes, memory.hashSeed());
      for (int i = 0; i < CellLayout.CELLS; i++) {
        long cell = sets.cell(sets.at(hash), i);
        int slot = CellLayout.slot(cell);
        if (CellLayout.mayHold(cell, hash)
            && SlotLayout.holds(slots.word(slot), CellLayout.generation(cell))
            && blocks.startsWith(slots.plain(slot, SlotLayout.FIRST_BLOCK), bytes)) {
          long lengths = slots.plain(slot, SlotLayout.LENGTHS);
          long first = slots.plain(slot, SlotLayout.FIRST_BLOCK);
          return decoded(blocks.copy(first, bytes.length, SlotLayout.valueBytes(lengths)));
        }
      }
      return null;
    }
  }

  @Test
  void put_inTwoSteps_isFound() throws NoSuchMethodException {
    ModelCheckingOptions options =
        tried(
                1_000,
                List.of(actor("put", 0, 1, 1)),
                List.of(actor("put", 1, 1, 2)),
                List.of(actor("get", 2, 1)))
            .sequentialSpecification(AsMap.class);

    assertThatThrownBy(() -> options.check(PutInTwoSteps.class))
        .isInstanceOf(LincheckAssertionError.class);
  }

  @Test
  void get_thatLooksOnce_isFound() throws NoSuchMethodException {
    ModelCheckingOptions options =
        tried(
                5_000,
                List.of(actor("put", 0, 1, 1), actor("put", 0, 2, 1)),
                List.of(actor("get", 1, 1)),
                List.of(actor("put", 2, 2, 2), actor("put", 2, 2, 3)))
            .verifier(LossyMapVerifier.class);

    assertThatThrownBy(() -> options.check(ReaderLooksOnce.class))
        .isInstanceOf(LincheckAssertionError.class);
  }

  /**
   * Threads change places at every access to a shared word, and a copy of bytes is one. Nobody
   * waits for anybody: each must come to its end while the other stands still anywhere.
   */
  private static ModelCheckingOptions modelChecking() {
    return new ModelCheckingOptions()
        .loopBound(LOOP_MAX)
        .loopIterationsBeforeThreadSwitch(LOOP_MAX)
        .checkObstructionFreedom(true)
        .addGuarantee(forClasses(HeapWords.class.getName()).allMethods().treatAsAtomic());
  }

  private static <T extends Options<T, ?>> T bounded(T options, int scenarios, int invocations) {
    return options
        .threads(2)
        .actorsBefore(2)
        .actorsPerThread(3)
        .actorsAfter(2)
        .iterations(scenarios * (LONG ? 10 : 1))
        .invocationsPerIteration(invocations * (LONG ? 5 : 1));
  }
}
