package dev.holdfast.cli;

import dev.holdfast.platform.Platform;
import dev.holdfast.region.Region;
import dev.holdfast.region.RegionSpec;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import dev.holdfast.worker.Call;
import dev.holdfast.worker.DataType;
import dev.holdfast.worker.NdArray;
import dev.holdfast.worker.Result;
import dev.holdfast.worker.WorkerPool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code holdfast demo}: the product's main job, shown and checked. Fails if anything is not as it
 * says.
 */
@Command(
    name = "demo",
    description =
        "Shows what Holdfast is for, in less than a minute: a Python function over a large file, without a copy,"
            + " with a worker killed in the middle; and checks every step.",
    footerHeading = "%nExample:%n",
    footer = {"  holdfast demo --input large.bin"})
final class DemoCommand extends SpaceCommand {
  private static final String SPACE = "demo-" + ProcessHandle.current().pid();
  private static final int WORKERS = 2;
  private static final int SLICES = 8;
  private static final int ROUNDS = 3;
  private static final double KILL_AT = 0.3;
  private static final Duration WATCHDOG = Duration.ofMinutes(2);

  @Option(
      names = "--input",
      paramLabel = "FILE",
      description = "The data; default the Java run-time's own library, more than 100 MB.")
  private Path input = Path.of(System.getProperty("java.home", ""), "lib", "modules");

  @Override
  public Integer call() throws IOException {
    if (!Files.isRegularFile(input) || Files.size(input) < SLICES) {
      throw new IllegalArgumentException(
          "not a file of at least %d bytes: input=%s; name another with --input"
              .formatted(SLICES, input));
    }
    SpaceRoot root;
    try (Space space = Space.open(demoSpace())) {
      root = new SpaceRoot(space.root().toRealPath());
      show(space);
      requireNobodyLeft(space);
    } catch (CancellationException e) {
      throw FailureException.interrupted("the demonstration, before its end");
    }
    requireNothingLeft(root);
    say("Left over: participants 0, regions 0, objects in /dev/shm 0.");
    say("Everything was as promised.");
    return ExitCode.DONE;
  }

  private SpaceSpec demoSpace() {
    SpaceSpec spec = SpaceSpec.named(SPACE).label("holdfast demo");
    return global().root().map(spec::under).orElse(spec);
  }

  // ---- the steps -------------------------------------------------------------------------------

  private void show(Space space) throws IOException {
    try (Region region = space.create(RegionSpec.named("input").file(input).readOnly());
        DemoFunctions functions = DemoFunctions.write()) {
      say(
          "1. %s, %s, is mapped as region \"%s\" of the space %s. Nothing was copied."
              .formatted(input, Show.bytes(region.bytes()), region.name(), space.name()));
      List<NdArray> slices = NdArray.of(region, DataType.UINT8, region.bytes()).slices(SLICES);
      List<DemoDigest> expected = slices.parallelStream().map(DemoDigest::of).toList();
      say(
          "2. Java has computed SHA-256 and a byte histogram of each of %d slices, to compare with."
              .formatted(SLICES));
      work(space, functions.file(), slices, expected);
    }
  }

  private void work(Space space, Path functions, List<NdArray> slices, List<DemoDigest> expected)
      throws IOException {
    try (WorkerPool pool =
        WorkerPool.python(functions)
            .processes(WORKERS)
            .output(line -> say("   " + line))
            .open(space)) {
      say(
          "3. Two Python workers have joined the space: pids=%s, %s."
              .formatted(pool.pids(), pool.interpreter()));
      try (DemoPipes pipes = DemoPipes.start(pool.interpreter().path(), functions, WORKERS)) {
        compareWays(pool, pipes, slices, expected);
      }
      killOne(pool, slices, expected);
    }
  }

  /** How long a way of doing the job took, and what the kernel counted meanwhile. */
  private record Measured(Duration time, OptionalLong bytesRead) {}

