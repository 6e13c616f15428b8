package dev.holdfast.cli;

import dev.holdfast.region.RegionId;
import dev.holdfast.region.Space;
import dev.holdfast.sync.LockInfo;
import dev.holdfast.sync.LockKind;
import dev.holdfast.sync.LockStatistics;
import dev.holdfast.sync.LockUser;
import dev.holdfast.sync.Locks;
import dev.holdfast.sync.PlacedLockInfo;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code holdfast locks}: who owns what, and who waits. */
@Command(
    name = "locks",
    description = {
      "Lists a space's locks: owners, waiters, times. Or draws who waits for whom.",
      "Locks in the bytes of a region, called REGION[OFFSET], are listed while somebody owns them or waits for them;"
          + " they keep no statistics."
    },
    footerHeading = "%nExample:%n",
    footer = {
      "  holdfast locks",
      "  holdfast locks --graph=svg > locks.svg",
      "  holdfast locks --reset index      # after what it protects was repaired",
      "  holdfast locks --reset 'accounts[1792]'"
    })
final class LocksCommand extends SpaceCommand {
  @Option(
      names = "--graph",
      arity = "0..1",
      fallbackValue = "text",
      paramLabel = "text|dot|svg",
      description = "Draw who owns what and waits for what.")
  private LockGraph.@Nullable Format graph;

  @Option(
      names = "--reset",
      paramLabel = "NAME",
      description = "Make a lock usable again that is not recoverable.")
  private @Nullable String reset;

  @Override
  public Integer call() {
    try (Space space = openExisting()) {
      Locks locks = Locks.of(space);
      if (reset != null) {
        return reset(locks, reset);
      }
      if (graph != null) {
        print(LockGraph.of(locks.users()).in(graph));
      } else if (json()) {
        printJson(toJson(space, locks));
      } else {
        print(table(locks).lines());
      }
    }
    return ExitCode.DONE;
  }

  private int reset(Locks locks, String name) {
    boolean done = locks.reset(name);
    print(done ? "reset " + name : "it was usable: " + name);
    return ExitCode.DONE;
  }

  private static Table table(Locks locks) {
    Table table =
        new Table(
            "NAME",
            "KIND",
            "STATE",
            "OWNERS",
            ">WAITERS",
            ">HELD",
            ">ACQUIRED",
            ">CONTENDED",
            ">WAIT P99");
    List<LockUser> users = locks.users();
    for (LockInfo lock : locks.list()) {
      LockStatistics statistics = lock.statistics();
      table.row(
          lock.name(),
          lock.kind(),
          state(lock),
          owners(lock.owners(), users),
          lock.waiters().size(),
          orDash(lock.heldFor().map(Show::duration)),
          statistics.acquisitions(),
          String.format(Locale.ROOT, "%.1f%%", 100 * statistics.contendedShare()),
          micros(statistics.waitPercentile(0.99)));
    }
    for (PlacedLockInfo lock : locks.placedInUse()) {
      table.row(
          lock.name(),
          orDash(lock.kind().map(LockKind::toString)),
          lock.owners().isEmpty() ? "free" : "owned",
          owners(lock.owners(), users),
          lock.waiters().size(),
          orDash(lock.heldFor().map(Show::duration)),
          "-",
          "-",
          "-");
    }
    return table;
  }

  private static String orDash(Optional<String> text) {
    return text.orElse("-");
  }

  private static String state(LockInfo lock) {
    return lock.kind() == LockKind.SEMAPHORE
        ? "%d of %d taken".formatted(lock.permitsTaken(), lock.permits())
        : Show.constant(lock.state());
  }

  private static String owners(List<Integer> contexts, List<LockUser> users) {
    List<String> owners =
        users.stream()
            .filter(user -> contexts.contains(user.context()))
            .map(user -> "%d/%s".formatted(user.pid(), user.thread()))
            .toList();
    return owners.isEmpty() ? "-" : String.join(", ", owners);
  }

  private static String micros(Duration duration) {
    long micros = duration.toNanos() / 1_000;
    return micros == 0 ? "-" : "<" + (micros < 10_000 ? micros + "us" : micros / 1_000 + "ms");
  }

  private static Map<String, @Nullable Object> toJson(Space space, Locks locks) {
    return Json.object(
        "space", space.name(),
        "locks", locks.list().stream().map(LocksCommand::toJson).toList(),
        "placed", locks.placedInUse().stream().map(LocksCommand::toJson).toList(),
        "users", locks.users().stream().map(LockGraph::toJson).toList());
  }

  private static Map<String, @Nullable Object> toJson(LockInfo lock) {
    LockStatistics statistics = lock.statistics();
    return Json.object(
        "index", lock.index(),
        "name", lock.name(),
        "kind", Show.constant(lock.kind()),
        "state", Show.constant(lock.state()),
        "owners", lock.owners(),
        "waiters", lock.waiters(),
        "permits", lock.permits(),
        "permitsTaken", lock.permitsTaken(),
        "token", lock.token(),
        "heldForMillis", lock.heldFor().map(Duration::toMillis).orElse(null),
        "createdAt", lock.createdAt().toString(),
        "acquisitions", statistics.acquisitions(),
        "contended", statistics.contended(),
        "handOvers", statistics.handOvers(),
        "ownersDied", statistics.ownersDied(),
        "victims", statistics.victims(),
        "timeOuts", statistics.timeOuts(),
        "waitedNanos", statistics.waited().toNanos(),
        "heldNanosOfSampled", statistics.held().toNanos(),
        "holdsSampled", statistics.holdsSampled(),
        "waitTimes", statistics.waitTimes(),
        "holdTimes", statistics.holdTimes());
  }

  private static Map<String, @Nullable Object> toJson(PlacedLockInfo lock) {
    return Json.object(
        "name", lock.name(),
        "region", lock.region().map(RegionId::toString).orElse(null),
        "offset", lock.offset(),
        "kind", lock.kind().map(Show::constant).orElse(null),
        "owners", lock.owners(),
        "waiters", lock.waiters(),
        "heldForMillis", lock.heldFor().map(Duration::toMillis).orElse(null));
  }
}
