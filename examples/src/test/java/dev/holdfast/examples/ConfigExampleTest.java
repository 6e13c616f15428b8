package dev.holdfast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ConfigExampleTest {

  @Test
  void main_tellsWhatIsWrong_thenFollowsTheFile() throws Exception {
    assertThat(Printed.by(ConfigExample::main))
        .anyMatch(line -> line.contains("service.yaml:2: timeout: value=10, expected=a duration"))
        .anyMatch(line -> line.contains("service.yaml:4: database.adress: expected=a known key"))
        .anyMatch(line -> line.contains("service.yaml:5: database.pool-size: value=many"))
        .anyMatch(line -> line.startsWith("in force: database.password=****** ("))
        .contains("pool: 8 -> 12")
        .noneMatch(line -> line.contains("hunter2"));
  }
}
