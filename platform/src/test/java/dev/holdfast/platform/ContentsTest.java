package dev.holdfast.platform;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ContentsTest {
  private final Platform platform = Platform.current();
  private final Scratch scratch;
  private final Descriptor file;

  ContentsTest() throws IOException {
    scratch = new Scratch();
    file = platform.openFile(scratch.path("f"), Access.READ_WRITE, Creation.CREATE_NEW, 0600);
  }

  @AfterEach
  void removeScratch() throws IOException {
    platform.close(file);
    scratch.close();
  }

  private static byte[] randomBytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  @Test
  void readAndWrite_heapAndNativeOfAnyLength_bytesComeBack() {
    for (int length : new int[] {1, 65_536, 65_537, 200_000}) {
      byte[] bytes = randomBytes(length);
      byte[] read = new byte[length];
      platform.write(file, 3, MemorySegment.ofArray(bytes));
      assertThat(platform.read(file, 3, MemorySegment.ofArray(read))).isEqualTo(length);
      assertThat(read).isEqualTo(bytes);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment nativeBytes = arena.allocate(length);
        assertThat(platform.read(file, 3, nativeBytes)).isEqualTo(length);
        assertThat(nativeBytes.toArray(JAVA_BYTE)).isEqualTo(bytes);
        platform.write(file, 7, nativeBytes);
        assertThat(platform.read(file, 7, MemorySegment.ofArray(read))).isEqualTo(length);
        assertThat(read).isEqualTo(bytes);
      }
    }
  }

  @Test
  void read_acrossTheEnd_countsWhatIsThere() {
    platform.write(file, 0, MemorySegment.ofArray(randomBytes(100)));
    assertThat(platform.read(file, 40, MemorySegment.ofArray(new byte[100]))).isEqualTo(60);
    assertThat(platform.read(file, 100, MemorySegment.ofArray(new byte[1]))).isZero();
  }

  @Test
  void write_readOnlyDescriptor_isEbadf() {
    Descriptor readOnly = platform.openFile(scratch.path("f"), Access.READ_ONLY, Creation.OPEN, 0);
    assertThatThrownBy(() -> platform.write(readOnly, 0, MemorySegment.ofArray(new byte[8])))
        .isInstanceOf(SystemCallException.class)
        .hasMessageContaining("EBADF")
        .hasMessageContaining("length=8");
    platform.close(readOnly);
  }

  @Test
  void allocate_moreThanOneStep_everyByteIsAllocated() {
    long bytes = (40L << 20) + 5;
    platform.allocate(file, 0, bytes);
    assertThat(platform.status(file).bytes()).isEqualTo(bytes);
    assertThat(platform.status(file).allocatedBytes()).isGreaterThanOrEqualTo(bytes);
  }

  @Test
  void allocate_notARange_isRefused() {
    for (long[] range : new long[][] {{-1, 1}, {0, 0}, {0, -1}, {Long.MAX_VALUE, 1}}) {
      assertThatThrownBy(() -> platform.allocate(file, range[0], range[1]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("length=" + range[1]);
    }
  }

  @Test
  void resize_grownAndShrunk_allocatesNothing() {
    platform.resize(file, 1 << 20);
    assertThat(platform.status(file).bytes()).isEqualTo(1 << 20);
    assertThat(platform.status(file).allocatedBytes()).isZero();
    platform.resize(file, 10);
    assertThat(platform.status(file).bytes()).isEqualTo(10);
    assertThatThrownBy(() -> platform.resize(file, -1))
        .isInstanceOf(SystemCallException.class)
        .hasMessageContaining("ftruncate");
  }

  @Test
  void allocate_fullFileSystem_isEnospcThatNamesTheMountAndLeavesNothing() throws Exception {
    String mount = scratch.path("small");
    Files.createDirectory(Path.of(mount));
    boolean mounted =
        new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount)
                .start()
                .waitFor()
            == 0;
    assumeTrue(mounted, "SKIPPED: a full file system needs the right to mount a tmpfs");
    try {
      Descriptor object =
          platform.openFile(mount + "/f", Access.READ_WRITE, Creation.CREATE_NEW, 0600);
      platform.allocate(object, 0, 64 << 10);
      long freeBefore = platform.fileSystem(object).availableBytes();
      assertThatThrownBy(() -> platform.allocate(object, 64 << 10, 2 << 20))
          .isInstanceOfSatisfying(
              SystemCallException.class, failure -> assertThat(failure.is(Errno.ENOSPC)).isTrue())
          .hasMessageContaining("posix_fallocate")
          .hasMessageContaining("length=2097152")
          .hasMessageContaining("mountPoint=" + mount)
          .hasMessageContaining("totalBytes=1048576");
      assertThat(platform.status(object).bytes()).isEqualTo(64 << 10);
      assertThat(platform.fileSystem(object).availableBytes()).isEqualTo(freeBefore);
      platform.close(object);
    } finally {
      assertThat(new ProcessBuilder("umount", mount).start().waitFor()).isZero();
    }
  }
}
