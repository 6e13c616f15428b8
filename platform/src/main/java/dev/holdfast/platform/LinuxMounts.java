package dev.holdfast.platform;

import java.util.List;

/** The mounts this process sees, from {@code /proc/self/mountinfo}. */
record LinuxMounts(List<Mount> mounts) {
  /** The id to look for where the kernel (before 5.8) does not tell it. */
  static final long UNKNOWN_ID = -1;

  private static final Mount NONE = new Mount(UNKNOWN_ID, "", "(not mounted)", "unknown");

  record Mount(long id, String device, String point, String type) {}

  static LinuxMounts read() {
    return parse(Proc.read("/proc/self/mountinfo").lines().toList());
  }

  /**
   * One line a mount: {@code id parent major:minor root point options optional… - type source …},
   * where blanks and the like inside a field stand as three octal digits after a backslash.
   */
  static LinuxMounts parse(List<String> lines) {
    return new LinuxMounts(lines.stream().map(LinuxMounts::mount).toList());
  }

  private static Mount mount(String line) {
    int separator = line.indexOf(" - ");
    String[] fields = line.substring(0, separator).split(" ", -1);
    String type = line.substring(separator + 3).split(" ", -1)[0];
    return new Mount(Long.parseLong(fields[0]), fields[2], unescape(fields[4]), type);
  }

  private static String unescape(String field) {
    return field
        .replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\");
  }

  /** The mount of that id, else the one made last of that device. */
  Mount find(long id, int major, int minor) {
    String device = major + ":" + minor;
    return mounts.stream()
        .filter(id == UNKNOWN_ID ? m -> m.device().equals(device) : m -> m.id() == id)
        .reduce((earlier, later) -> later)
        .orElse(NONE);
  }
}
