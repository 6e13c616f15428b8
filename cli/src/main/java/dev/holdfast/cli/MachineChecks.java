package dev.holdfast.cli;

import dev.holdfast.platform.Capabilities.Capability;
import dev.holdfast.platform.FileSystemStatus;
import dev.holdfast.platform.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What {@code doctor} says of the machine: its capabilities, its shared memory, its limits. */
final class MachineChecks {
  private static final Set<String> NEEDED =
      Set.of("shared-memory", "kernel-locks", "byte-order", "native-access");
  private static final long SMALL_MOUNT_BYTES = 1L << 30;
  private static final long FEW_MAPPINGS = 65_530;

  private MachineChecks() {}

  static List<Check> of(Platform platform) {
    List<Check> checks = new ArrayList<>();
    platform.capabilities().entries().forEach(entry -> checks.add(capability(entry)));
    checks.add(mount(platform.fileSystem("/dev/shm")));
    firstLine("/proc/sys/vm/max_map_count").map(MachineChecks::mappings).ifPresent(checks::add);
    lines("/proc/self/limits")
        .filter(line -> line.startsWith("Max locked memory"))
        .map(line -> Check.ok("locked memory", lockedMemory(line)))
        .forEach(checks::add);
    if (Files.isDirectory(Path.of("/run/systemd/system"))) {
      checks.add(removeIpc(Path.of("/etc/systemd"), platform.self().uid()));
    }
    return checks;
  }

  static Check capability(Capability entry) {
    if (entry.available()) {
      return Check.ok(entry.name(), entry.detail());
    }
    return NEEDED.contains(entry.name())
        ? Check.missing(entry.name(), entry.detail(), entry.without())
        : Check.note(entry.name(), entry.detail(), "without it: " + entry.without());
  }

  static Check mount(FileSystemStatus below) {
    String found =
        "%s at %s, %s, %s free"
            .formatted(
                below.type(),
                below.mountPoint(),
                Show.bytes(below.totalBytes()),
                Show.bytes(below.availableBytes()));
    return below.totalBytes() < SMALL_MOUNT_BYTES
        ? Check.note(
            "shared memory size",
            found,
            "regions and control segments must fit; in a container: docker run --shm-size=4g")
        : Check.ok("shared memory size", found);
  }

  static Check mappings(String count) {
    boolean few = count.matches("\\d{1,18}") && Long.parseLong(count) < FEW_MAPPINGS;
    return few
        ? Check.note(
            "mappings a process",
            count,
            "each open region is one; raise it: sysctl vm.max_map_count")
        : Check.ok("mappings a process", count);
  }

  /** The soft limit: the first value in the kernel's line. */
  static String lockedMemory(String line) {
    String soft = line.replaceFirst("^Max locked memory\\s+(\\S+).*$", "$1");
    return soft.matches("\\d{1,18}") ? Show.bytes(Long.parseLong(soft)) : soft;
  }

  /** systemd removes the shared memory of a user who has no session left, unless told not to. */
  static Check removeIpc(Path systemd, long uid) {
    boolean kept =
        Stream.concat(
                Stream.of(systemd.resolve("logind.conf")), list(systemd.resolve("logind.conf.d")))
            .flatMap(file -> lines(file.toString()))
            .anyMatch(line -> line.strip().equalsIgnoreCase("RemoveIPC=no"));
    if (kept || uid < 1000) {
      return Check.ok("RemoveIPC", kept ? "no" : "does not concern system users");
    }
    return Check.note(
        "RemoveIPC",
        "yes, systemd's default",
        "at this user's last logout systemd deletes all of its shared memory; set RemoveIPC=no in logind.conf, or"
            + " loginctl enable-linger");
  }

  private static Stream<Path> list(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.sorted().toList().stream();
    } catch (IOException e) {
      return Stream.of();
    }
  }

  private static Optional<String> firstLine(String file) {
    return lines(file).findFirst();
  }

  private static Stream<String> lines(String file) {
    try {
      return Files.readAllLines(Path.of(file)).stream();
    } catch (IOException e) {
      return Stream.of();
    }
  }
}
