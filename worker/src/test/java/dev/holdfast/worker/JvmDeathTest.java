package dev.holdfast.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.region.Region;
import dev.holdfast.region.RegionSpec;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The JVM itself is killed: its workers notice, leave, and the last of them removes the space. */
@Timeout(120)
final class JvmDeathTest {
  @TempDir Path folder;

  @Test
  void kill_whileWorkersAreBusyAndIdle_nothingIsLeft() throws Exception {
    Python.require();
    Path root = folder.resolve("root");
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                JvmDeathTest.class.getName(),
                root.toString(),
                Python.functions().toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var out = jvm.inputReader()) {
      List<ProcessHandle> workers =
          out.readLine().transform(line -> List.of(line.split(" "))).stream()
              .map(pid -> ProcessHandle.of(Long.parseLong(pid)).orElseThrow())
              .toList();
      assertThat(workers).hasSize(2);
      assertThat(root.resolve("death")).exists();

      jvm.destroyForcibly().waitFor();

      Lines.await(() -> workers.stream().noneMatch(ProcessHandle::isAlive));
      assertThat(Files.exists(root.resolve("death"))).isFalse();
    } finally {
      jvm.destroyForcibly();
    }
  }

  /** The JVM that is killed: {@code ROOT FILE}. */
  public static void main(String[] arguments) {
    Space space = Space.open(SpaceSpec.named("death").under(Path.of(arguments[0])));
    Region region = space.create(RegionSpec.named("data").bytes(8));
    WorkerPool pool = WorkerPool.python(arguments[1]).processes(2).output(_ -> {}).open(space);
    Call busy = pool.call("hang", NdArray.of(region, DataType.UINT8, 8));
    Lines.await(() -> busy.progress() > 0);
    System.out.println(String.join(" ", pool.pids().stream().map(String::valueOf).toList()));
    System.out.flush();
    busy.await();
  }
}
