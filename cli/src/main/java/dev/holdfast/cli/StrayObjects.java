package dev.holdfast.cli;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import dev.holdfast.platform.SystemCallException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Shared memory objects named like a space's, where this root has no such space.
 *
 * <p>An object's name tells a hash of its space's place, not the place. So only two things prove
 * that objects belong to nobody: there is no control segment, without which no process can reach
 * them; or the control segment names a space of this root, whose directory is gone, and no process
 * recorded in it is there any more. All others belong to spaces under other roots.
 */
final class StrayObjects {
  private static final Pattern OBJECT = Pattern.compile("/hf-([0-9a-f]{12})-(ctl|r[0-9a-f]+)");

  /**
   * The objects of one space.
   *
   * @param hash of its place
   * @param names of the objects
   * @param bytes of all of them
   * @param removable whether it is proved that they belong to nobody
   * @param why what they are
   */
  record Group(String hash, List<String> names, long bytes, boolean removable, String why) {}

  private final Platform platform;
  private final SpaceRoot root;

  StrayObjects(Platform platform, SpaceRoot root) {
    this.platform = platform;
    this.root = root;
  }

  /** By hash. */
  List<Group> find() {
    Set<String> ours = root.spaces().stream().map(root::hash).collect(Collectors.toSet());
    List<Group> groups = new ArrayList<>();
    byHash()
        .forEach((hash, names) -> {
          if (!ours.contains(hash)) {
            groups.add(group(hash, names));
          }
        });
    return groups;
  }

  private Map<String, List<String>> byHash() {
    Map<String, List<String>> groups = new TreeMap<>();
    for (String object : platform.listShared("/hf-")) {
      Matcher name = OBJECT.matcher(object);
      if (name.matches()) {
        groups.computeIfAbsent(name.group(1), _ -> new ArrayList<>()).add(object);
      }
    }
    return groups;
  }

  private Group group(String hash, List<String> names) {
    long bytes = names.stream().mapToLong(name -> bytes(platform, name)).sum();
    String control = "/hf-" + hash + "-ctl";
    if (!names.contains(control)) {
      return new Group(
          hash, names, bytes, true, "there is no control segment: no process can reach them");
    }
    Optional<ControlSnapshot> snapshot = snapshot(control);
    String space = snapshot.map(ControlSnapshot::space).orElse("unknown");
    if (snapshot.isEmpty() || !root.hash(space).equals(hash)) {
      return new Group(
          hash, names, bytes, false, "space %s lies under another root".formatted(space));
    }
    return snapshot.get().participants().stream().anyMatch(this::mayRun)
        ? new Group(
            hash,
            names,
            bytes,
            false,
            "the directory of space %s is gone, but a process of it may run".formatted(space))
        : new Group(
            hash,
            names,
            bytes,
            true,
            "the directory of space %s is gone, and so are its processes".formatted(space));
  }

  private Optional<ControlSnapshot> snapshot(String control) {
    try {
      return ControlSnapshot.takeObject(platform, control);
    } catch (SystemCallException e) {
      return Optional.empty(); // somebody else's, or gone meanwhile
    }
  }

  /** A process of another PID namespace cannot be seen from here, so it may. */
  private boolean mayRun(ControlSnapshot.Participant participant) {
    Map<String, Long> fields = participant.fields();
    boolean elsewhere = fields.getOrDefault("pidNamespace", 0L) != platform.self().pidNamespace();
    return elsewhere
        || platform.startTimeOf(participant.pid()) == fields.getOrDefault("startTime", -1L);
  }

  /** The size of an object; 0 if it cannot be known. */
  static long bytes(Platform platform, String object) {
    try {
      Descriptor descriptor = platform.openShared(object, Access.READ_ONLY, Creation.OPEN, 0);
      try {
        return platform.status(descriptor).bytes();
      } finally {
        platform.close(descriptor);
      }
    } catch (SystemCallException e) {
      return 0;
    }
  }
}
