package dev.holdfast.resource.config;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The environment variable of every key that has one: {@code pool.max-size} behind {@code APP_} is
 * {@code APP_POOL_MAX_SIZE}. What has names of its own, or several groups, has none.
 */
final class EnvironmentNames {
  private final Map<String, String> paths = new TreeMap<>();
  private final String prefix;

  private EnvironmentNames(String prefix) {
    this.prefix = prefix;
  }

  /**
   * Paths by variables.
   *
   * @throws IllegalArgumentException if two keys would have the same variable
   */
  static Map<String, String> of(String prefix, RecordShape shape) {
    EnvironmentNames names = new EnvironmentNames(prefix);
    names.add(shape, "");
    return names.paths;
  }

  private void add(Shape shape, String path) {
    switch (shape) {
      case RecordShape record ->
          record.fields().forEach(field -> add(field.shape(), Paths.child(path, field.key())));
      case Shape.Maybe maybe -> add(maybe.value(), path);
      case Shape.Several several when several.element() instanceof Shape.Scalar -> put(path);
      case Shape.Scalar _ -> put(path);
      case Shape.Several _, Shape.ByName _ -> {}
    }
  }

  private void put(String path) {
    String variable = prefix + path.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    String other = paths.put(variable, path);
    if (other != null) {
      throw new IllegalArgumentException(
          "two keys have the same environment variable: variable=%s, keys=%s and %s; rename a component"
              .formatted(variable, other, path));
    }
  }
}
