package dev.holdfast.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The parts that need no operating system. */
class SmallPartsTest {
  @Test
  void platform_otherSystem_saysWhichIsImplemented() {
    for (String system : List.of("Mac OS X", "Windows 11")) {
      assertThatThrownBy(() -> Current.platform(system, "amd64"))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("name=" + system)
          .hasMessageContaining("implemented=Linux");
    }
    assertThatThrownBy(() -> Current.platform("Linux", "riscv64"))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("name=riscv64");
  }

  @Test
  void abi_otherProcessor_hasItsOwnNumbers() {
    assertThat(LinuxAbi.of("aarch64").futexCall).isEqualTo(98);
    assertThat(LinuxAbi.of("x86_64").futexCall).isEqualTo(202);
  }

  @Test
  void nativeAccess_denied_errorNamesTheFlag() {
    assertThatThrownBy(() ->
            NativeAccess.require(() -> {
              throw new IllegalCallerException("denied");
            }))
        .isInstanceOf(IllegalCallerException.class)
        .hasMessageContaining("--enable-native-access=dev.holdfast.platform")
        .hasMessageContaining("--enable-native-access=ALL-UNNAMED");
  }

  @Test
  void nativeAccess_deniedByTheJvm_errorNamesTheFlag() throws Exception {
    List<String> command = new ArrayList<>(JavaChild.command("lock", "none"));
    command.set(1, "--illegal-native-access=deny");
    Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
    assertThat(child.inputReader().lines())
        .anySatisfy(line ->
            assertThat(line)
                .contains("IllegalCallerException")
                .contains("--enable-native-access=ALL-UNNAMED"));
    assertThat(child.waitFor()).isNotZero();
  }

  @Test
  void errno_everyConstant_hasItsSymbolAndAMeaning() throws IllegalAccessException {
    for (Field constant : Errno.class.getFields()) {
      int errno = constant.getInt(null);
      assertThat(Errno.symbol(errno)).isEqualTo(constant.getName());
      assertThat(Errno.meaning(errno)).isNotBlank();
    }
    assertThat(Errno.symbol(4711)).isEqualTo("errno 4711");
  }

  @Test
  void undo_actionAndUndoFail_firstFailureFliesOn() {
    RuntimeException first = new IllegalStateException("first");
    RuntimeException second = new IllegalStateException("second");
    assertThatThrownBy(() ->
            Undo.onFailure(
                () -> {
                  throw first;
                },
                () -> {
                  throw second;
                }))
        .isSameAs(first)
        .hasSuppressedException(second);
  }

  @Test
  void mounts_blanksInNames_areUndone() {
    LinuxMounts mounts =
        LinuxMounts.parse(
            List.of(
                "24 1 0:22 / /a rw,relatime shared:1 - tmpfs none rw",
                "25 1 0:22 / /b\\040c\\134 rw - tmpfs none rw",
                "26 1 8:1 / / rw shared:2 master:3 - ext4 /dev/x rw"));
    assertThat(mounts.find(24, 0, 0).point()).isEqualTo("/a");
    assertThat(mounts.find(26, 0, 0).type()).isEqualTo("ext4");
    assertThat(mounts.find(LinuxMounts.UNKNOWN_ID, 0, 22).point()).isEqualTo("/b c\\");
    assertThat(mounts.find(99, 8, 1).point()).isEqualTo("(not mounted)");
  }

  @Test
  void descriptor_taken_isHandedOutOnce() {
    Descriptor descriptor = new Descriptor(5, "file");
    assertThat(descriptor).hasToString("file (descriptor 5)");
    assertThat(descriptor.take()).isEqualTo(5);
    assertThat(descriptor.take()).isEqualTo(-1);
  }

  @Test
  void capabilities_onLinux_everyEntryIsMeasuredAndTold() {
    Capabilities capabilities = Platform.current().capabilities();
    assertThat(capabilities).isSameAs(Platform.current().capabilities());
    assertThat(capabilities.operatingSystem()).startsWith("Linux ");
    assertThat(capabilities.entries())
        .extracting(Capabilities.Capability::name)
        .containsExactly(
            "shared-memory",
            "kernel-locks",
            "futex",
            "pidfd",
            "memfd-seals",
            "thread-priority",
            "byte-order",
            "native-access",
            "huge-pages",
            "selinux",
            "pid-namespace",
            "ipc-namespace");
    assertThat(capabilities.entries())
        .allSatisfy(entry -> {
          assertThat(entry.detail()).isNotBlank();
          assertThat(entry.without()).isNotBlank();
        });
    for (String needed : List.of("shared-memory", "kernel-locks", "futex", "memfd-seals")) {
      assertThat(capabilities.has(needed)).as(needed).isTrue();
    }
    assertThat(capabilities.has("teleportation")).isFalse();
    assertThat(Platform.current().listShared("/holdfast-")).noneMatch(name -> name.length() == 28);
  }

  @Test
  void capability_attemptFails_isAbsentWithTheReason() {
    Capabilities.Capability absent =
        LinuxCapabilities.tried(
            "x", () -> LinuxCapabilities.require(false, "x", "no x here"), "none");
    assertThat(absent.available()).isFalse();
    assertThat(absent.detail()).isEqualTo("no x here");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void words_everyOperation_changesExactlyItsCell(boolean shared) {
    try (Arena arena = shared ? Arena.ofShared() : Arena.ofConfined()) {
      Words words = Platform.current().words(arena.allocate(32, 8));
      assertThat(words.byteSize()).isEqualTo(32);
      words.set(8, 6);
      assertThat(words.compareAndSet(8, 5, 7)).isFalse();
      assertThat(words.compareAndSet(8, 6, 7)).isTrue();
      assertThat(words.or(8, 8)).isEqualTo(7);
      assertThat(words.and(8, 12)).isEqualTo(15);
      assertThat(words.add(8, -2)).isEqualTo(12);
      assertThat(words.get(8)).isEqualTo(10);
      words.setPlain(16, 0x0102);
      assertThat(words.getPlain(16)).isEqualTo(0x0102);
      words.setBytes(25, new byte[] {1, 2, 3});
      assertThat(words.getBytes(24, 5)).containsExactly(0, 1, 2, 3, 0);
      assertThat(words.get(0)).isZero();
      assertThatThrownBy(() -> words.get(32)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> words.get(-8)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> words.get(4)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> words.getPlain(4)).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
