package dev.holdfast.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Errno;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import dev.holdfast.platform.SystemCallException;
import dev.holdfast.platform.Words;
import org.junit.jupiter.api.Test;

class SmallPartsTest {
  private final FakeKernel kernel = new FakeKernel();

  /** Creates and allocates a file, and leaves nothing when that fails. */
  private static void operation(Platform platform) {
    Descriptor file = platform.openFile("/tmp/f", Access.READ_WRITE, Creation.CREATE_NEW, 0600);
    try {
      platform.allocate(file, 0, 10);
    } catch (SystemCallException failure) {
      platform.unlinkFile("/tmp/f");
      throw failure;
    } finally {
      platform.close(file);
    }
  }

  @Test
  void faultyPlatform_everyCallFailsOnceThenTheOperationSucceeds() {
    FaultyPlatform faulty = new FaultyPlatform(kernel.start("a").platform());
    int failures = 0;
    for (int n = 1; ; n++) {
      faulty.fail(n, Errno.EIO);
      try {
        operation(faulty.platform());
      } catch (SystemCallException injected) {
        assertThat(injected).hasMessageContaining("EIO").hasMessageContaining("injected");
        failures++;
        assertThat(kernel.leftovers()).noneMatch(left -> left.startsWith("descriptor"));
      }
      if (!faulty.reached()) {
        break;
      }
      faulty.fail(Long.MAX_VALUE, 0);
      if (faulty.platform().statusOf("/tmp/f") != null) {
        faulty.platform().unlinkFile("/tmp/f");
      }
    }
    assertThat(failures).isEqualTo(3); // open, allocate, close
    assertThat(faulty.calls()).isEqualTo(3);
  }

  @Test
  void faultyPlatform_namedCall_onlyThatOneCountsAndDelegatesErrorsPassThrough() {
    FaultyPlatform faulty = new FaultyPlatform(kernel.start("a").platform());
    faulty.fail("allocate", 1, Errno.ENOSPC);
    assertThatThrownBy(() -> operation(faulty.platform())).hasMessageContaining("ENOSPC");
    assertThat(faulty.calls()).isEqualTo(1);
    assertThat(kernel.leftovers()).isEmpty();
    assertThatThrownBy(() -> faulty.platform().unlinkFile("/tmp/none"))
        .isInstanceOf(SystemCallException.class)
        .hasMessageContaining("ENOENT");
    assertThat(faulty.platform().monotonicNanos()).isPositive();
    for (String wrong : new String[] {"fsync", "words"}) {
      assertThatThrownBy(() -> faulty.fail(wrong, 1, Errno.EIO))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void heapWords_everyOperation_changesExactlyItsCell() {
    Words words = new HeapWords(32);
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
    words.setBytes(22, new byte[] {1, 2, 3, -4});
    assertThat(words.getBytes(21, 6)).containsExactly(0, 1, 2, 3, -4, 0);
    assertThat(words.get(0)).isZero();
    assertThatThrownBy(() -> words.get(32)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> words.getBytes(30, 3)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> words.get(4)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new HeapWords(9)).isInstanceOf(IllegalArgumentException.class);
  }
}