  /** The best of some rounds, the two ways taking turns. */
  private void compareWays(
      WorkerPool pool, DemoPipes pipes, List<NdArray> slices, List<DemoDigest> expected) {
    List<Measured> shared = new ArrayList<>();
    List<Measured> piped = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      shared.add(measure(pool.pids(), () -> runShared(pool, slices), expected));
      piped.add(measure(pipes.pids(), () -> pipes.map(slices), expected));
    }
    say("4. They have done the same on the region's own bytes, and got the same results.");
    say(
        "5. So have two processes that were sent the data through pipes. Best of %d rounds:"
            .formatted(ROUNDS));
    say("");
    new Table("   WAY", ">TIME", ">READ BY THE WORKERS")
        .row("   shared memory", seconds(best(shared)), shown(best(shared)))
        .row("   pipes", seconds(best(piped)), shown(best(piped)))
        .lines()
        .forEach(this::say);
    say("");
    say("   (Bytes as the kernel counted them. Through shared memory only messages travel.)");
  }

  private static List<DemoDigest> runShared(WorkerPool pool, List<NdArray> slices) {
    return pool.map("digest", slices).stream().map(DemoDigest::of).toList();
  }

  private static Measured measure(
      List<Long> pids, Supplier<List<DemoDigest>> way, List<DemoDigest> expected) {
    OptionalLong before = BytesRead.by(pids);
    long begun = System.nanoTime();
    List<DemoDigest> digests = way.get();
    Duration time = Duration.ofNanos(System.nanoTime() - begun);
    requireEqual(digests, expected);
    return new Measured(time, BytesRead.since(before, pids));
  }

  private static Measured best(List<Measured> rounds) {
    return Collections.min(rounds, Comparator.comparing(Measured::time));
  }

  private void killOne(WorkerPool pool, List<NdArray> slices, List<DemoDigest> expected) {
    List<Call> calls = pool.callAll("digest_and_wait", slices);
    Call victim = calls.get(SLICES / 2);
    awaitMiddle(victim);
    long pid = victim.pid().orElseThrow();
    double at = victim.progress();
    kill(pid);
    List<Result> results = calls.stream().map(Call::await).toList();
    Result retried = results.get(victim.index());
    require(
        retried.tries() == 2 && retried.pid() != pid,
        "the killed worker's slice was not done by another: tries=" + retried.tries());
    requireEqual(results.stream().map(DemoDigest::of).toList(), expected);
    say(
        "6. Once more; this time worker %d was killed with SIGKILL at %.0f %% of slice %d."
            .formatted(pid, 100 * at, victim.index()));
    say(
        "   Worker %d took its place and did the slice again. All %d results are right."
            .formatted(retried.pid(), SLICES));
  }

  // ---- parts of the steps ----------------------------------------------------------------------

  private static void awaitMiddle(Call call) {
    long deadline = System.nanoTime() + WATCHDOG.toNanos();
    while (call.progress() < KILL_AT) {
      require(
          !call.isDone() && System.nanoTime() < deadline,
          "the slice never got to its middle: " + call);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
      if (Thread.currentThread().isInterrupted()) {
        throw new CancellationException("interrupted while waiting for " + call);
      }
    }
  }

  private static void kill(long pid) {
    boolean killed = ProcessHandle.of(pid).map(ProcessHandle::destroyForcibly).orElse(false);
    require(killed, "the worker could not be killed: pid=" + pid);
  }

  private static void requireNobodyLeft(Space space) {
    int others = space.participants().size() - 1;
    int regions = space.regions().size();
    require(
        others == 0 && regions == 0,
        "something was left over: participants=%d, regions=%d".formatted(others, regions));
  }

  /** Looked at from outside: the kernel's names, not the library's tables. */
  private static void requireNothingLeft(SpaceRoot root) {
    List<String> objects = Platform.current().listShared("/hf-" + root.hash(SPACE) + "-");
    require(
        objects.isEmpty() && !root.has(SPACE),
        "something was left over: objects=%s, directory=%s".formatted(objects, root.has(SPACE)));
  }

  private static void requireEqual(List<DemoDigest> digests, List<DemoDigest> expected) {
    for (int i = 0; i < expected.size(); i++) {
      require(digests.get(i).agrees(expected.get(i)), "results differ: slice=" + i);
    }
  }

  static void require(boolean promised, String broken) {
    if (!promised) {
      throw new FailureException("PromiseBroken", "not as promised: " + broken);
    }
  }

  private static String seconds(Measured measured) {
    return String.format(Locale.ROOT, "%.2f s", measured.time().toNanos() / 1e9);
  }

  private static String shown(Measured measured) {
    OptionalLong bytes = measured.bytesRead();
    return bytes.isPresent() ? Show.bytes(bytes.getAsLong()) : "not told by this kernel";
  }

  private void say(String line) {
    if (json()) {
      console().err().println(line);
    } else {
      print(line);
    }
  }
}
