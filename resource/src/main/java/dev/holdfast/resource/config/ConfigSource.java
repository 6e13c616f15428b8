package dev.holdfast.resource.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/**
 * Where a configuration, or a part of it, comes from. Of several sources the later ones win, key by
 * key, also the names of a map; lists are replaced as a whole.
 *
 * <pre>{@code
 * builder.source(ConfigSource.file(Path.of("app.yaml")))
 *     .source(ConfigSource.environment("APP_"))
 *     .source(ConfigSource.systemProperties("app."));
 * }</pre>
 */
public final class ConfigSource {
  private static final int SIZE_MAX = 4 << 20; // bytes of a file, characters of a text

  private final String name;
  private final Optional<Path> file;
  private final Callable<Content> content;
  private final Consumer<RecordShape> check;

  private ConfigSource(String name, Optional<Path> file, Callable<Content> content) {
    this(name, file, content, _ -> {});
  }

  private ConfigSource(
      String name, Optional<Path> file, Callable<Content> content, Consumer<RecordShape> check) {
    this.name = name;
    this.file = file;
    this.content = content;
    this.check = check;
  }

  /**
   * A file that must be there, in the format that its name ends with. It is watched.
   *
   * @throws IllegalArgumentException if the name ends with no known format
   */
  public static ConfigSource file(Path file) {
    ConfigFormat format = ConfigFormat.of(file);
    return new ConfigSource(file.toString(), Optional.of(file), () -> readFile(file, format));
  }

  /**
   * A file that may be there. It is watched, also while it is not there.
   *
   * @throws IllegalArgumentException if the name ends with no known format
   */
  public static ConfigSource optionalFile(Path file) {
    ConfigFormat format = ConfigFormat.of(file);
    return new ConfigSource(
        file.toString(),
        Optional.of(file),
        () -> {
          try {
            return readFile(file, format);
          } catch (NoSuchFileException e) {
            return new Content.Absent();
          }
        });
  }

  /** A text from anywhere, for example a database; it is asked for at every poll. */
  public static ConfigSource text(String name, ConfigFormat format, Callable<String> text) {
    return new ConfigSource(
        name,
        Optional.empty(),
        () -> {
          String read = Objects.requireNonNull(text.call());
          requireSize(read.length());
          return new Content.Text(format, read);
        });
  }

  /** This process's environment variables that begin with {@code prefix}: {@code APP_POOL_SIZE}. */
  public static ConfigSource environment(String prefix) {
    return environment(prefix, System.getenv());
  }

  /** Those of {@code variables} that begin with {@code prefix}. */
  public static ConfigSource environment(String prefix, Map<String, String> variables) {
    return new ConfigSource(
        "environment",
        Optional.empty(),
        () -> new Content.Variables(prefix, startingWith(prefix, variables, false)),
        shape -> EnvironmentNames.of(prefix, shape));
  }

  /** This JVM's system properties that begin with {@code prefix}: {@code -Dapp.pool.size=8}. */
  public static ConfigSource systemProperties(String prefix) {
    return new ConfigSource(
        "system properties",
        Optional.empty(),
        () -> new Content.Pairs(startingWith(prefix, stringProperties(), true)));
  }

  /** Values by their keys, for example from a command line: {@code "pool.size", "8"}. */
  public static ConfigSource values(String name, Map<String, String> values) {
    Content content = new Content.Pairs(new TreeMap<>(values));
    return new ConfigSource(name, Optional.empty(), () -> content);
  }

  /** What messages call it. */
  public String name() {
    return name;
  }

  /**
   * @throws IllegalArgumentException if the source cannot name all keys of a configuration
   */
  void requireFits(RecordShape shape) {
    check.accept(shape);
  }

  Optional<Path> file() {
    return file;
  }

  /** The file of that profile beside this one: {@code app-test.yaml} beside {@code app.yaml}. */
  Optional<ConfigSource> ofProfile(String profile) {
    return file.map(path -> optionalFile(path.resolveSibling(profileName(path, profile))));
  }

  /**
   * Reads it.
   *
   * @throws IOException if it cannot be read, with a message for people
   */
  Content read() throws IOException {
    try {
      return content.call();
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IOException(e.toString(), e);
    }
  }

  @Override
  public String toString() {
    return name;
  }

  private static String profileName(Path file, String profile) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    return name.substring(0, dot) + "-" + profile + name.substring(dot);
  }

  private static Content readFile(Path file, ConfigFormat format) throws IOException {
    try {
      requireSize(Files.size(file)); // before it is read
      return new Content.Text(format, Files.readString(file));
    } catch (CharacterCodingException e) {
      throw new IOException("it is not UTF-8", e);
    }
  }

  private static void requireSize(long size) throws IOException {
    if (size > SIZE_MAX) {
      throw new IOException("it is too large: size=%d, limit=%d".formatted(size, SIZE_MAX));
    }
  }

  private static Map<String, String> stringProperties() {
    Map<String, String> values = new TreeMap<>();
    var properties = System.getProperties();
    for (String name : properties.stringPropertyNames()) {
      values.put(name, properties.getProperty(name, ""));
    }
    return values;
  }

  private static SortedMap<String, String> startingWith(
      String prefix, Map<String, String> all, boolean cut) {
    SortedMap<String, String> found = new TreeMap<>();
    all.forEach((name, value) -> {
      if (name.startsWith(prefix)) {
        found.put(cut ? name.substring(prefix.length()) : name, value);
      }
    });
    return found;
  }
}
