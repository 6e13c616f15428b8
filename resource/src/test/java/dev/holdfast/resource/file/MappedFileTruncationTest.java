package dev.holdfast.resource.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testkit.ChildProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A file is cut short under a JVM that uses it, in each of the ways that are allowed: a typed
 * exception where the access stands, and the JVM lives. In compiled code that takes the fault
 * fence: without it the error comes out of the caller, after the access has returned.
 */
class MappedFileTruncationTest {
  private static final List<String> USES =
      List.of("get", "getAll", "set", "access", "records", "setRecords", "copy", "fill");

  @TempDir Path directory;

  @Test
  void use_fileCutShortUnderInterpretedCode_isTypedAndTheJvmLives() {
    cutUnder(List.of("-Xint"), 0);
  }

  @Test
  void use_fileCutShortUnderCodeOfTheFirstCompiler_isTypedAndTheJvmLives() {
    cutUnder(List.of("-Xbatch"), 200);
  }

  @Test
  void use_fileCutShortUnderCodeOfTheSecondCompiler_isTypedAndTheJvmLives() {
    cutUnder(List.of("-XX:TieredStopAtLevel=4", "-Xbatch"), 1500);
  }

  private void cutUnder(List<String> compiler, int rounds) {
    List<String> arguments =
        new ArrayList<>(List.of(directory.toString(), Integer.toString(rounds)));
    arguments.addAll(USES);
    try (ChildProcess child =
        ChildProcess.java(compiler, TruncationChild.class, arguments.toArray(String[]::new))) {
      for (String use : USES) {
        child.await(use + ": TRUNCATED, TRUNCATED");
      }
      child.await("ALIVE");
      assertThat(child.waitFor()).as(child.errors()).isZero();
    }
  }
}
