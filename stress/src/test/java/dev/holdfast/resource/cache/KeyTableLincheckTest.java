package dev.holdfast.resource.cache;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/**
 * The table of entries must be a set of keys, whoever looks while it changes and grows, in every
 * interleaving that Lincheck tries. A look that is not repeated must be found out, or finding
 * nothing would prove nothing.
 */
class KeyTableLincheckTest {
  private static final boolean LONG = Boolean.getBoolean("holdfast.long");

  /** What a shard does with the table, with keys of which all stand in one bucket at first. */
  @Param(name = "key", gen = IntGen.class, conf = "1:4")
  public static class Table {
    private static final int BUCKETS = 16;
    private static final int KEYS = 3;

    private final ReentrantLock lock = new ReentrantLock();
    private final KeyTable<Integer, String> table = new KeyTable<>(1);
    private final Shard<Integer, String> shard =
        new Shard<>(0, table, EvictionPolicies.fifo().create(100), 100, 0);

    /** With some keys in it, so that there is a chain to walk along. */
    public Table() {
      for (int key = 1; key <= KEYS; key++) {
        add(key);
      }
    }

    /** Whether the key is there. */
    @Operation
    public boolean find(@Param(name = "key") int key) {
      boolean found = table.look(key, hash(key)) != null;
      return found || looksAgain(table, key, hash(key), lock);
    }

    boolean looksAgain(KeyTable<Integer, String> in, int key, int hash, Lock ofShard) {
      return in.lookAgain(key, hash, ofShard) != null;
    }

    /** Adds the key; whether it was absent. */
    @Operation
    public boolean add(@Param(name = "key") int key) {
      lock.lock();
      try {
        boolean absent = table.find(key, hash(key)) == null;
        if (absent) {
          table.add(new Entry<>(key, "value", hash(key), 1, shard));
        }
        return absent;
      } finally {
        lock.unlock();
      }
    }

    /** Takes the key out; whether it was there. */
    @Operation
    public boolean remove(@Param(name = "key") int key) {
      lock.lock();
      try {
        Entry<Integer, String> entry = table.find(key, hash(key));
        if (entry != null) {
          table.remove(entry);
        }
        return entry != null;
      } finally {
        lock.unlock();
      }
    }

    /** Makes room. */
    @Operation
    public void grow() {
      lock.lock();
      try {
        table.grow(table.larger());
      } finally {
        lock.unlock();
      }
    }

    /** How many there are; moves all that has not moved yet, so that the growth ends. */
    @Operation
    public int size() {
      lock.lock();
      try {
        return table.allOf(0).size();
      } finally {
        lock.unlock();
      }
    }

    private static int hash(int key) {
      return key * BUCKETS;
    }
  }

  /** Wrong: entries may move to another chain while it walks. */
  public static final class LooksOnce extends Table {
    @Override
    boolean looksAgain(KeyTable<Integer, String> in, int key, int hash, Lock ofShard) {
      return false;
    }
  }

  /** A set. */
  public static final class AsSet {
    private final Set<Integer> keys = new HashSet<>(Set.of(1, 2, 3));

    /** Whether the key is there. */
    public boolean find(int key) {
      return keys.contains(key);
    }

    /** Adds the key; whether it was absent. */
    public boolean add(int key) {
      return keys.add(key);
    }

    /** Takes the key out; whether it was there. */
    public boolean remove(int key) {
      return keys.remove(key);
    }

    /** How many there are. */
    public int size() {
      return keys.size();
    }

    /** Nothing that a set would show. */
    public void grow() {
      // its size is its own affair
    }
  }

  @Test
  void table_everyInterleavingTried_isASet() {
    bounded(20, 200).check(Table.class);
  }

  @Test
  void table_looksOnce_isFound() {
    ModelCheckingOptions options = bounded(100, 200).minimizeFailedScenario(false);

    assertThatThrownBy(() -> options.check(LooksOnce.class))
        .isInstanceOf(LincheckAssertionError.class);
  }

  private static ModelCheckingOptions bounded(int scenarios, int invocations) {
    return new ModelCheckingOptions()
        .sequentialSpecification(AsSet.class)
        .threads(2)
        .actorsBefore(0)
        .actorsPerThread(LONG ? 3 : 2)
        .actorsAfter(1)
        .iterations(scenarios * (LONG ? 5 : 1))
        .invocationsPerIteration(invocations * (LONG ? 20 : 1))
        .loopBound(1_000); // a walk over all buckets is none
  }
}
