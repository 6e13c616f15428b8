package dev.holdfast.cli;

import dev.holdfast.region.RegionId;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceEvent;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code holdfast events}: what happened in a space lately. */
@Command(
    name = "events",
    description = {
      "Prints what happened in a space lately, oldest first.",
      "With --json each event is one line."
    },
    footerHeading = "%nExample:%n",
    footer = {
      "  holdfast events --follow",
      "  holdfast events --json | jq 'select(.kind==\"created\")'"
    })
final class EventsCommand extends SpaceCommand {
  private static final long POLL_MILLIS = 200;

  @Option(names = "--follow", description = "Go on with what happens from now on, until ended.")
  private boolean follow;

  @Override
  public Integer call() {
    try (Space space = openExisting()) {
      long shown = show(space, 0);
      while (follow && pause()) {
        shown = show(space, shown);
      }
    }
    return ExitCode.DONE;
  }

  /** Prints the events after that sequence; returns the last one's. */
  private long show(Space space, long after) {
    long last = after;
    for (SpaceEvent event : space.events()) {
      if (event.sequence() > after) {
        print(json() ? Json.line(toJson(event)) : line(event));
        last = event.sequence();
      }
    }
    console().out().flush();
    return last;
  }

  /** Between two looks; false when told to end. */
  private static boolean pause() {
    try {
      Thread.sleep(POLL_MILLIS);
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  private static String line(SpaceEvent event) {
    String region = event.region().map(RegionId::toString).orElse("");
    return "%s  %-16s  %s"
        .formatted(
            Show.time(event.at()),
            Show.constant(event.kind()),
            "pid %d  %s  %s"
                .formatted(event.pid(), region, event.text() + value(event))
                .replaceAll(" {3,}", "  "))
        .stripTrailing();
  }

  private static String value(SpaceEvent event) {
    return switch (event.kind()) {
      case CREATED, RECLAIMED, UNDONE, LEFTOVER_REMOVED -> " (" + Show.bytes(event.value()) + ")";
      case RETIRED, FORCED -> " (" + Show.count(event.value(), "holder") + ")";
      case RECOVERED -> " (" + Show.count(event.value(), "hold") + " dropped)";
      case REPAIRED -> Show.count(event.value(), "place");
      case OWNER_DIED -> event.value() == 1 ? " (retired)" : " (reset)";
      case LOCK_OWNER_DIED, DEADLOCK_BROKEN -> " (lock %d)".formatted(event.value());
      case JOINED, LEFT, LIMITS_CHANGED -> "";
    };
  }

  private static Map<String, @Nullable Object> toJson(SpaceEvent event) {
    return Json.object(
        "sequence", event.sequence(),
        "at", event.at().toString(),
        "kind", Show.constant(event.kind()),
        "pid", event.pid(),
        "actor", event.actor(),
        "region", event.region().map(RegionId::toString).orElse(null),
        "value", event.value(),
        "text", event.text());
  }
}
