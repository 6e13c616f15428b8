package dev.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.platform.Platform;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Runs commands on spaces of its own and leaves nothing of them behind. */
abstract class CommandTest {
  @TempDir Path root;
  @TempDir Path files;

  private final Platform platform = Platform.current();
  private final Set<String> hashes = new LinkedHashSet<>();

  /** Runs the command line; it must succeed. */
  Run done(String... arguments) {
    Run run = run(arguments);
    assertThat(run.exitCode()).describedAs("%s%s", run.out(), run.err()).isZero();
    return run;
  }

  Run run(String... arguments) {
    Run run = Run.of(root, arguments);
    spaceRoot().spaces().forEach(space -> hashes.add(spaceRoot().hash(space)));
    return run;
  }

  /** Starts the command line in a process of its own. */
  Process start(String... arguments) throws IOException {
    List<String> all =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.holdfast.cli.Holdfast",
                "--root",
                root.toString()));
    all.addAll(List.of(arguments));
    return new ProcessBuilder(all).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  /** Puts a file of that many bytes, each one different from its neighbours; returns the id. */
  String put(String name, int bytes, String... options) {
    String[] all = new String[options.length + 4];
    all[0] = "put";
    all[1] = file(name, bytes).toString();
    all[2] = "--name";
    all[3] = name;
    System.arraycopy(options, 0, all, 4, options.length);
    return done(all).out().strip();
  }

  Path file(String name, int bytes) {
    try {
      return Files.write(files.resolve(name), content(bytes));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static byte[] content(int bytes) {
    byte[] content = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      content[i] = (byte) (i * 31 + i / 251);
    }
    return content;
  }

  JsonNode inspect(String region) {
    return done("inspect", region, "--json").json();
  }

  SpaceRoot spaceRoot() {
    return new SpaceRoot(root);
  }

  Platform platform() {
    return platform;
  }

  /** Where a table of the control segment starts. */
  long section(int kind) {
    for (JsonNode section : done("dump", "--json").json().get("sections")) {
      if (section.get("kind").asInt() == kind) {
        return section.get("offset").asLong();
      }
    }
    throw new AssertionError("no section " + kind);
  }

  /** Overwrites eight bytes of the control segment, as something that went astray would. */
  void damage(long offset) {
    Path control = Path.of("/dev/shm" + spaceRoot().control("default"));
    try (RandomAccessFile object = new RandomAccessFile(control.toFile(), "rw")) {
      object.seek(offset);
      object.writeLong(0x5A5A_5A5A_5A5AL);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @AfterEach
  void leavesNothing() {
    spaceRoot().spaces().forEach(space -> hashes.add(spaceRoot().hash(space)));
    for (String hash : hashes) {
      platform.listShared("/hf-" + hash + "-").forEach(platform::unlinkShared);
    }
  }
}
