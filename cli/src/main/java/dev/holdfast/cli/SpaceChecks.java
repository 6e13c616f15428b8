package dev.holdfast.cli;

import dev.holdfast.platform.FileStatus;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.SystemCallException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What {@code doctor} says of the root directory and of the spaces under it, from outside. */
final class SpaceChecks {
  private SpaceChecks() {}

  static List<Check> of(Platform platform, SpaceRoot root) {
    List<Check> checks = new ArrayList<>();
    checks.add(root(platform, root));
    root.spaces().forEach(space -> checks.add(space(platform, root, space)));
    return checks;
  }

  private static Check root(Platform platform, SpaceRoot root) {
    String path = root.path().toString();
    FileStatus status = platform.statusOf(path);
    if (status == null) {
      return Check.ok("root", path + ", made when the first space is");
    }
    String unsafe = whyUnsafe(status, platform.self().uid());
    return unsafe.isEmpty()
        ? Check.ok("root", "%s, mode %s".formatted(path, Show.mode(status.permissions())))
        : Check.missing(
            "root",
            "%s %s".formatted(path, unsafe),
            "spaces under it are refused; remove it or choose another with HOLDFAST_ROOT");
  }

  private static String whyUnsafe(FileStatus status, long me) {
    if (status.kind() != FileStatus.Kind.DIRECTORY) {
      return "is not a directory but " + Show.constant(status.kind());
    }
    if (status.uid() != me) {
      return "belongs to user " + status.uid();
    }
    return status.worldWritable()
        ? "can be written by everybody, mode " + Show.mode(status.permissions())
        : "";
  }

  private static Check space(Platform platform, SpaceRoot root, String space) {
    String name = "space " + space;
    try {
      Optional<ControlSnapshot> snapshot = ControlSnapshot.take(platform, root, space);
      return snapshot
          .map(taken -> health(name, space, taken))
          .orElseGet(() ->
              Check.note(
                  name,
                  "no control segment",
                  "left over; the next one to open the space makes it anew"));
    } catch (SystemCallException e) {
      return Check.note(name, "cannot be looked at", String.valueOf(e.getMessage()));
    }
  }

  private static Check health(String name, String space, ControlSnapshot taken) {
    if (taken.damage().isPresent()) {
      return Check.note(
          name, "damaged: " + taken.damage().get(), "see: holdfast -s %s verify".formatted(space));
    }
    long dead = taken.participants().stream().filter(participant -> !participant.alive()).count();
    String found =
        "%s, %s, %d dead"
            .formatted(
                Show.count(taken.regions().size(), "region"),
                Show.count(taken.participants().size() - dead, "participant"),
                dead);
    return dead == 0
        ? Check.ok(name, found)
        : Check.note(name, found, "see: holdfast -s %s gc --dry-run".formatted(space));
  }
}
