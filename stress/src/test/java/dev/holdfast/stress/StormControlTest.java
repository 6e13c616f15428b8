package dev.holdfast.stress;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.testkit.ChildProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The storms' control: a child that finds something wrong fails them, however it says so. */
@Timeout(300)
class StormControlTest {
  @TempDir Path root;

  @Test
  void rage_aChildSaysViolationAndGoesOn_fails() {
    assertFails("echo READY; echo VIOLATION found; exec sleep 1000", "VIOLATION");
  }

  @Test
  void rage_aChildEndsByItself_fails() {
    assertFails("echo READY; exit 3", "ended by itself");
  }

  @Test
  void rage_aChildDoesNotGetReady_fails() {
    assertFails("echo here; exec sleep 1000", "here");
  }

  private void assertFails(String script, String why) {
    Storm storm =
        new Storm(
            List.of(
                arguments -> ChildProcess.command(List.of("sh", "-c", "exec 2>&1; " + script))));

    assertThatThrownBy(() -> storm.rage(root, "s", 20, Duration.ofMillis(20), () -> {}))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(why);
  }
}
