package dev.holdfast.cli;

import dev.holdfast.region.Region;
import dev.holdfast.region.RegionSpec;
import dev.holdfast.region.Space;
import dev.holdfast.worker.Call;
import dev.holdfast.worker.DataType;
import dev.holdfast.worker.NdArray;
import dev.holdfast.worker.PythonWorkers;
import dev.holdfast.worker.Result;
import dev.holdfast.worker.WorkerPool;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.LongStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code holdfast run}: a Python function over the slices of a file, without copying it. */
@Command(
    name = "run",
    description =
        "Calls a Python function on the slices of a file, in several processes that all map it: no byte is copied."
            + " A worker that dies is replaced and its slice done again.",
    footerHeading = "%nExample:%n",
    footer = {
      "  holdfast run --worker stats.py:mean --input frames.raw --dtype float32 --shape 1000,480,640",
      "The function: def mean(data, context): return float(data.mean())"
    })
final class RunCommand extends SpaceCommand {
  private static final String ERASE_LINE = "\r\u001b[K";
  private static final Duration LOOK = Duration.ofMillis(100);

  @Option(
      names = "--worker",
      required = true,
      paramLabel = "FILE.py[:FUNCTION]",
      description = "The function; without a name the only public one of the file, or main.")
  private String worker = "";

  @Option(names = "--input", required = true, paramLabel = "FILE", description = "The data.")
  private Path input = Path.of("");

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      defaultValue = "uint8",
      description = "The type of its elements, as NumPy calls it; default ${DEFAULT-VALUE}.")
  private String dtype = "uint8";

  @Option(
      names = "--shape",
      split = ",",
      paramLabel = "N",
      description = "The length of each axis; default one axis with all of it.")
  private long[] shape = {};

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "How many processes; default one a processor.")
  private Optional<Integer> workers = Optional.empty();

  @Option(
      names = "--slices",
      paramLabel = "N",
      description = "Into how many slices the first axis is cut; default one a worker.")
  private Optional<Integer> slices = Optional.empty();

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description =
          "Write the results there, in the order of the slices: a line of JSON for each value, or the bytes of arrays.")
  private Optional<Path> output = Optional.empty();

  @Option(
      names = "--copy",
      description = "Copy the file into shared memory first, instead of mapping it.")
  private boolean copy;

  @Override
  public Integer call() throws IOException {
    DataType type = DataType.parse(dtype);
    long[] wanted = shape(type);
    PythonWorkers spec = WorkerPool.python(file());
    PythonWorkers chosen = spec.processes(workers.orElse(spec.processes())).output(this::relay);
    try (Space space = openOrCreate();
        Region region = region(space)) {
      NdArray data = NdArray.of(region, type, wanted);
      List<NdArray> parts = data.slices(slices.orElse(chosen.processes()));
      try (WorkerPool pool = chosen.open(space)) {
        collect(pool.callAll(function(pool), parts));
      }
    } catch (CancellationException e) {
      throw FailureException.interrupted("run, before all slices were done");
    }
    return ExitCode.DONE;
  }

  // ---- what was asked for ----------------------------------------------------------------------

  private int colon() {
    int end = worker.lastIndexOf(".py:");
    return end < 0 ? worker.length() : end + ".py".length();
  }

  private Path file() {
    return Path.of(worker.substring(0, colon()));
  }

  private String function(WorkerPool pool) {
    List<String> functions = pool.functions();
    if (colon() < worker.length()) {
      return worker.substring(colon() + 1);
    } else if (functions.size() == 1) {
      return functions.getFirst();
    } else if (functions.contains("main")) {
      return "main";
    }
    throw new IllegalArgumentException(
        "which function? file=%s, its public functions are %s; say --worker %s:FUNCTION"
            .formatted(file(), functions, file()));
  }

  /** The shape, if the file fits it exactly. */
  private long[] shape(DataType type) throws IOException {
    if (!Files.isRegularFile(input) || !Files.isReadable(input)) {
      throw new IllegalArgumentException("no such file: input=" + input);
    }
    long bytes = Files.size(input);
    long[] all = shape.length == 0 ? new long[] {bytes / type.bytes()} : shape;
    if (bytes == 0 || LongStream.of(all).anyMatch(n -> n <= 0) || size(all, type) != bytes) {
      throw new IllegalArgumentException(
          "input does not have that shape: input=%s, bytes=%d, dtype=%s (%d bytes), shape=%s, needs=%d bytes"
              .formatted(
                  input,
                  bytes,
                  type.numpyName(),
                  type.bytes(),
                  Arrays.toString(all),
                  size(all, type)));
    }
    return all;
  }

  private static long size(long[] shape, DataType type) {
    try {
      return LongStream.of(shape).reduce(type.bytes(), Math::multiplyExact);
    } catch (ArithmeticException overflow) {
      return Long.MAX_VALUE;
    }
  }

  private Region region(Space space) throws IOException {
    RegionSpec mapped =
        RegionSpec.named("run-%d-input".formatted(ProcessHandle.current().pid()))
            .file(input)
            .readOnly();
    if (!copy) {
      return space.create(mapped);
    }
    Region copied =
        space.create(
            RegionSpec.named("run-%d-copy".formatted(ProcessHandle.current().pid()))
                .bytes(Files.size(input)));
    try (Region source = space.create(mapped)) {
      MemorySegment.copy(source.segment(), 0, copied.segment(), 0, copied.bytes());
    }
    return copied;
  }

  // ---- results ---------------------------------------------------------------------------------

  private void collect(List<Call> calls) throws IOException {
    long bytes = calls.stream().mapToLong(call -> call.array().bytes()).sum();
    Progress progress = new Progress(console(), "run", bytes);
    try (RunOutput results = RunOutput.to(output, global().space())) {
      for (Call call : calls) {
        try (Result result = await(call, calls, progress)) {
          results.add(call.array(), result);
        }
      }
      progress.end();
      results.finish();
      if (json()) {
        printJson(results.json(calls.getFirst().function()));
      } else {
        print(results.table());
      }
      results.hint().ifPresent(this::hint);
    } finally {
      progress.end();
    }
  }

  private static Result await(Call call, List<Call> all, Progress progress) {
    while (true) {
      Optional<Result> result = call.await(LOOK);
      progress.at((long) all.stream().mapToDouble(c -> c.progress() * c.array().bytes()).sum());
      if (result.isPresent()) {
        return result.get();
      }
    }
  }

  /** What a worker prints, in the place of the bar, which is drawn anew below. */
  private void relay(String line) {
    console().err().println((console().errIsTerminal() ? ERASE_LINE : "") + line);
  }
}
