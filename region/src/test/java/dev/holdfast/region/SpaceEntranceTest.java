package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import dev.holdfast.platform.Words;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** How spaces are created, joined, left, refused and found again. */
class SpaceEntranceTest extends SpaceTestBase {
  private Path directory() {
    return root.resolve(SPACE);
  }

  @Test
  void open_manyThreadsAtOnce_oneSpaceManyParticipants() throws Exception {
    List<Space> spaces = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(16)) {
      List<Future<Space>> opening = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        opening.add(threads.submit(this::openQuiet));
      }
      for (Future<Space> each : opening) {
        spaces.add(each.get(60, TimeUnit.SECONDS));
      }
      assertThat(spaces).extracting(space -> space.self().slot()).doesNotHaveDuplicates();
      assertThat(spaces.getFirst().participants()).hasSize(64);
      assertThat(objects()).hasSize(1);
      List<Future<?>> closing = new ArrayList<>();
      spaces.forEach(space -> closing.add(threads.submit(space::close)));
      for (Future<?> each : closing) {
        each.get(60, TimeUnit.SECONDS);
      }
    }
    assertThat(root).isEmptyDirectory();
  }

  @Test
  void openAndClose_manyThreadsInTurn_spaceComesAndGoes() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<?>> turns = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        turns.add(
            threads.submit(() -> {
              for (int turn = 0; turn < 25; turn++) {
                openQuiet().close();
              }
            }));
      }
      for (Future<?> each : turns) {
        each.get(60, TimeUnit.SECONDS);
      }
    }
    assertThat(root).isEmptyDirectory();
  }

  @Test
  void close_lastOneOfAnEmptySpace_configuredRootStays() {
    openQuiet().close();
    assertThat(root).isEmptyDirectory();
    assertThat(objects()).isEmpty();
  }

  @Test
  void remove_defaultRoot_isWhereTheDocumentSays() {
    SpaceDirectory ours = new SpaceDirectory(PLATFORM, Optional.empty(), "unused-by-any-test");
    Assumptions.assumeTrue(System.getenv("HOLDFAST_ROOT") == null);
    assertThat(ours.root()).isEqualTo("/dev/shm/holdfast-" + PLATFORM.self().uid());
    ours.make();
    assertThat(ours.exists()).isTrue();
    ours.remove();
    assertThat(ours.exists()).isFalse();
  }

  @Test
  void close_foreignFileInTheDirectory_isLeftAlone() throws IOException {
    try (Space _ = openQuiet()) {
      Files.writeString(directory().resolve("note.txt"), "mine");
    }
    assertThat(directory().resolve("note.txt")).hasContent("mine");
    assertThat(directory().resolve("live")).doesNotExist();
    openQuiet().close();
  }

  @Test
  void existing_noSuchSpace_isNotFoundAndMakesNothing() {
    assertThatThrownBy(() -> Space.open(spec().existing()))
        .isInstanceOf(SpaceNotFoundException.class)
        .hasMessageContaining("space=test");
    assertThat(root).isEmptyDirectory();
    RegionId id = abandonedRegion("r");
    try (Space space = Space.open(spec().existing(), environment(PLATFORM))) {
      assertThat(space.find(id.toString())).isPresent();
      space.remove("r");
    }
  }

  @Test
  void existing_directoryButNoLivenessFile_isNotFound() throws IOException {
    Files.createDirectory(directory());
    assertThatThrownBy(() -> Space.open(spec().existing()))
        .isInstanceOf(SpaceNotFoundException.class);
    Files.createFile(directory().resolve("live"));
    assertThatThrownBy(() -> Space.open(spec().existing()))
        .isInstanceOf(SpaceNotFoundException.class);
  }

  @Test
  void open_afterAReboot_startsAnewAndRemovesWhatWasLeft() {
    abandonedRegion("old");
    damage(words -> rewriteHeader(words, HeaderLayout.BOOT_ID_AT, 1));
    try (Space space = openQuiet()) {
      assertThat(space.regions()).isEmpty();
      assertThat(objects()).hasSize(1);
    }
  }

  @Test
  void open_oneBitOfTheBootIdFlipped_isDamageAndNothingIsLost() {
    abandonedRegion("kept");
    damage(words -> words.set(HeaderLayout.BOOT_ID_AT, words.get(HeaderLayout.BOOT_ID_AT) ^ 2));
    assertThatThrownBy(this::openQuiet).isInstanceOf(CorruptedException.class);
    assertThat(objects()).hasSize(2);
    assertThat(Space.repairHeader(spec()).findings()).hasSize(1);
    try (Space space = openQuiet()) {
      space.remove("kept");
    }
  }

  @Test
  void open_readyWordDamaged_isDamageAndNothingIsLost() {
    abandonedRegion("kept");
    for (long ready : new long[] {0, 3}) {
      damage(words -> words.set(HeaderLayout.READY_AT, ready));
      assertThatThrownBy(this::openQuiet)
          .isInstanceOf(CorruptedException.class)
          .hasMessageContaining("ready=");
      assertThat(objects()).hasSize(2);
      assertThat(Space.repairHeader(spec()).findings()).hasSize(1);
    }
    removeAll();
  }

  @Test
  void open_creatorDiedBeforeReady_startsAnew() {
    try (Space space = openQuiet()) {
      assertThat(space.regions()).isEmpty();
    }
    leaveUnfinished(0);
    openQuiet().close();
    leaveUnfinished(100);
    openQuiet().close();
    leaveUnfinished(1 << 20);
    assertThatThrownBy(() -> Space.open(spec().existing()))
        .isInstanceOf(SpaceNotFoundException.class);
  }

  @Test
  void open_objectCutShort_startsAnew() {
    abandonedRegion("lost");
    var object =
        PLATFORM.openShared(Names.controlObject(hash()), Access.READ_WRITE, Creation.OPEN, 0600);
    PLATFORM.resize(object, 65_536);
    PLATFORM.close(object);
    try (Space space = openQuiet()) {
      assertThat(space.regions()).isEmpty();
    }
  }

  @Test
  void open_controlSegmentGoneUnderLivingParticipants_isExplained() {
    Space space = openQuiet();
    PLATFORM.unlinkShared(Names.controlObject(hash()));
    assertThatThrownBy(this::openQuiet)
        .isInstanceOf(CorruptedException.class)
        .hasMessageContaining("RemoveIPC")
        .hasMessageContaining("participants of it are alive");
    space.close();
  }

  @Test
  void open_otherLayoutMajor_namesBothVersions() {
    abandonedRegion("r");
    damage(words -> rewriteHeader(words, HeaderLayout.MAJOR_AT, 2));
    assertThatThrownBy(this::openQuiet)
        .isInstanceOf(LayoutMismatchException.class)
        .hasMessageContaining("found=2.0, expected=1.x");
    assertThatThrownBy(() -> Space.repairHeader(spec()))
        .as("a sound header of another version is not damage")
        .isInstanceOf(LayoutMismatchException.class);
    damage(words -> rewriteHeader(words, HeaderLayout.MAJOR_AT, 1));
    removeAll();
  }

  @Test
  void open_unknownRequiredFeature_isRefusedAndAnUnknownOptionalOneIsNot() {
    abandonedRegion("r");
    damage(words -> rewriteHeader(words, HeaderLayout.REQUIRED_FEATURES_AT, 8));
    assertThatThrownBy(this::openQuiet)
        .isInstanceOf(LayoutMismatchException.class)
        .hasMessageContaining("features=0x8");
    damage(words -> rewriteHeader(words, HeaderLayout.REQUIRED_FEATURES_AT, 0));
    damage(words -> rewriteHeader(words, HeaderLayout.OPTIONAL_FEATURES_AT, 8));
    damage(words -> rewriteHeader(words, HeaderLayout.MINOR_AT, 7));
    removeAll();
  }

  @Test
  void open_unsafeFiles_areRefused() throws IOException {
    Path real = Files.createDirectory(root.resolve("real"));
    Path link = Files.createSymbolicLink(root.resolve("link"), real);
    assertRefused(spec().under(link), "is a symbolic link");
    assertRefused(spec().under(Path.of(link + "/")), "is a symbolic link");
    assertRefused(spec().under(root.resolve("no/parent")), "has no parent directory");
    Path file = Files.createFile(root.resolve("file"));
    assertRefused(spec().under(file), "is not a directory");
    Files.createSymbolicLink(directory(), real);
    assertRefused(spec(), "is a symbolic link");
    Files.delete(directory());

    Files.createDirectory(
        directory(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path live = directory().resolve("live");
    Files.createSymbolicLink(live, file);
    assertRefused(spec(), "is a symbolic link");
    Files.delete(live);
    Files.createDirectory(live);
    assertRefused(spec(), "is a directory");
    Files.delete(live);
    Files.createFile(live);
    Files.setPosixFilePermissions(live, PosixFilePermissions.fromString("rw-rw-rw-"));
    assertRefused(spec(), "can be written by everybody (mode=0666)");
    Files.delete(live);
    Files.setPosixFilePermissions(directory(), PosixFilePermissions.fromString("rwxrwxrwx"));
    assertRefused(spec(), "can be written by everybody (mode=0777)");
  }

  @Test
  void open_filesOfAnotherUser_areRefused() throws IOException {
    Assumptions.assumeTrue(PLATFORM.self().uid() == 0, "only root can give files away");
    Path other = Files.createDirectory(root.resolve("theirs"));
    Files.setAttribute(other, "unix:uid", 12_345);
    assertRefused(spec().under(other), "belongs to another user (owner=12345, me=0)");

    abandonedRegion("r");
    Path control = Path.of("/dev/shm" + Names.controlObject(hash()));
    Files.setAttribute(control, "unix:uid", 12_345);
    assertRefused(spec(), "belongs to another user");
    Files.setAttribute(control, "unix:uid", 0);
    removeAll();
  }

  @Test
  void open_fullOfLivingParticipants_isRefusedUntilOneIsDead() {
    SpaceSpec two = spec().limits(Limits.DEFAULT.withParticipants(2).withRegions(4));
    try (Space first = Space.open(two, environment(PLATFORM))) {
      Space second = Space.open(two, environment(PLATFORM));
      assertThatThrownBy(() -> Space.open(two, environment(PLATFORM)))
          .isInstanceOf(LimitExceededException.class)
          .hasMessageContaining("participants=2");
      second.create(RegionSpec.named("orphan").bytes(10));
      second.member().live.close();
      try (Space third = Space.open(two, environment(PLATFORM))) {
        assertThat(third.self().slot()).isEqualTo(1);
        assertThat(third.self().handle() >>> 16).as("generation").isEqualTo(2);
        assertThat(first.regions()).isEmpty();
      }
    }
  }

  @Test
  void open_creationLockHeld_isBusyAfterTheTimeout() {
    try (Space space = openQuiet();
        LivenessFile.Held _ = space.member().live.lockCreation(watchdog())) {
      assertThatThrownBy(
              () -> Space.open(spec().timeout(Duration.ofMillis(5)), environment(PLATFORM)))
          .isInstanceOf(BusyException.class)
          .hasMessageContaining("waited PT0.005S");
    }
  }

  @Test
  void catalogActorLeftSet_nextChange_recountsTheSums() {
    try (Space space = openQuiet();
        Region _ = space.create(RegionSpec.named("a").bytes(100))) {
      space.member().catalog.set(CatalogLayout.ACTOR, 9);
      space.member().catalog.set(CatalogLayout.BYTES_IN_USE, 123_456);
      space.member().catalog.set(CatalogLayout.REGIONS_IN_USE, 77);
      space.create(RegionSpec.named("b").bytes(1)).close();
      assertThat(space.usage().bytes()).isEqualTo(100);
      assertThat(space.usage().regions()).isEqualTo(1);
      assertThat(space.member().catalog.get(CatalogLayout.ACTOR)).isZero();
    }
  }

  @Test
  void open_limitDamaged_opensAndRepairRestoresIt() {
    try (Space space = openQuiet()) {
      damage(words -> words.set(wordOf(space, CatalogLayout.LIMIT_REGIONS), -1));
      try (Space other = openQuiet()) { // damage does not keep those out who would mend it
        assertThatThrownBy(other::usage).isInstanceOf(CorruptedException.class);
        assertThat(other.repair().findings())
            .extracting(Verification.Finding::damage)
            .containsExactly(Verification.Damage.LIMITS);
        assertThat(other.usage().limits().regions()).isEqualTo(64);
      }
    }
  }

  @Test
  void repairHeader_soundOrMissingOrUnfit_saysSo() throws IOException {
    assertThatThrownBy(() -> Space.repairHeader(spec())).isInstanceOf(SpaceNotFoundException.class);
    abandonedRegion("r");
    assertThat(Space.repairHeader(spec()).isSound()).isTrue();
    Path descriptor = directory().resolve("space.json");
    String text = Files.readString(descriptor);
    damage(words -> words.set(0, 0));
    for (String unfit :
        List.of(
            "",
            text.replace("1.0", "2.0"),
            text.replace("\"regions\":64", "\"regions\":128"),
            text.replace("\"events\":1024", "\"events\":1000"))) {
      Files.writeString(descriptor, unfit);
      assertThatThrownBy(() -> Space.repairHeader(spec()))
          .isInstanceOf(CorruptedException.class)
          .hasMessageContaining("header cannot be mended");
    }
    Files.delete(descriptor);
    assertThatThrownBy(() -> Space.repairHeader(spec()))
        .isInstanceOf(CorruptedException.class)
        .hasMessageContaining("descriptor cannot be read");
    Files.writeString(descriptor, text);
    assertThat(Space.repairHeader(spec()).findings())
        .extracting(Verification.Finding::repaired)
        .containsExactly(true);
    removeAll();
  }

  private static long wordOf(Space space, int catalogField) {
    return space.member().segment.catalog(catalogField);
  }

  private void leaveUnfinished(long bytes) {
    SpaceDirectory directory = new SpaceDirectory(PLATFORM, Optional.of(root.toString()), SPACE);
    directory.make();
    directory.openLive(true).ifPresent(PLATFORM::close);
    var object =
        PLATFORM.openShared(
            Names.controlObject(hash()), Access.READ_WRITE, Creation.CREATE_NEW, 0600);
    PLATFORM.resize(object, bytes);
    PLATFORM.close(object);
  }

  private static void rewriteHeader(Words words, int at, long value) {
    words.set(at, value);
    words.set(
        HeaderLayout.CRC_AT,
        Crc.of(words.getBytes(0, HeaderLayout.CRC_AT), 0, HeaderLayout.CRC_AT));
  }

  private static void assertRefused(SpaceSpec spec, String why) {
    assertThatThrownBy(() -> Space.open(spec, environment(PLATFORM)))
        .isInstanceOf(SpaceRefusedException.class)
        .hasMessageContaining(why);
  }
}
