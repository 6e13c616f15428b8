package dev.holdfast.cli;

import dev.holdfast.region.Space;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * Under which names a space stands in the operating system (docs/layout/control-segment.md): to see
 * from outside that nothing is left of it.
 *
 * @param directory the space's own
 * @param prefix how the names of its shared memory objects begin
 */
record OsNames(Path directory, String prefix) {
  private static final Path OBJECTS = Path.of("/dev/shm");
  private static final int HASH_DIGITS = 12;

  static OsNames of(Space space) throws IOException {
    Path directory = space.root().toRealPath().resolve(space.name());
    return new OsNames(directory, "hf-" + hash(directory) + "-");
  }

  void requireNothingLeft() throws IOException {
    List<String> objects;
    try (Stream<Path> all = Files.list(OBJECTS)) {
      objects =
          all.map(path -> path.getFileName().toString()).filter(n -> n.startsWith(prefix)).toList();
    }
    DemoCommand.require(
        objects.isEmpty() && !Files.exists(directory),
        "something was left over: objects=%s, directory=%s".formatted(objects, directory));
  }

  private static String hash(Path directory) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(directory.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest).substring(0, HASH_DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }
}
