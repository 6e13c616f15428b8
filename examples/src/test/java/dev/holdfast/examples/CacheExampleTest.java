package dev.holdfast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CacheExampleTest {
  @Test
  void main_runs_loadsEachWordOnce() {
    PrintStream console = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      CacheExample.main(new String[0]);
    } finally {
      System.setOut(console);
    }

    assertThat(printed.toString(StandardCharsets.UTF_8))
        .containsOnlyOnce("loading alpha")
        .containsOnlyOnce("loading gamma")
        .contains("session left: REMOVED")
        .contains("hits 1, misses 1, loads 3");
  }
}
