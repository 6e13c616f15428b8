package dev.holdfast.stress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The wrapper on a machine that has a JDK, the base system's tools, and no Maven. */
@Timeout(120)
class FirstRunTest {
  private static final List<String> TOOLS =
      List.of("sh cat dirname basename uname tr tar gzip sha512sum mktemp mkdir mv rm".split(" "));
  private static final String ARCHIVE = ".mvn/wrapper/apache-maven-3.9.16-bin.tar.gz";

  @TempDir Path scratch;

  @BeforeEach
  void copyTheWrapperAndOfferTheTools() throws IOException {
    assumeTrue(!System.getProperty("os.name").startsWith("Windows"), "NOT RUN: there is no sh");
    for (String file :
        List.of("mvnw", ".mvn/jdk.sh", ".mvn/maven.sh", ARCHIVE, ARCHIVE + ".sha512")) {
      copy(file);
    }
    copy(".mvn/wrapper/maven-wrapper.properties");
    Files.createDirectory(scratch.resolve("home"));
    Path tools = Files.createDirectory(scratch.resolve("tools"));
    for (String tool : TOOLS) {
      Path script = tools.resolve(tool);
      Files.writeString(script, "#!/bin/sh\nexec " + onPath(tool) + " \"$@\"\n");
      Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    }
  }

  @Test
  void mvnw_emptyHomeAndNoMaven_runsTheMavenOfTheCheckout() throws Exception {
    Process process = start("mvnw-0");
    assertThat(process.waitFor()).as(said("mvnw-0")).isZero();
    assertThat(said("mvnw-0")).contains("Apache Maven 3.9.16");
  }

  @Test
  void mvnw_startedThreeTimesAtOnce_unpacksOneWholeMaven() throws Exception {
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      processes.add(start("mvnw-" + i));
    }
    for (int i = 0; i < 3; i++) {
      assertThat(processes.get(i).waitFor()).as(said("mvnw-" + i)).isZero();
      assertThat(said("mvnw-" + i)).contains("Apache Maven 3.9.16");
    }
    assertThat(inHome()).hasSize(1);
    assertThat(inHome().getFirst().resolve("apache-maven-3.9.16")).doesNotExist();
  }

  @Test
  void mvnw_damagedArchive_refusesItAndUnpacksNothing() throws Exception {
    byte[] archive = Files.readAllBytes(scratch.resolve(ARCHIVE));
    archive[archive.length / 2] ^= 1;
    Files.write(scratch.resolve(ARCHIVE), archive);
    Process process = start("mvnw-0");
    assertThat(process.waitFor()).isNotZero();
    assertThat(said("mvnw-0")).contains("Maven's archive is damaged", ARCHIVE, "expected=");
    assertThat(inHome()).isEmpty();
  }

  private void copy(String file) throws IOException {
    Path copy = scratch.resolve(file);
    Files.createDirectories(copy.getParent());
    Files.copy(SourceTree.root().resolve(file), copy, StandardCopyOption.COPY_ATTRIBUTES);
  }

  private static Path onPath(String tool) {
    return Stream.of(System.getenv("PATH").split(":"))
        .map(folder -> Path.of(folder, tool))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseGet(() -> Path.of("/usr/bin", tool));
  }

  private Process start(String name) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(scratch.resolve("mvnw").toString(), "-v");
    builder.environment().clear();
    builder.environment().put("HOME", scratch.resolve("home").toString());
    builder.environment().put("PATH", scratch.resolve("tools").toString());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.redirectErrorStream(true).redirectOutput(scratch.resolve(name).toFile());
    return builder.start();
  }

  private String said(String name) throws IOException {
    return Files.readString(scratch.resolve(name), StandardCharsets.UTF_8);
  }

  /** What the wrapper's folder of Mavens holds. */
  private List<Path> inHome() throws IOException {
    Path mavens = scratch.resolve("home/.m2/wrapper/dists/apache-maven-3.9.16");
    if (!Files.exists(mavens)) {
      return List.of();
    }
    try (Stream<Path> found = Files.list(mavens)) {
      return found.toList();
    }
  }
}
