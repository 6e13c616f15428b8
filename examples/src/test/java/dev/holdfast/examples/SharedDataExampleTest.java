package dev.holdfast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SharedDataExampleTest {
  @Test
  void main_runs_printsEachKindOfChange() throws Exception {
    assertThat(Printed.by(SharedDataExample::main))
        .containsExactly(
            "version 1: Limits[connections=20, queries=100]",
            "Limits[connections=21, queries=100], replaced: false",
            "leased [Ada]",
            "[Ada, Grace, Barbara], 2 in place, 1 on a copy",
            "guarded: added true, 1 name");
  }
}
