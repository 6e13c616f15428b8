package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.platform.SystemCallException;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;

/** Regions that a file stands behind. */
class RegionFileTest extends SpaceTestBase {
  private Path file() {
    return root.resolve("data.bin");
  }

  private RegionSpec over(Path file) {
    return RegionSpec.named("f").file(file);
  }

  @Test
  void create_existingFile_isItsBytesAndIsNeverDeleted() throws IOException {
    Files.write(file(), new byte[] {1, 2, 3});
    try (Space space = openQuiet();
        Region region = space.create(over(file()))) {
      assertThat(region.bytes()).isEqualTo(3);
      assertThat(region.info().path()).contains(file().toRealPath().toString());
      assertThat(region.info().backing()).isEqualTo(RegionInfo.Backing.FILE);
      region.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) 9);
      assertThat(space.usage().bytes()).as("a file takes no shared memory").isZero();
    }
    assertThat(file()).hasBinaryContent(new byte[] {9, 2, 3});
  }

  @Test
  void create_newFile_isMadeAndDeletedWithItsRegion() {
    try (Space space = openQuiet();
        Region region = space.create(over(file()).bytes(5000).permissions(0640))) {
      assertThat(file()).hasSize(5000);
      region.segment().fill((byte) 1);
      try (Region seen = space.region("f")) {
        assertThat(seen.segment().get(ValueLayout.JAVA_BYTE, 4999)).isEqualTo((byte) 1);
      }
    }
    assertThat(file()).doesNotExist();
  }

  @Test
  void removeForcibly_newFile_nameIsGoneAtOnce() {
    try (Space space = openQuiet();
        Region region = space.create(over(file()).bytes(100).policy(RegionPolicy.manual()))) {
      space.removeForcibly("f");
      assertThat(file()).doesNotExist();
      region.segment().fill((byte) 1);
    }
  }

  @Test
  void create_readOnlyFile_cannotBeWritten() throws IOException {
    Files.write(file(), new byte[] {1, 2, 3});
    try (Space space = openQuiet();
        Region region = space.create(over(file()).readOnly())) {
      assertThat(region.isWritable()).isFalse();
      assertThatThrownBy(() -> region.segment().fill((byte) 0))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(file()).hasBinaryContent(new byte[] {1, 2, 3});
  }

  @Test
  void create_sparseFileOverTwoGiB_lastByteIsReached() throws IOException {
    long bytes = (2L << 30) + 4097;
    try (FileChannel channel =
        FileChannel.open(file(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.position(bytes - 1).write(ByteBuffer.wrap(new byte[] {7}));
    }
    try (Space space = openQuiet();
        Region region = space.create(over(file()))) {
      assertThat(region.bytes()).isEqualTo(bytes);
      assertThat(region.segment().get(ValueLayout.JAVA_BYTE, bytes - 1)).isEqualTo((byte) 7);
      region.segment().set(ValueLayout.JAVA_BYTE, bytes - 2, (byte) 8);
    }
  }

  @Test
  void create_unsuitableFile_isRefusedBeforeAnythingIsMade() throws IOException {
    Files.write(file(), new byte[] {1, 2, 3});
    Path empty = Files.createFile(root.resolve("empty"));
    Path link = Files.createSymbolicLink(root.resolve("dangling"), root.resolve("nowhere"));
    try (Space space = openQuiet()) {
      assertRefused(space, over(file()).bytes(4), "shorter than the region");
      assertRefused(space, over(empty), "shorter than the region");
      assertRefused(space, over(root), "kind=DIRECTORY");
      assertRefused(space, over(link).bytes(10), "kind=SYMBOLIC_LINK");
      assertRefused(space, over(root.resolve("missing")), "no size to make it with");
      assertRefused(space, over(file()).zeroOnReclaim(), "would destroy it");
      assertRefused(space, over(root.resolve("missing")).bytes(1).readOnly(), "existing file");
      assertRefused(space, RegionSpec.named("f"), "say how large");
      assertThat(space.member().table.highSlot()).isZero();
    }
  }

  @Test
  void create_directoryOfFileIsMissing_isReportedAndUndone() {
    try (Space space = openQuiet()) {
      assertThatThrownBy(() -> space.create(over(root.resolve("no/such/file")).bytes(1)))
          .isInstanceOf(SystemCallException.class);
      assertThat(space.regions()).isEmpty();
      assertThat(space.verify(false).findings()).isEmpty();
    }
  }

  @Test
  void open_fileReplacedByADirectory_isCorruptedAndNotHeld() throws IOException {
    Files.write(file(), new byte[10]);
    try (Space space = openQuiet();
        Region held = space.create(over(file()).readOnly())) {
      Files.delete(file());
      Files.createDirectory(file()); // as long as a page, and yet not to be mapped
      assertThatThrownBy(() -> space.region("f"))
          .isInstanceOf(CorruptedException.class)
          .hasMessageContaining("table=10 bytes");
      assertThat(space.openRegions()).hasSize(1);
      assertThat(held.segment().get(ValueLayout.JAVA_BYTE, 9)).isZero();
    }
  }

  @Test
  void ownerDies_resetFails_regionIsRetiredAndTheDeadLeaveAllTheSame() throws IOException {
    try (Space space = openQuiet()) {
      Space owner = openQuiet();
      RegionId id =
          owner
              .create(
                  over(file())
                      .bytes(10)
                      .policy(RegionPolicy.manual())
                      .onOwnerDeath(OwnerDeath.RESET))
              .id();
      Path made = file().toRealPath();
      Files.delete(made);
      Files.createDirectory(made); // neither to be written nor to be unlinked from now on
      owner.member().live.close();
      assertThat(space.findLeftovers()).hasSize(1);
      assertThatThrownBy(space::sweep).isInstanceOf(SystemCallException.class);
      assertThat(space.participants()).hasSize(1);
      assertThat(space.find(id.toString()))
          .map(RegionInfo::state)
          .contains(RegionInfo.State.RETIRED);
      Files.delete(made);
      assertThat(space.sweep().regionsReclaimed()).isEqualTo(1);
    }
  }

  private static void assertRefused(Space space, RegionSpec spec, String why) {
    assertThatThrownBy(() -> space.create(spec))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }
}
