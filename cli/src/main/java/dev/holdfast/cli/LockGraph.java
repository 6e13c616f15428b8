package dev.holdfast.cli;

import dev.holdfast.sync.LockUser;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who owns what and waits for what, as a picture: text, Graphviz DOT, or SVG. */
final class LockGraph {
  private static final int WIDTH = 900;
  private static final int ROW = 70;
  private static final int BOX_WIDTH = 330;
  private static final int BOX_HEIGHT = 40;

  private final List<LockUser> users;

  private LockGraph(List<LockUser> users) {
    this.users = users;
  }

  static LockGraph of(List<LockUser> users) {
    return new LockGraph(users);
  }

  static Map<String, @Nullable Object> toJson(LockUser user) {
    return Json.object(
        "context", user.context(),
        "participant", user.participant(),
        "pid", user.pid(),
        "process", user.process(),
        "thread", user.thread(),
        "owns", user.owns(),
        "waitsFor", user.waitsFor().orElse(null),
        "waitedMillis", user.waited().toMillis(),
        "priority", Show.constant(user.priority()));
  }

  // ---- text
  // --------------------------------------------------------------------------------------

  List<String> text() {
    List<String> lines = new ArrayList<>();
    for (LockUser user : users) {
      lines.add(title(user));
      user.owns().forEach(owned -> lines.add("  owns " + owned));
      user.waitsFor()
          .ifPresent(wanted ->
              lines.add("  waits %s for %s".formatted(Show.duration(user.waited()), wanted)));
    }
    return lines.isEmpty() ? List.of("nobody owns a lock or waits for one") : lines;
  }

  private static String title(LockUser user) {
    return "pid %d (%s), thread %s".formatted(user.pid(), user.process(), user.thread());
  }

  // ---- DOT
  // ---------------------------------------------------------------------------------------

  List<String> dot() {
    List<String> lines = new ArrayList<>();
    lines.add("digraph locks {");
    lines.add("  rankdir=LR;");
    for (LockUser user : users) {
      lines.add("  c%d [shape=ellipse, label=%s];".formatted(user.context(), quoted(title(user))));
    }
    for (String lock : locks()) {
      lines.add("  %s [shape=box];".formatted(quoted(lock)));
    }
    for (LockUser user : users) {
      for (String owned : user.owns()) {
        lines.add(
            "  %s -> c%d [label=%s];"
                .formatted(quoted(lockOf(owned)), user.context(), quoted(modeOf(owned))));
      }
      user.waitsFor()
          .ifPresent(wanted ->
              lines.add(
                  "  c%d -> %s [style=dashed, label=%s];"
                      .formatted(user.context(), quoted(lockOf(wanted)), quoted(modeOf(wanted)))));
    }
    lines.add("}");
    return lines;
  }

  private Set<String> locks() {
    Set<String> locks = new LinkedHashSet<>();
    for (LockUser user : users) {
      user.owns().forEach(owned -> locks.add(lockOf(owned)));
      user.waitsFor().ifPresent(wanted -> locks.add(lockOf(wanted)));
    }
    return locks;
  }

  private static String lockOf(String lockAndMode) {
    return lockAndMode.substring(0, lockAndMode.lastIndexOf(" ("));
  }

  private static String modeOf(String lockAndMode) {
    return lockAndMode.substring(lockAndMode.lastIndexOf(" (") + 2, lockAndMode.length() - 1);
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  // ---- SVG
  // ---------------------------------------------------------------------------------------

  /** Threads on the left, locks on the right; full lines own, dashed ones wait. */
  List<String> svg() {
    List<String> locks = List.copyOf(locks());
    int rows = Math.max(1, Math.max(users.size(), locks.size()));
    List<String> lines = new ArrayList<>();
    lines.add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">"
            .formatted(WIDTH, rows * ROW + 20));
    for (int i = 0; i < users.size(); i++) {
      edges(users.get(i), i, locks, lines);
    }
    for (int i = 0; i < users.size(); i++) {
      LockUser user = users.get(i);
      String color = user.waitsFor().isPresent() ? "#fde2c8" : "#dcefdc";
      box(10, i, color, title(user), lines);
    }
    for (int i = 0; i < locks.size(); i++) {
      box(WIDTH - BOX_WIDTH - 10, i, "#dde6f7", locks.get(i), lines);
    }
    lines.add("</svg>");
    return lines;
  }

  private static void edges(LockUser user, int row, List<String> locks, List<String> lines) {
    for (String owned : user.owns()) {
      line(row, locks.indexOf(lockOf(owned)), "#3a7d3a", "", "owns, " + modeOf(owned), lines);
    }
    user.waitsFor()
        .ifPresent(wanted ->
            line(
                row,
                locks.indexOf(lockOf(wanted)),
                "#c0392b",
                " stroke-dasharray=\"6 4\"",
                "waits, " + modeOf(wanted),
                lines));
  }

  private static void line(
      int row, int lock, String color, String dashes, String label, List<String> lines) {
    int fromY = middle(row);
    int toY = middle(lock);
    int fromX = 10 + BOX_WIDTH;
    int toX = WIDTH - BOX_WIDTH - 10;
    lines.add(
        "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"2\"%s/>"
            .formatted(fromX, fromY, toX, toY, color, dashes));
    lines.add(
        "<text x=\"%d\" y=\"%d\" fill=\"%s\" text-anchor=\"middle\">%s</text>"
            .formatted((fromX + toX) / 2, (fromY + toY) / 2 - 5, color, escaped(label)));
  }

  private static void box(int x, int row, String color, String label, List<String> lines) {
    lines.add(
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" fill=\"%s\" stroke=\"#555\"/>"
            .formatted(x, middle(row) - BOX_HEIGHT / 2, BOX_WIDTH, BOX_HEIGHT, color));
    lines.add(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>"
            .formatted(x + BOX_WIDTH / 2, middle(row) + 4, escaped(cut(label))));
  }

  private static int middle(int row) {
    return 10 + row * ROW + ROW / 2;
  }

  private static String cut(String label) {
    return label.length() <= 50 ? label : label.substring(0, 49) + "…";
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  /** How it is to be drawn. */
  enum Format {
    TEXT,
    DOT,
    SVG;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  List<String> in(Format format) {
    return switch (format) {
      case TEXT -> text();
      case DOT -> dot();
      case SVG -> svg();
    };
  }
}
