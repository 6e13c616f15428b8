package dev.holdfast.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.platform.Platform;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildProcessTest {
  @Test
  void java_talksLineByLineAndEndsWithItsCode() {
    try (ChildProcess child = ChildProcess.java(List.of("-Dextra=!"), Echo.class, "now")) {
      child.await("READY now!");
      child.say("hello");
      assertThat(child.line()).isEqualTo("hello");
      child.say("end");
      assertThat(child.waitFor()).isEqualTo(3);
      assertThat(child.errors()).isEqualTo("to the errors");
      assertThatThrownBy(child::line)
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("to the errors");
      assertThatThrownBy(child::line).hasMessageContaining("ended");
    }
  }

  @Test
  void kill_endsItByTheSignal() {
    try (ChildProcess child = ChildProcess.java(Echo.class, "now")) {
      assertThatThrownBy(() -> child.await("something else"))
          .hasMessageContaining("line=READY now, expected=something else");
      child.kill();
      assertThat(child.waitFor()).isEqualTo(128 + 9);
      assertThat(Platform.current().startTimeOf(child.pid())).isEqualTo(-1);
      assertThatThrownBy(child::stop).hasMessageContaining("SIGSTOP");
    }
  }

  @Test
  void rest_afterAKill_isWhatItSaidBefore() {
    try (ChildProcess child = ChildProcess.java(Echo.class, "now")) {
      child.await("READY now");
      child.say("first");
      child.say("second");
      child.await("first");
      child.await("second");
      child.say("third");
      child.say("end");
      child.waitFor();
      child.kill();
      assertThat(child.rest()).containsExactly("third");
      assertThat(child.rest()).isEmpty();
    }
  }

  @Test
  void stop_itLivesAndSaysNothingUntilResumed() throws Exception {
    try (ChildProcess child = ChildProcess.java(Echo.class, "now")) {
      child.await("READY now");
      child.stop();
      String stat = Files.readString(Path.of("/proc/" + child.pid() + "/stat"));
      assertThat(stat).contains(") T ");
      assertThat(child.alive()).isTrue();
      child.say("hello");
      child.resume();
      child.await("hello");
    }
  }

  @Test
  void close_whateverItDoes_endsIt() {
    ChildProcess child = ChildProcess.java(Echo.class, "now");
    child.await("READY now");
    child.stop();
    child.close();
    assertThat(child.alive()).isFalse();
  }

  @Test
  void python_runsAScript(@TempDir Path directory) throws Exception {
    Path script = Files.writeString(directory.resolve("s.py"), "import sys\nprint(sys.argv[1])\n");
    try (ChildProcess child = ChildProcess.python(script.toString(), "hello")) {
      child.await("hello");
      assertThat(child.waitFor()).isZero();
    }
  }
}
