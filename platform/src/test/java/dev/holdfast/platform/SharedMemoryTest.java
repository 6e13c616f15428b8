package dev.holdfast.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SharedMemoryTest {
  private final Platform platform = Platform.current();
  private final String name = "/holdfast-t-" + UUID.randomUUID().toString().substring(0, 13);

  @AfterEach
  void removeObject() throws Exception {
    Files.deleteIfExists(Path.of("/dev/shm" + name));
  }

  @Test
  void openShared_createNew_twoMappingsSeeTheSameBytes() {
    Descriptor first = platform.openShared(name, Access.READ_WRITE, Creation.CREATE_NEW, 0600);
    platform.allocate(first, 0, 8192);
    Descriptor second = platform.openShared(name, Access.READ_ONLY, Creation.OPEN, 0);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment written = platform.map(first, 8192, Access.READ_WRITE, arena);
      MemorySegment read = platform.map(second, 8192, Access.READ_ONLY, arena);
      written.set(ValueLayout.JAVA_LONG, 4096, 42);
      assertThat(read.get(ValueLayout.JAVA_LONG, 4096)).isEqualTo(42);
      assertThat(written.byteSize()).isEqualTo(8192);
      assertThat(read.isReadOnly()).isTrue();
    }
    platform.close(first);
    platform.close(second);
    platform.unlinkShared(name);
    assertThat(platform.listShared(name)).isEmpty();
  }

  @Test
  void openShared_createNew_permissionsAreExactWhateverTheUmask() {
    Descriptor object = platform.openShared(name, Access.READ_WRITE, Creation.CREATE_NEW, 0666);
    assertThat(platform.status(object).permissions()).isEqualTo(0666);
    platform.close(object);
  }

  @Test
  void openShared_createNewOfExisting_isEexistAndLeavesItAlone() {
    platform.close(platform.openShared(name, Access.READ_WRITE, Creation.CREATE_NEW, 0600));
    assertThatThrownBy(
            () -> platform.openShared(name, Access.READ_WRITE, Creation.CREATE_NEW, 0666))
        .isInstanceOfSatisfying(
            SystemCallException.class,
            failure -> {
              assertThat(failure.call()).isEqualTo("shm_open");
              assertThat(failure.errno()).isEqualTo(Errno.EEXIST);
              assertThat(failure.arguments()).contains("name=" + name);
            })
        .hasMessageContaining("errno=17 (EEXIST: exists already)");
    assertThat(platform.listShared(name)).containsExactly(name);
  }

  @Test
  void openShared_openOrCreate_createsOnceAndOpensThen() {
    Descriptor created =
        platform.openShared(name, Access.READ_WRITE, Creation.OPEN_OR_CREATE, 0640);
    Descriptor opened = platform.openShared(name, Access.READ_WRITE, Creation.OPEN_OR_CREATE, 0600);
    assertThat(platform.status(opened).sameObjectAs(platform.status(created))).isTrue();
    assertThat(platform.status(opened).permissions()).isEqualTo(0640);
    platform.close(created);
    platform.close(opened);
  }

  @Test
  void openShared_openOfMissing_isEnoent() {
    assertThatThrownBy(() -> platform.openShared(name, Access.READ_WRITE, Creation.OPEN, 0))
        .isInstanceOfSatisfying(
            SystemCallException.class, failure -> assertThat(failure.is(Errno.ENOENT)).isTrue());
  }

  @Test
  void openShared_nameThatDoesNotFitEverywhere_isRefusedBeforeTheCall() {
    for (String wrong : new String[] {"", "/", "abc", "/a/b", "a/", "/" + "x".repeat(31)}) {
      assertThatThrownBy(
              () -> platform.openShared(wrong, Access.READ_WRITE, Creation.CREATE_NEW, 0600))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("length=" + wrong.length());
    }
    assertThatThrownBy(() -> platform.unlinkShared("/a\0b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("zero character");
  }

  @Test
  void listShared_prefix_namesOnlyObjectsThatStartWithIt() {
    platform.close(platform.openShared(name, Access.READ_WRITE, Creation.CREATE_NEW, 0600));
    assertThat(platform.listShared(name.substring(0, name.length() - 1))).containsExactly(name);
    assertThat(platform.listShared(name + "x")).isEmpty();
  }

  @Test
  void unlinkShared_missing_isEnoent() {
    assertThatThrownBy(() -> platform.unlinkShared(name))
        .isInstanceOf(SystemCallException.class)
        .hasMessageContaining("shm_unlink failed")
        .hasMessageContaining("ENOENT");
  }
}
