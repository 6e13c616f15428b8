package dev.holdfast.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.platform.FileStatus.Kind;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FilesTest {
  private final Platform platform = Platform.current();
  private final Scratch scratch;

  FilesTest() throws IOException {
    scratch = new Scratch();
  }

  @AfterEach
  void removeScratch() throws IOException {
    scratch.close();
  }

  private Descriptor create(String name) {
    return platform.openFile(scratch.path(name), Access.READ_WRITE, Creation.CREATE_NEW, 0600);
  }

  private static void assertErrno(int errno, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            SystemCallException.class,
            failure -> assertThat(Errno.symbol(failure.errno())).isEqualTo(Errno.symbol(errno)));
  }

  @Test
  void openFile_createNew_hasExactPermissionsAndIsEmpty() {
    Descriptor file =
        platform.openFile(scratch.path("f"), Access.READ_WRITE, Creation.CREATE_NEW, 0666);
    FileStatus status = platform.status(file);
    assertThat(status.kind()).isEqualTo(Kind.REGULAR);
    assertThat(status.permissions()).isEqualTo(0666);
    assertThat(status.worldWritable()).isTrue();
    assertThat(status.bytes()).isZero();
    assertThat(status.links()).isEqualTo(1);
    assertThat(status.uid()).isEqualTo(platform.self().uid());
    assertThat(status.gid()).isEqualTo(platform.self().gid());
    platform.close(file);
  }

  @Test
  void openFile_openOrCreate_keepsWhatIsThere() {
    platform.close(create("f"));
    Descriptor file =
        platform.openFile(scratch.path("f"), Access.READ_WRITE, Creation.OPEN_OR_CREATE, 0666);
    assertThat(platform.status(file).permissions()).isEqualTo(0600);
    assertThat(platform.status(file).worldWritable()).isFalse();
    platform.close(file);
  }

  @Test
  void openFile_symbolicLink_isRefused() throws IOException {
    Files.createSymbolicLink(Path.of(scratch.path("link")), Path.of(scratch.path("target")));
    for (Creation creation : List.of(Creation.OPEN, Creation.OPEN_OR_CREATE)) {
      assertErrno(
          Errno.ELOOP,
          () -> platform.openFile(scratch.path("link"), Access.READ_WRITE, creation, 0600));
    }
    assertThat(Files.exists(Path.of(scratch.path("target")))).isFalse();
  }

  @Test
  void openFile_parentMissing_isEnoent() {
    assertErrno(
        Errno.ENOENT,
        () ->
            platform.openFile(
                scratch.path("no/f"), Access.READ_WRITE, Creation.OPEN_OR_CREATE, 0600));
  }

  @Test
  void openFile_directoryForWriting_isEisdir() {
    platform.makeDirectory(scratch.path("d"), 0700);
    assertErrno(
        Errno.EISDIR,
        () ->
            platform.openFile(scratch.path("d"), Access.READ_WRITE, Creation.OPEN_OR_CREATE, 0600));
  }

  @Test
  void openFile_nameTooLong_isEnametoolong() {
    assertErrno(
        Errno.ENAMETOOLONG,
        () ->
            platform.openFile(
                scratch.path("x".repeat(256)), Access.READ_WRITE, Creation.CREATE_NEW, 0600));
    assertErrno(Errno.ENAMETOOLONG, () -> platform.statusOf(scratch.path("x".repeat(256))));
  }

  @Test
  void openFile_pipeWithoutWriter_doesNotWait() throws Exception {
    assertThat(new ProcessBuilder("mkfifo", scratch.path("pipe")).start().waitFor()).isZero();
    Descriptor pipe =
        platform.openFile(scratch.path("pipe"), Access.READ_ONLY, Creation.OPEN, 0600);
    assertThat(platform.status(pipe).kind()).isEqualTo(Kind.OTHER);
    platform.close(pipe);
  }

  @Test
  void openDirectory_directoryOpened_linkAndFileRefused() throws IOException {
    platform.makeDirectory(scratch.path("d"), 0700);
    Files.createSymbolicLink(Path.of(scratch.path("link")), Path.of(scratch.path("d")));
    platform.close(create("f"));
    Descriptor directory = platform.openDirectory(scratch.path("d"));
    assertThat(platform.status(directory).kind()).isEqualTo(Kind.DIRECTORY);
    platform.close(directory);
    assertErrno(Errno.ENOTDIR, () -> platform.openDirectory(scratch.path("link")));
    assertErrno(Errno.ENOTDIR, () -> platform.openDirectory(scratch.path("f")));
  }

  @Test
  void makeDirectory_anyPermissions_areExact() {
    platform.makeDirectory(scratch.path("d"), 02770);
    assertThat(platform.statusOf(scratch.path("d")))
        .extracting(FileStatus::permissions)
        .isEqualTo(02770);
    assertErrno(Errno.EEXIST, () -> platform.makeDirectory(scratch.path("d"), 0700));
  }

  @Test
  void removeDirectory_onlyWhenEmpty() {
    platform.makeDirectory(scratch.path("d"), 0700);
    platform.close(create("d/f"));
    assertErrno(Errno.ENOTEMPTY, () -> platform.removeDirectory(scratch.path("d")));
    platform.unlinkFile(scratch.path("d/f"));
    platform.removeDirectory(scratch.path("d"));
    assertThat(platform.statusOf(scratch.path("d"))).isNull();
  }

  @Test
  void statusOf_link_speaksOfTheLink() throws IOException {
    Files.createSymbolicLink(Path.of(scratch.path("link")), Path.of(scratch.path("target")));
    assertThat(platform.statusOf(scratch.path("link")))
        .extracting(FileStatus::kind)
        .isEqualTo(Kind.SYMBOLIC_LINK);
  }

  @Test
  void statusOf_nothingThere_isNull() {
    platform.close(create("f"));
    assertThat(platform.statusOf(scratch.path("none"))).isNull();
    assertThat(platform.statusOf(scratch.path("f/below-a-file"))).isNull();
  }

  @Test
  void status_unlinked_hasNoLinksAndIsNoLongerTheOneAtThePath() {
    Descriptor first = create("f");
    platform.unlinkFile(scratch.path("f"));
    Descriptor second = create("f");
    assertThat(platform.status(first).links()).isZero();
    assertThat(platform.status(second).sameObjectAs(platform.status(first))).isFalse();
    platform.close(first);
    platform.close(second);
    assertErrno(Errno.ENOENT, () -> platform.unlinkFile(scratch.path("none")));
  }

  @Test
  void fileSystem_ofFileAndPath_isTheMountThatHoldsIt() {
    Descriptor file = create("f");
    FileSystemStatus byFile = platform.fileSystem(file);
    FileSystemStatus byPath = platform.fileSystem(scratch.path("f"));
    assertThat(byFile.mountPoint()).isEqualTo("/dev/shm").isEqualTo(byPath.mountPoint());
    assertThat(byFile.type()).isEqualTo("tmpfs");
    assertThat(byFile.totalBytes()).isPositive().isEqualTo(byPath.totalBytes());
    assertThat(byFile.availableBytes()).isBetween(0L, byFile.totalBytes());
    platform.close(file);
    assertThat(platform.fileSystem("/proc").type()).isEqualTo("proc");
    assertErrno(Errno.ENOENT, () -> platform.fileSystem(scratch.path("none")));
  }

  @Test
  void close_twice_secondIsHarmlessEvenWhenTheNumberIsTakenAgain() {
    Descriptor first = create("a");
    platform.close(first);
    Descriptor second = create("b");
    platform.close(first);
    assertThat(platform.status(second).links()).isEqualTo(1);
    platform.close(second);
  }

  @Test
  void use_afterClose_isRefusedBeforeItReachesTheSystem() {
    Descriptor file = create("f");
    platform.close(file);
    assertThatThrownBy(() -> platform.status(file))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("descriptor is closed: " + scratch.path("f"));
  }

  @Test
  void close_numberThatIsNotOpen_isEbadf() {
    Descriptor wrong = new Descriptor(1 << 20, "nothing");
    assertErrno(Errno.EBADF, () -> platform.close(wrong));
  }

  @Test
  void everyCall_failing_leavesNoDescriptorBehind() throws IOException {
    platform.makeDirectory(scratch.path("d"), 0700);
    platform.close(create("f"));
    String file = scratch.path("f");
    List<ThrowingCallable> failing =
        List.of(
            () -> platform.openFile(file, Access.READ_WRITE, Creation.CREATE_NEW, 0600),
            () -> platform.openFile(scratch.path("no"), Access.READ_WRITE, Creation.OPEN, 0),
            () -> platform.openFile(scratch.path("d"), Access.READ_WRITE, Creation.OPEN, 0),
            () -> platform.openDirectory(file),
            () -> platform.makeDirectory(file, 0700),
            () -> platform.openShared("/holdfast-none", Access.READ_ONLY, Creation.OPEN, 0),
            () -> platform.createAnonymous("x".repeat(300)),
            () -> platform.fileSystem(scratch.path("no")));
    failing.forEach(call -> assertThatThrownBy(call).isInstanceOf(SystemCallException.class));
    long before = Scratch.descriptors();
    failing.forEach(call -> assertThatThrownBy(call).isInstanceOf(SystemCallException.class));
    assertThat(Scratch.descriptors()).isEqualTo(before);
  }
}
