package dev.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.cli.Check.Verdict;
import dev.holdfast.platform.Capabilities.Capability;
import dev.holdfast.platform.FileSystemStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;

class DoctorCommandTest extends CommandTest {

  @Test
  void doctor_thisMachine_canWork() {
    put("model", 1);
    assertThat(done("doctor").out())
        .contains("shared-memory", "kernel-locks", "shared memory size", "python", "locked memory")
        .contains("root", "mode 0700", "space default", "1 region, 0 participants, 0 dead");
    var checks = done("doctor", "--json").json().get("checks");
    assertThat(checks).isNotEmpty();
    assertThat(checks.get(0).propertyNames()).containsExactly("name", "verdict", "found", "advice");
  }

  @Test
  void doctor_unsafeRoot_failsAndSaysWhy() throws IOException {
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxrwxrwx"));
    Run run = run("doctor");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).contains("missing", "can be written by everybody", "HOLDFAST_ROOT");
  }

  @Test
  void root_notADirectoryOrForeign_isRefused() throws IOException {
    Path file = Files.createFile(files.resolve("file"));
    Path link = Files.createSymbolicLink(files.resolve("link"), root);
    assertThat(rootCheck(file).found()).contains("not a directory but regular");
    assertThat(rootCheck(link).found()).contains("not a directory but symbolic-link");
    assertThat(rootCheck(files.resolve("none")).found()).contains("made when the first space is");
  }

  @Test
  void space_damagedOrWithoutSegment_isNoted() throws IOException {
    put("model", 1);
    damage(0);
    Files.createDirectory(root.resolve("empty"));
    assertThat(SpaceChecks.of(platform(), spaceRoot()))
        .extracting(Check::found)
        .contains("damaged: the magic is wrong", "no control segment");
  }

  @Test
  void capability_missing_mattersIfNeeded() {
    assertThat(MachineChecks.capability(new Capability("kernel-locks", false, "no", "nothing")))
        .extracting(Check::verdict)
        .isEqualTo(Verdict.MISSING);
    assertThat(MachineChecks.capability(new Capability("pidfd", false, "no", "slower")))
        .isEqualTo(Check.note("pidfd", "no", "without it: slower"));
  }

  @Test
  void mount_small_isNoted() {
    assertThat(MachineChecks.mount(new FileSystemStatus("/dev/shm", "tmpfs", 64 << 20, 1 << 20)))
        .satisfies(check -> {
          assertThat(check.verdict()).isEqualTo(Verdict.NOTE);
          assertThat(check.found()).contains("64.0 MiB", "1.0 MiB free");
          assertThat(check.advice()).contains("--shm-size");
        });
  }

  @Test
  void mappings_few_areNoted() {
    assertThat(MachineChecks.mappings("1000").advice()).contains("vm.max_map_count");
    assertThat(MachineChecks.mappings("262144").verdict()).isEqualTo(Verdict.OK);
  }

  @Test
  void lockedMemory_kernelLine_softLimit() {
    assertThat(MachineChecks.lockedMemory("Max locked memory     8388608   8388608   bytes"))
        .isEqualTo("8.0 MiB");
    assertThat(MachineChecks.lockedMemory("Max locked memory     unlimited unlimited bytes"))
        .isEqualTo("unlimited");
  }

  @Test
  void removeIpc_userWithoutTheSetting_isWarned() throws IOException {
    assertThat(MachineChecks.removeIpc(files, 1000).verdict()).isEqualTo(Verdict.NOTE);
    assertThat(MachineChecks.removeIpc(files, 0).verdict()).isEqualTo(Verdict.OK);
    Path settings = Files.createDirectory(files.resolve("logind.conf.d"));
    Files.writeString(settings.resolve("keep.conf"), "[Login]\nRemoveIPC=no\n");
    assertThat(MachineChecks.removeIpc(files, 1000)).isEqualTo(Check.ok("RemoveIPC", "no"));
  }

  @Test
  void python_missingOrWithoutParts_isNoted() throws IOException {
    assertThat(PythonCheck.of(List.of("/no/such/python")))
        .singleElement()
        .extracting(Check::verdict)
        .isEqualTo(Verdict.NOTE);
    Path bare = files.resolve("python");
    Files.writeString(bare, "#!/bin/sh\nprintf '3.11.0\\n\\n\\n'\n");
    Files.setPosixFilePermissions(bare, PosixFilePermissions.fromString("rwx------"));
    assertThat(PythonCheck.of(List.of(bare.toString())))
        .extracting(Check::verdict)
        .containsExactly(Verdict.OK, Verdict.NOTE, Verdict.NOTE);
  }

  private Check rootCheck(Path path) {
    return SpaceChecks.of(platform(), new SpaceRoot(path)).getFirst();
  }
}
