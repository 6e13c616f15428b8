package dev.holdfast.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Aligned columns under a heading. A heading that starts with {@code >} aligns to the right. */
final class Table {
  private static final String GAP = "  ";

  private final List<String> headings;
  private final List<List<String>> rows = new ArrayList<>();

  Table(String... headings) {
    this.headings = List.of(headings);
  }

  /** Adds a row; one cell a heading, in their text form. */
  Table row(Object... cells) {
    rows.add(Arrays.stream(cells).map(String::valueOf).toList());
    return this;
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  /** The lines, heading first, no blanks at their ends. */
  List<String> lines() {
    List<List<String>> all = new ArrayList<>();
    all.add(headings.stream().map(heading -> heading.replaceFirst("^>", "")).toList());
    all.addAll(rows);
    return all.stream().map(row -> line(row, all)).toList();
  }

  private String line(List<String> row, List<List<String>> all) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < headings.size(); column++) {
      int at = column;
      int width = all.stream().mapToInt(other -> other.get(at).length()).max().orElse(0);
      String blanks = " ".repeat(width - row.get(column).length());
      boolean right = headings.get(column).startsWith(">");
      line.append(column == 0 ? "" : GAP)
          .append(right ? blanks : "")
          .append(row.get(column))
          .append(right ? "" : blanks);
    }
    return line.toString().stripTrailing();
  }
}
