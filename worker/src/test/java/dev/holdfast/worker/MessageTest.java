package dev.holdfast.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MessageTest {
  @Test
  void parse_ready_withoutNumpy() {
    assertThat(
            Message.parse(
                "{\"ready\":1,\"python\":\"3.9.0\",\"numpy\":null,\"functions\":[\"f\"]}"))
        .isInstanceOfSatisfying(
            Message.Ready.class,
            ready -> {
              assertThat(ready.python()).isEqualTo("3.9.0");
              assertThat(ready.numpy()).isEmpty();
              assertThat(ready.functions()).containsExactly("f");
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "hello", "{}", "[1]", "{\"ready\":", "{\"hello\":1}"})
  void parse_anythingElse_isRefused(String line) {
    assertThatThrownBy(() -> Message.parse(line))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no message");
  }

  @Test
  void parse_longGarbage_isShownInPart() {
    assertThatThrownBy(() -> Message.parse("x".repeat(5000)))
        .hasMessageContaining("x…")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(400));
  }

  @ParameterizedTest
  @CsvSource({
    "137,137 (SIGKILL),dmesg",
    "139,139 (SIGSEGV),faulthandler",
    "143,143 (SIGTERM),asked it to end",
    "3,3,ended the process"
  })
  void exitStatus_isToldWithANextStep(int status, String told, String next) {
    assertThat(ExitStatus.describe(status)).isEqualTo(told);
    assertThat(ExitStatus.nextStep(status)).contains(next);
  }
}
