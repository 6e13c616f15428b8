package dev.holdfast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MappedFileExampleTest {
  @Test
  void main_runs_readsWhatItWroteAndSurvivesTheCut() throws Exception {
    assertThat(Printed.by(MappedFileExample::main))
        .containsExactly(
            "1000 records of 32 bytes",
            "mean 24.5",
            "refused: other records",
            "cut short, and still alive");
  }
}
