package dev.holdfast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GuardsExampleTest {
  @Test
  void main_runs_cleansAndReports() throws Exception {
    assertThat(Printed.by(GuardsExample::main))
        .containsExactly("opened b", "2 of 3 cleaned", "missing: FAILED", "nothing left");
  }
}
