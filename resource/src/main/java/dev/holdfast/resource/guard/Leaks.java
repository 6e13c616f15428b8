package dev.holdfast.resource.guard;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Lost guards, those of one origin counted together; a bounded number of origins. */
final class Leaks {
  private static final int ORIGINS_MAX = 1_000;
  private static final String OTHERS = "(others)";

  private record Origin(String name, List<StackTraceElement> frames) {}

  private record Found(@Nullable Trace registered, LongAdder count) {}

  private final LeakDetection detection;
  private final LongAdder total = new LongAdder();
  private final ConcurrentHashMap<Origin, Found> origins = new ConcurrentHashMap<>();

  Leaks(LeakDetection detection) {
    this.detection = detection;
  }

  void note(Entry<?> entry) {
    if (detection == LeakDetection.OFF) {
      return;
    }
    total.increment();
    Trace trace = entry.registered;
    Origin origin = new Origin(entry.name, trace == null ? List.of() : frames(trace));
    if (origins.size() >= ORIGINS_MAX && !origins.containsKey(origin)) {
      origin = new Origin(OTHERS, List.of());
      trace = null;
    }
    Found fresh = new Found(trace, new LongAdder());
    Found present = origins.putIfAbsent(origin, fresh);
    (present == null ? fresh : present).count.increment();
  }

  private static List<StackTraceElement> frames(Trace trace) {
    return Arrays.asList(trace.getStackTrace());
  }

  long count() {
    return total.sum();
  }

  List<LeakReport> reports() {
    return origins.entrySet().stream()
        .map(found ->
            new LeakReport(
                found.getKey().name,
                found.getValue().count.sum(),
                Optional.ofNullable(found.getValue().registered)))
        .toList();
  }
}
