package dev.holdfast.resource.config;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.spongepowered.configurate.ConfigurationNode;

/** Keys one below the other: {@code servers[0].port}. */
final class Paths {
  private static final int TYPING_ERRORS_MAX = 2;

  private Paths() {}

  static String child(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  /** What {@code below} names, seen from {@code path}. */
  static String join(String path, String below) {
    return below.isEmpty() || below.startsWith("[") ? path + below : child(path, below);
  }

  static String element(String path, int index) {
    return "%s[%d]".formatted(path, index);
  }

  static List<String> steps(String path) {
    return Arrays.stream(path.split("[.\\[\\]]+", -1)).filter(step -> !step.isEmpty()).toList();
  }

  /** Whether {@code path} is {@code above}, or something in it. */
  static boolean isWithin(String path, String above) {
    return above.isEmpty()
        || path.equals(above)
        || path.startsWith(above + ".")
        || path.startsWith(above + "[");
  }

  /** The node of a path; one that is not there has the location of what is above it. */
  static ConfigurationNode find(ConfigurationNode root, Shape shape, String path) {
    ConfigurationNode node = root;
    Optional<Shape> here = Optional.of(shape);
    for (String step : steps(path)) {
      boolean isIndex = node.isList() && step.matches("\\d{1,9}");
      node = isIndex ? node.node(Integer.valueOf(step)) : node.node(key(here, step));
      here = here.flatMap(known -> RecordShape.step(known, step));
    }
    return node;
  }

  private static String key(Optional<Shape> shape, String step) {
    return shape
        .flatMap(here -> here instanceof RecordShape record ? record.field(step) : Optional.empty())
        .map(RecordShape.Field::key)
        .orElse(step);
  }

  /** The one of {@code known} that was probably meant. */
  static Optional<String> closest(String written, List<String> known) {
    return known.stream()
        .filter(key -> distance(written, key) <= TYPING_ERRORS_MAX)
        .min(Comparator.comparingInt(key -> distance(written, key)));
  }

  /** How many characters differ (Levenshtein). */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, i -> i);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
