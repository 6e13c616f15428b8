package dev.holdfast.resource.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a cache must hold: each value with its end. What the cache is free to decide, evictions, it
 * learns from the removal listener; all that the listener is told must be right, and told once.
 */
final class Oracle implements RemovalListener<Integer, Integer> {
  private static final long SLIDE_STEP_NANOS = 10_000_000L; // finer slides are not noted

  private record Told(Integer key, Integer value, RemovalCause cause) {}

  private static final class Held {
    final int value;
    final long deadline;
    final long idleNanos;
    long end;

    Held(int value, long lifeNanos, long idleNanos, long now) {
      this.value = value;
      this.deadline = now + lifeNanos;
      this.idleNanos = idleNanos;
      end = Math.min(deadline, later(now));
    }

    private long later(long now) {
      return idleNanos == 0 ? deadline : now + idleNanos;
    }

    void use(long now) {
      long later = Math.min(deadline, later(now));
      if (later - end >= SLIDE_STEP_NANOS) {
        end = later;
      }
    }
  }

  private final LongSupplier clock;
  private final Map<Integer, Held> held = new HashMap<>();
  private final List<Told> told = new ArrayList<>();
  private @Nullable Integer incomingKey;
  private @Nullable Held incoming;

  Oracle(LongSupplier clock) {
    this.clock = clock;
  }

  @Override
  public void onRemoval(Integer key, Integer value, RemovalCause cause) {
    told.add(new Told(key, value, cause));
  }

  @Nullable Integer peek(int key) {
    Held present = held.get(key);
    return present == null || present.end <= clock.getAsLong() ? null : (Integer) present.value;
  }

  void use(int key) {
    Held present = held.get(key);
    if (present != null && present.end > clock.getAsLong()) {
      present.use(clock.getAsLong());
    }
  }

  /** The value is about to be put. */
  void expect(int key, int value, long lifeNanos, long idleNanos) {
    incomingKey = key;
    incoming = new Held(value, lifeNanos, idleNanos, clock.getAsLong());
  }

  /** The value that was to be put weighs too much. */
  void expectRejection() {
    incoming = null;
  }

  /** The operation is over: takes what the listener was told, and the value that was put. */
  void settle(boolean maybeRemoved) {
    for (Told each : told) {
      if (each.cause == RemovalCause.EVICTED) {
        takeIncoming();
      }
      Held gone = Objects.requireNonNull(held.remove(each.key), () -> "not there: " + each);
      assertThat(gone.value).as("value: %s", each).isEqualTo(each.value);
      switch (each.cause) {
        case EXPIRED -> assertThat(gone.end).isLessThanOrEqualTo(clock.getAsLong());
        case REPLACED -> assertThat(each.key).isEqualTo(incomingKey);
        case REMOVED -> assertThat(maybeRemoved).as("%s", each).isTrue();
        case EVICTED -> {}
      }
    }
    told.clear();
    takeIncoming();
    incomingKey = null;
  }

  private void takeIncoming() {
    if (incoming != null && incomingKey != null) {
      assertThat(held.put(incomingKey, incoming)).as("replaced untold: %s", incomingKey).isNull();
    }
    incoming = null;
  }

  /** What can be found now. */
  Map<Integer, Integer> present() {
    Map<Integer, Integer> present = new HashMap<>();
    held.keySet()
        .forEach(key -> {
          Integer value = peek(key);
          if (value != null) {
            present.put(key, value);
          }
        });
    return present;
  }

  /** What is there, found or not. */
  int size() {
    return held.size();
  }
}
