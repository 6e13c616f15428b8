package dev.holdfast.resource.cache.shared;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionResult;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.kotlinx.lincheck.execution.HBClock;
import org.jetbrains.kotlinx.lincheck.execution.ResultWithClock;
import org.jetbrains.kotlinx.lincheck.util.LincheckResult;
import org.jetbrains.kotlinx.lincheck.util.ValueResult;
import org.jetbrains.lincheck.datastructures.verifier.Verifier;
import org.jspecify.annotations.Nullable;

/**
 * Whether what {@link CacheOperations} answered can be explained by one operation after the other
 * on a map that may lose any entry at any time, and may refuse to take one, but then loses what the
 * key had: so each value is that of the key's last put, or nothing. A loss is assumed where it
 * shows; assuming it earlier explains nothing more.
 */
public final class LossyMapVerifier implements Verifier {
  /** An entry; two that were put are never the same. */
  private static final class Entry {
    final int key;
    final int value;

    Entry(int key, int value) {
      this.key = key;
      this.value = value;
    }
  }

  /** As Lincheck makes it; there is no class that says how it must be. */
  public LossyMapVerifier(Class<?> none) {}

  @Override
  public boolean verifyResults(ExecutionScenario scenario, ExecutionResult results) {
    LossyMap map = new LossyMap();
    return map.explainsAll(scenario.getInitExecution(), results.getInitResults())
        && new Search(scenario, results).explains(map, new int[scenario.getNThreads()]);
  }

  /** Every order in which the threads' operations may have come. */
  private record Search(ExecutionScenario scenario, ExecutionResult results) {
    boolean explains(LossyMap map, int[] done) {
      boolean atEnd = true;
      for (int thread = 0; thread < done.length; thread++) {
        List<Actor> actors = scenario.getParallelExecution().get(thread);
        if (done[thread] < actors.size()) {
          atEnd = false;
          if (explainsNextOf(thread, actors.get(done[thread]), map, done)) {
            return true;
          }
        }
      }
      return atEnd && map.copy().explainsAll(scenario.getPostExecution(), results.getPostResults());
    }

    private boolean explainsNextOf(int thread, Actor actor, LossyMap before, int[] done) {
      ResultWithClock result = results.getParallelResultsWithClock().get(thread).get(done[thread]);
      LossyMap map = before.copy();
      if (!mayComeNow(result.getClockOnStart(), done) || !map.explains(actor, result.getResult())) {
        return false;
      }
      int[] after = done.clone();
      after[thread]++;
      return explains(map, after);
    }

    /** Whether all that had ended before it began are done. */
    private static boolean mayComeNow(HBClock onStart, int[] done) {
      for (int thread = 0; thread < done.length; thread++) {
        if (done[thread] < onStart.get(thread)) {
          return false;
        }
      }
      return true;
    }
  }

  private static final class LossyMap {
    private final Map<Integer, Entry> entries = new HashMap<>();
    private final Map<Integer, Entry> picked = new HashMap<>();

    LossyMap copy() {
      LossyMap copy = new LossyMap();
      copy.entries.putAll(entries);
      copy.picked.putAll(picked);
      return copy;
    }

    boolean explainsAll(List<Actor> actors, List<? extends LincheckResult> results) {
      for (int i = 0; i < actors.size(); i++) {
        if (!explains(actors.get(i), results.get(i))) {
          return false;
        }
      }
      return true;
    }

    /** Does the operation, losing what must have been lost; whether it can have had that result. */
    boolean explains(Actor actor, @Nullable LincheckResult result) {
      Object answer = result instanceof ValueResult value ? value.getValue() : null;
      List<Object> arguments = actor.getArguments();
      return switch (actor.getMethod().getName()) {
        case "get" -> get(number(arguments, 1), answer);
        case "put" -> put(number(arguments, 1), number(arguments, 2), answer);
        case "remove" -> remove(number(arguments, 1), answer);
        case "pick" -> pick(number(arguments, 0), number(arguments, 1), answer);
        case "getPicked" -> getPicked(number(arguments, 0), answer);
        default -> true;
      };
    }

    private static int number(List<Object> arguments, int index) {
      return (Integer) arguments.get(index);
    }

    private boolean get(int key, @Nullable Object answer) {
      if (answer == null) {
        entries.remove(key);
        return true;
      }
      Entry entry = entries.get(key);
      return entry != null && Objects.equals(answer, entry.value);
    }

    private boolean put(int key, int value, @Nullable Object answer) {
      entries.remove(key);
      if (Boolean.TRUE.equals(answer)) {
        entries.put(key, new Entry(key, value));
      }
      return answer != null;
    }

    private boolean remove(int key, @Nullable Object answer) {
      boolean was = entries.remove(key) != null;
      return was || Boolean.FALSE.equals(answer);
    }

    private boolean pick(int thread, int key, @Nullable Object answer) {
      picked.remove(thread);
      if (Boolean.FALSE.equals(answer)) {
        entries.remove(key);
        return true;
      }
      Entry entry = entries.get(key);
      if (entry != null) {
        picked.put(thread, entry);
      }
      return entry != null;
    }

    private boolean getPicked(int thread, @Nullable Object answer) {
      Entry entry = picked.get(thread);
      if (entry == null || entries.get(entry.key) != entry) {
        return answer == null;
      }
      if (answer == null) {
        entries.remove(entry.key);
      }
      return answer == null || answer.equals(entry.value);
    }
  }
}
