package dev.holdfast.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PythonInterpreterTest {
  @TempDir Path folder;

  /** A program that answers as a Python would. */
  private Path program(String name, String answer) throws IOException {
    Path file =
        Files.writeString(
            Files.createDirectories(folder.resolve(name)).resolve("python3"),
            "#!/bin/sh\necho " + answer + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }

  private Map<String, String> path(String name) {
    return Map.of("PATH", "/no/such/folder:" + folder.resolve(name));
  }

  @Test
  void find_onPathWithNumpy_isThatOne() throws IOException {
    Path mine = program("a", "3.13.1 True");
    Path usual = program("b", "3.12.0 True");

    PythonInterpreter found = PythonInterpreter.find(path("a"), List.of(usual));

    assertThat(found).isEqualTo(new PythonInterpreter(mine, "3.13.1", true));
    assertThat(found).hasToString(mine + " (Python 3.13.1, with NumPy)");
  }

  @Test
  void find_onlyAUsualOneHasNumpy_isThatOne() throws IOException {
    var _ = program("a", "3.13.1 False");
    Path usual = program("b", "3.9.0 True");

    assertThat(PythonInterpreter.find(path("a"), List.of(usual)).path()).isEqualTo(usual);
  }

  @Test
  void find_noneHasNumpy_isTheFirst() throws IOException {
    Path mine = program("a", "3.13.1 False");
    Path usual = program("b", "3.12.0 False");

    PythonInterpreter found = PythonInterpreter.find(path("a"), List.of(usual));

    assertThat(found.path()).isEqualTo(mine);
    assertThat(found.toString()).endsWith("without NumPy)");
  }

  @Test
  void find_noneIsNewEnough_saysWhatWasTried() throws IOException {
    Path old = program("a", "3.8.18 True");
    Path strange = program("b", "hello");

    assertThatThrownBy(() -> PythonInterpreter.find(path("a"), List.of(strange)))
        .isInstanceOf(PythonNotFoundException.class)
        .hasMessageContaining(
            "no Python 3.9 or newer found: tried=[%s, %s]".formatted(old, strange))
        .hasMessageContaining("HOLDFAST_PYTHON");
  }

  @Test
  void find_nothingThere_isNotFound() {
    assertThatThrownBy(() -> PythonInterpreter.find(Map.of(), List.of(folder.resolve("none"))))
        .isInstanceOf(PythonNotFoundException.class);
  }

  @Test
  void find_chosenByPathOrName_isThatOne() throws IOException {
    Path mine = program("a", "3.13.1 False");

    assertThat(PythonInterpreter.find(Map.of("HOLDFAST_PYTHON", mine.toString())).path())
        .isEqualTo(mine);
    assertThat(
            PythonInterpreter.find(
                    Map.of("HOLDFAST_PYTHON", "python3", "PATH", folder.resolve("a").toString()))
                .path())
        .isEqualTo(mine);
  }

  @Test
  void find_chosenIsNotUsable_isRefusedAndNoOtherTaken() throws IOException {
    Path broken = Files.writeString(folder.resolve("broken"), "no program");
    assertThat(broken.toFile().setExecutable(true)).isTrue();

    assertThatThrownBy(() -> PythonInterpreter.find(Map.of("HOLDFAST_PYTHON", broken.toString())))
        .isInstanceOf(PythonNotFoundException.class)
        .hasMessageContaining("not a Python 3.9 or newer: HOLDFAST_PYTHON=" + broken);
    assertThatThrownBy(() -> PythonInterpreter.find(Map.of("HOLDFAST_PYTHON", "no-such-python")))
        .hasMessageContaining("HOLDFAST_PYTHON=no-such-python is not on the PATH");
  }
}
