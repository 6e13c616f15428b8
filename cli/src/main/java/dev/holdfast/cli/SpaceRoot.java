package dev.holdfast.cli;

import dev.holdfast.platform.Platform;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The directory that spaces lie under, looked at from outside: nothing is joined, locked or
 * changed. Names in the operating system: docs/layout/control-segment.md.
 *
 * @param path where it is, whether or not it exists
 */
record SpaceRoot(Path path) {
  /** The one that was asked for, else the environment's, else this user's own. */
  static SpaceRoot of(Optional<Path> asked, Map<String, String> environment, Platform platform) {
    return new SpaceRoot(
        asked
            .or(() ->
                Optional.ofNullable(environment.get("HOLDFAST_ROOT"))
                    .filter(root -> !root.isEmpty())
                    .map(Path::of))
            .orElseGet(() -> Path.of("/dev/shm/holdfast-" + platform.self().uid())));
  }

  /** The names of the spaces that have a directory here, sorted. */
  List<String> spaces() {
    if (!Files.isDirectory(path)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(path)) {
      return entries
          .filter(entry -> Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))
          .map(entry -> entry.getFileName().toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean has(String space) {
    return Files.isDirectory(path.resolve(space), LinkOption.NOFOLLOW_LINKS);
  }

  /** What the objects of a space here have in their names. */
  String hash(String space) {
    byte[] place = (realPath() + "/" + space).getBytes(StandardCharsets.UTF_8);
    return HexFormat.of().formatHex(sha256(place), 0, 6);
  }

  String control(String space) {
    return "/hf-" + hash(space) + "-ctl";
  }

  String live(String space) {
    return path.resolve(space).resolve("live").toString();
  }

  private Path realPath() {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return path.toAbsolutePath().normalize(); // it is gone; nothing is known of links in it
    }
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
