package dev.holdfast.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LocksTest {
  private final Platform platform = Platform.current();
  private final Scratch scratch;
  private final Descriptor first;
  private final Descriptor second;

  LocksTest() throws IOException {
    scratch = new Scratch();
    first = platform.openFile(scratch.path("f"), Access.READ_WRITE, Creation.CREATE_NEW, 0600);
    second = open();
  }

  private Descriptor open() {
    return platform.openFile(scratch.path("f"), Access.READ_WRITE, Creation.OPEN, 0);
  }

  @AfterEach
  void removeScratch() throws IOException {
    platform.close(first);
    platform.close(second);
    scratch.close();
  }

  @Test
  void tryLock_twoDescriptorsOfOneProcess_excludeEachOther() {
    assertThat(platform.tryLock(first, 7, 1)).isTrue();
    assertThat(platform.tryLock(first, 7, 1)).isTrue();
    assertThat(platform.tryLock(second, 7, 1)).isFalse();
    assertThat(platform.tryLock(second, 8, 1)).isTrue();
    assertThat(platform.tryLock(second, 0, 100)).isFalse();
  }

  @Test
  void isLockedByOther_ownLock_doesNotCount() {
    platform.tryLock(first, 7, 1);
    assertThat(platform.isLockedByOther(first, 7, 1)).isFalse();
    assertThat(platform.isLockedByOther(second, 7, 1)).isTrue();
    assertThat(platform.isLockedByOther(second, 0, 7)).isFalse();
    assertThat(platform.isLockedByOther(second, 0, 1_048_576)).isTrue();
  }

  @Test
  void unlock_someOfTheBytes_keepsTheRest() {
    platform.tryLock(first, 0, 10);
    platform.unlock(first, 5, 1);
    platform.unlock(first, 50, 1);
    assertThat(platform.tryLock(second, 5, 1)).isTrue();
    assertThat(platform.tryLock(second, 6, 1)).isFalse();
  }

  @Test
  void close_ofAnotherDescriptorOfTheFile_releasesNothing() {
    platform.tryLock(first, 7, 1);
    platform.close(open());
    assertThat(platform.tryLock(second, 7, 1)).isFalse();
  }

  @Test
  void close_ofTheHolder_releases() {
    Descriptor holder = open();
    platform.tryLock(holder, 7, 1);
    platform.close(holder);
    assertThat(platform.tryLock(second, 7, 1)).isTrue();
  }

  @Test
  void kill_ofTheHolder_releases() throws Exception {
    try (JavaChild child = new JavaChild("lock", scratch.path("f"))) {
      child.awaitReady();
      assertThat(platform.isLockedByOther(first, 7, 1)).isTrue();
      assertThat(platform.tryLock(first, 7, 1)).isFalse();
      child.kill();
      child.exitCode();
      assertThat(platform.tryLock(first, 7, 1)).isTrue();
    }
  }

  @Test
  void kill_holderLeftAsZombie_holdsNothing() throws Exception {
    // The shell becomes a sleep that never collects its child.
    String java = String.join(" ", JavaChild.command("lock", scratch.path("f")));
    Process parent =
        new ProcessBuilder("sh", "-c", "exec 3<&0; " + java + " <&3 & echo $!; exec sleep 100")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader output = parent.inputReader()) {
      long pid = Long.parseLong(output.readLine());
      assertThat(output.readLine()).isEqualTo("READY");
      assertThat(platform.tryLock(first, 7, 1)).isFalse();
      ProcessHandle.of(pid).orElseThrow().destroyForcibly();
      Scratch.until(() -> Proc.read("/proc/" + pid + "/stat").contains(") Z "));
      Scratch.until(() -> platform.tryLock(first, 7, 1));
      assertThat(Proc.read("/proc/" + pid + "/stat")).contains(") Z ");
    } finally {
      parent.destroyForcibly();
    }
  }

  @Test
  void anyCall_notARange_isRefused() {
    List.<Runnable>of(
            () -> platform.tryLock(first, 0, 0),
            () -> platform.unlock(first, -1, 1),
            () -> platform.isLockedByOther(first, 0, -1))
        .forEach(call ->
            assertThatThrownBy(call::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("length="));
  }

  @Test
  void tryLock_readOnlyDescriptor_isEbadf() {
    Descriptor readOnly = platform.openFile(scratch.path("f"), Access.READ_ONLY, Creation.OPEN, 0);
    assertThatThrownBy(() -> platform.tryLock(readOnly, 0, 1))
        .isInstanceOf(SystemCallException.class)
        .hasMessageContaining("F_OFD_SETLK")
        .hasMessageContaining("offset=0, length=1");
    platform.close(readOnly);
  }

  @Test
  void unlockAndIsLockedByOther_notAFile_nameTheCall() {
    Descriptor wrong = new Descriptor(1 << 20, "nothing");
    assertThatThrownBy(() -> platform.unlock(wrong, 0, 1)).hasMessageContaining("unlock");
    assertThatThrownBy(() -> platform.isLockedByOther(wrong, 0, 1))
        .hasMessageContaining("F_OFD_GETLK");
  }
}
