package dev.holdfast.resource.config;

import java.nio.file.Path;
import java.util.Locale;

/** How a text of configuration is written. */
public enum ConfigFormat {
  /** YAML 1.2: {@code yes}, {@code no} and {@code on} are texts, {@code true} is a truth value. */
  YAML,
  /** JSON. */
  JSON,
  /** {@code key=value} lines as {@link java.util.Properties} reads them, in UTF-8. */
  PROPERTIES;

  /**
   * The format that a file's name ends with.
   *
   * @throws IllegalArgumentException if it ends with none of {@code .yaml .yml .json .properties}
   */
  public static ConfigFormat of(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "yaml", "yml" -> YAML;
      case "json" -> JSON;
      case "properties" -> PROPERTIES;
      default ->
          throw new IllegalArgumentException(
              "format of a configuration file is unknown: file=%s, expected=.yaml, .yml, .json or .properties"
                  .formatted(file));
    };
  }
}
