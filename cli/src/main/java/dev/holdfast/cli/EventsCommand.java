package dev.holdfast.cli;

import dev.holdfast.region.RegionId;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceEvent;
import dev.holdfast.region.Subscription;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
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
  /** As many as the largest ring of recent events; what a slow reader leaves over is lost. */
  private static final int UNPRINTED_MAX = 65_536;

  @Option(names = "--follow", description = "Go on with what happens from now on, until ended.")
  private boolean follow;

  @Override
  public Integer call() {
    try (Space space = openExisting()) {
      if (follow) {
        follow(space);
      } else {
        space.events().forEach(this::show);
      }
    }
    return ExitCode.DONE;
  }

  /** Listens before it prints the history: what happens meanwhile is in both, and printed once. */
  private void follow(Space space) {
    BlockingQueue<SpaceEvent> news = new ArrayBlockingQueue<>(UNPRINTED_MAX);
    try (Subscription _ = space.listen(news::offer)) {
      long shown = 0;
      for (SpaceEvent event : space.events()) {
        show(event);
        shown = event.sequence();
      }
      while (!console().out().checkError()) { // which also flushes
        SpaceEvent event = news.take();
        if (event.sequence() > shown) {
          show(event);
        }
      }
    } catch (InterruptedException e) {
      // told to end
    }
  }

  private void show(SpaceEvent event) {
    print(json() ? Json.line(toJson(event)) : line(event));
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
