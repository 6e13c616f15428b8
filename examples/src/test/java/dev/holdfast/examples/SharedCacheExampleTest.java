package dev.holdfast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SharedCacheExampleTest {
  @Test
  void main_runs_sharesPagesWithPython() throws Exception {
    assertThat(Printed.by(SharedCacheExample::main))
        .containsExactly(
            "rendering /index",
            "<h1>/index</h1>",
            "<h1>/index</h1>",
            "Python found: <h1>/index</h1>",
            "from Python: <h1>by Python</h1>",
            "2 puts by both");
  }
}
