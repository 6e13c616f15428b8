package dev.holdfast.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.region.Region;
import dev.holdfast.region.RegionSpec;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real Python processes; the space must be as empty after each test as it was before. */
@Timeout(120)
final class WorkerPoolTest {
  @TempDir Path folder;
  private Space space;
  private Region region;
  private Lines printed;

  @BeforeEach
  void open() {
    Python.require();
    space = Space.open(SpaceSpec.named("pool").under(folder.resolve("root")));
    region = space.create(RegionSpec.named("data").bytes(800));
    for (int i = 0; i < 800; i++) {
      region.segment().set(ValueLayout.JAVA_BYTE, i, (byte) (i % 100));
    }
    printed = new Lines();
  }

  @AfterEach
  void nothingIsLeft() {
    if (space == null) {
      return;
    }
    region.close();
    assertThat(space.regions()).isEmpty();
    assertThat(space.participants()).hasSize(1);
    space.close();
    assertThat(folder.resolve("root/pool")).doesNotExist();
  }

  private PythonWorkers workers() {
    return WorkerPool.python(Python.functions()).processes(1).output(printed);
  }

  private NdArray data() {
    return NdArray.of(region, DataType.UINT8, 800);
  }

  // ---- values ----------------------------------------------------------------------------------

  @Test
  void call_functionReturnsNumber_isThatNumber() {
    try (WorkerPool pool = workers().open(space)) {
      Call call = pool.call("total", data());

      assertThat(call.result(long.class)).isEqualTo(8L * 4950);
      assertThat(call.isDone()).isTrue();
      assertThat(call.progress()).isEqualTo(1);
      assertThat(call.pid()).hasValue(pool.pids().getFirst());
      assertThat(call.toString()).contains("total", "done");
    }
  }

  @Test
  void map_slices_eachFunctionKnowsItsSlice() {
    try (WorkerPool pool = workers().processes(2).open(space)) {
      NdArray rows = NdArray.of(region, DataType.INT16, 10, 40);

      List<Result> results = pool.map("describe", rows.slices(3));

      assertThat(results).extracting(Result::index).containsExactly(0, 1, 2);
      assertThat(results)
          .extracting(r -> r.as(Slice.class).offset())
          .containsExactly(0L, 320L, 560L);
      Slice last = results.getLast().as(Slice.class);
      assertThat(last.shape()).containsExactly(3, 40);
      assertThat(last.count()).isEqualTo(3);
      assertThat(last.dtype()).isEqualTo("int16");
      assertThat(last.attempt()).isEqualTo(1);
      assertThat(last.space()).isEqualTo("pool");
      assertThat(last.pid()).isEqualTo(results.getLast().pid());
      assertThat(results.getLast().tries()).isEqualTo(1);
    }
  }

  record Slice(
      int index,
      int count,
      long offset,
      List<Integer> shape,
      String dtype,
      int attempt,
      String space,
      long pid) {}

  @Test
  void call_functionReturnsNanAndNumpyScalars_areNumbers() {
    try (WorkerPool pool = workers().open(space)) {
      double[] numbers = pool.call("not_a_number", data()).result(double[].class);

      assertThat(numbers).containsExactly(Double.NaN, Double.POSITIVE_INFINITY, 1.5);
    }
  }

  @Test
  void call_functionReturnsNone_isNoValue() {
    try (WorkerPool pool = workers().open(space)) {
      Result result = pool.call("nothing", data()).await();

      assertThat(result.json()).isEqualTo("null");
      assertThat(result.isArray()).isFalse();
      assertThatThrownBy(() -> result.as(String.class))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("result is no String: function=nothing");
      assertThatThrownBy(result::array).hasMessageContaining("result is no array");
    }
  }

  @Test
  void result_ofAnotherType_isRefusedWithIt() {
    try (WorkerPool pool = workers().open(space)) {
      Call call = pool.call("total", data());

      assertThatThrownBy(() -> call.result(double[].class))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("result is no double[]: function=total, result=39600");
    }
  }

  // ---- arrays ----------------------------------------------------------------------------------

  @Test
  void call_functionReturnsArray_isARegionOfItsOwn() {
    try (WorkerPool pool = workers().open(space);
        Result result = pool.call("doubled", NdArray.of(region, DataType.UINT8, 8, 100)).await()) {
      NdArray doubled = result.as(NdArray.class);

      assertThat(doubled.shape()).containsExactly(8, 100);
      assertThat(doubled.type()).isEqualTo(DataType.UINT8);
      assertThat(doubled.segment().get(ValueLayout.JAVA_BYTE, 799)).isEqualTo((byte) 198);
      assertThat(result.as(Region.class).isWritable()).isFalse();
      assertThat(result.toString()).contains("result-");
      assertThatThrownBy(() -> result.as(String.class)).hasMessageContaining("result is no String");
    }
  }

  @Test
  void close_arrayOutlivesItsWorker() {
    Result result;
    try (WorkerPool pool = workers().open(space)) {
      result = pool.call("first_bytes", data()).await();
    }
    try (result) {
      assertThat(result.array().segment().toArray(ValueLayout.JAVA_BYTE)).containsExactly(0, 1, 2);
    }
  }

  @Test
  void close_arrayThatNobodyTook_isGivenBack() {
    try (WorkerPool pool = workers().open(space)) {
      Call call = pool.call("doubled", data());
      await(call::isDone);
      assertThat(space.regions()).hasSize(2);
    }
    assertThat(space.regions()).hasSize(1);
  }

  @Test
  void call_functionReturnsEmptyArray_hasNoBytes() {
    try (WorkerPool pool = workers().open(space);
        Result result = pool.call("empty", data()).await()) {
      assertThat(result.array().bytes()).isZero();
      assertThat(result.array().shape()).containsExactly(0);
    }
  }

  @Test
  void call_writableArray_isWrittenInPlace() {
    try (WorkerPool pool = workers().open(space)) {
      pool.call("write", data().writable()).await();

      assertThat(region.segment().get(ValueLayout.JAVA_BYTE, 799)).isEqualTo((byte) 7);
    }
  }

  @Test
  void call_arrayNotDeclaredWritable_cannotBeWritten() {
    try (WorkerPool pool = workers().open(space)) {
      assertThatThrownBy(() -> pool.call("write", data()).await())
          .isInstanceOf(WorkerFailedException.class)
          .hasMessageContaining("read-only");
      assertThat(region.segment().get(ValueLayout.JAVA_BYTE, 799)).isEqualTo((byte) 99);
    }
  }

  @Test
  void call_callerClosesItsRegion_callHoldsItByItself() {
    try (WorkerPool pool = workers().open(space)) {
      Region brief = space.create(RegionSpec.named("brief").bytes(8));
      Call call = pool.call("total", NdArray.of(brief, DataType.INT64, 1));
      brief.close();

      assertThat(call.result(long.class)).isZero();
    }
  }

  // ---- failures --------------------------------------------------------------------------------

  @Test
  void call_functionRaises_failsWithItsTracebackAndTheWorkerGoesOn() {
    try (WorkerPool pool = workers().open(space)) {
      List<Long> before = pool.pids();

      assertThatThrownBy(() -> pool.call("fail", data()).await())
          .isInstanceOfSatisfying(
              WorkerFailedException.class,
              failure -> {
                assertThat(failure.type()).isEqualTo("ValueError");
                assertThat(failure.traceback())
                    .contains("functions.py", "in fail", "no such colour")
                    .doesNotContain("holdfast/worker.py");
              })
          .hasMessageContaining("function raised: function=fail: ValueError: no such colour");
      assertThatThrownBy(() -> pool.call("leave", data()).await())
          .hasMessageContaining("SystemExit: had enough");
      assertThat(pool.pids()).isEqualTo(before);
    }
  }

  @Test
  void call_resultCannotBeSent_saysWhatCan() {
    try (WorkerPool pool = workers().open(space)) {
      assertThatThrownBy(() -> pool.call("a_set", data()).await())
          .hasMessageContaining("result cannot be sent: type=builtins.set");
      assertThatThrownBy(() -> pool.call("complex_array", data()).await())
          .hasMessageContaining("dtype=complex128");
      assertThatThrownBy(() -> pool.call("too_much", data()).await())
          .hasMessageContaining("return it as a NumPy array");
    }
  }

  @Test
  void map_oneSliceFails_whatTheOthersReturnedIsGivenBack() {
    try (WorkerPool pool = workers().open(space)) {
      assertThatThrownBy(() ->
              pool.map("complex_array", List.of(data(), NdArray.of(region, DataType.INT8, 1))))
          .isInstanceOf(WorkerFailedException.class)
          .hasMessageContaining("slice=0 of 2");
    }
  }

  @Test
  void call_noSuchFunction_isRefusedWithThoseThereAre() {
    try (WorkerPool pool = workers().open(space)) {
      assertThat(pool.functions()).startsWith("total", "describe").doesNotContain("_private");
      assertThatThrownBy(() -> pool.call("totel", data()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("function=totel", "total");
    }
  }

  @Test
  void call_regionClosed_isRefused() {
    try (WorkerPool pool = workers().open(space)) {
      NdArray data = data();
      region.close();

      assertThatThrownBy(() -> pool.call("total", data))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("region is closed");
    }
  }

  @Test
  void call_regionOfAnotherSpace_isRefused() {
    try (Space other = Space.open(SpaceSpec.named("other").under(folder.resolve("root")));
        Region foreign = other.create(RegionSpec.named("data").bytes(800));
        WorkerPool pool = workers().open(space)) {
      assertThatThrownBy(() -> pool.call("total", NdArray.of(foreign, DataType.UINT8, 800)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("of another space");
    }
  }

  // ---- deaths ----------------------------------------------------------------------------------

  @Test
  void call_workerKilledInTheMiddle_anotherOneDoesIt() {
    try (WorkerPool pool = workers().open(space)) {
      Call call = pool.call("hang_once", data());
      await(() -> call.progress() == 0.75);
      long first = call.pid().orElseThrow();
      ProcessHandle.of(first).orElseThrow().destroyForcibly();

      Result result = call.await();

      assertThat(result.tries()).isEqualTo(2);
      assertThat(result.as(long.class)).isEqualTo(result.pid()).isNotEqualTo(first);
      assertThat(printed.all()).anyMatch(line -> line.contains("the call goes to another"));
    }
  }

  @Test
  void call_everyWorkerDies_failsNamingPidSignalSliceAndTries() {
    try (WorkerPool pool = workers().retries(1).open(space)) {
      Call call = pool.callAll("die", data().slices(2)).getFirst();

      assertThatThrownBy(call::await)
          .isInstanceOfSatisfying(
              WorkerDiedException.class,
              death -> {
                assertThat(death.tries()).isEqualTo(2);
                assertThat(death.exitStatus()).isEqualTo(137);
                assertThat(death.pid()).isEqualTo(call.pid().orElseThrow());
              })
          .hasMessageContaining("function=die, slice=0 of 2")
          .hasMessageContaining("exit=137 (SIGKILL), tries=2")
          .hasMessageContaining("my last words");
    }
  }

  @Test
  void call_processEndsItself_failsWithItsStatus() {
    try (WorkerPool pool = workers().retries(0).open(space)) {
      assertThatThrownBy(() -> pool.call("end", data()).await())
          .hasMessageContaining("exit=3, tries=1; the function, or a library below it, ended");
    }
  }

  @Test
  void idleWorkerKilled_isReplacedAndNoCallNoticesIt() {
    try (WorkerPool pool = workers().retries(0).open(space)) {
      long first = pool.pids().getFirst();
      ProcessHandle.of(first).orElseThrow().destroyForcibly();
      await(() -> pool.pids().size() == 1 && pool.pids().getFirst() != first);

      assertThat(pool.call("die_once", data().slices(1).getFirst().at(0)).function())
          .isEqualTo("die_once");
      assertThat(pool.call("total", data()).result(long.class)).isEqualTo(8L * 4950);
    }
  }

  @Test
  void call_exceedsItsTimeout_failsAndTheWorkerIsReplaced() {
    try (WorkerPool pool = workers().timeout(Duration.ofSeconds(5)).open(space)) {
      assertThatThrownBy(() -> pool.call("hang", data()).await())
          .isInstanceOf(WorkerTimeoutException.class)
          .hasMessageContaining("function=hang, timeout=PT5S, progress=25 %");
      assertThat(pool.call("total", data()).result(long.class)).isEqualTo(8L * 4950);
    }
  }

  @Test
  void call_functionWritesBetweenTheMessages_workerIsKilledAndItIsSaid() {
    try (WorkerPool pool = workers().retries(0).open(space)) {
      assertThatThrownBy(() -> pool.call("garble", data()).await())
          .isInstanceOf(WorkerDiedException.class)
          .hasMessageContaining("no message");
    }
  }

  // ---- output, waiting, the end ----------------------------------------------------------------

  @Test
  void call_functionPrints_messagesAreNotDisturbed() {
    long pid;
    try (WorkerPool pool = workers().open(space)) {
      assertThat(pool.call("chatter", data()).result(int.class)).isEqualTo(1);
      pid = pool.pids().getFirst();
    }
    assertThat(printed.all())
        .contains(
            "[functions.py %d] imported".formatted(pid),
            "[functions.py %d] hello from a function".formatted(pid),
            "[functions.py %d] and from below Python".formatted(pid),
            "[functions.py %d] stdin has ''".formatted(pid));
  }

  @Test
  void await_withDeadline_isEmptyUntilDone() {
    try (WorkerPool pool = workers().open(space)) {
      Call hanging = pool.call("hang", data());

      assertThat(hanging.await(Duration.ofMillis(50))).isEqualTo(Optional.empty());
      assertThat(hanging.isDone()).isFalse();
      assertThat(hanging.toString()).contains("hang", "%");
    }
  }

  @Test
  void await_withDeadline_givesResultAndFailure() {
    try (WorkerPool pool = workers().open(space)) {
      assertThat(pool.call("total", data()).await(Duration.ofMinutes(1))).isPresent();
      Call failing = pool.call("fail", data());
      assertThatThrownBy(() -> failing.await(Duration.ofMinutes(1)))
          .isInstanceOf(WorkerFailedException.class);
    }
  }

  @Test
  void await_interrupted_givesUpAndTheCallGoesOn() {
    try (WorkerPool pool = workers().open(space)) {
      Call call = pool.call("total_once_told", data());
      Thread.currentThread().interrupt();
      assertThatThrownBy(call::await).isInstanceOf(CancellationException.class);
      assertThat(Thread.interrupted()).isTrue();
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> call.await(Duration.ofMinutes(1)))
          .isInstanceOf(CancellationException.class);
      assertThat(Thread.interrupted()).isTrue();
      region.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
      assertThat(call.result(long.class)).isEqualTo(8L * 4950 + 1);
    }
  }

  @Test
  void close_callsUnderWay_failAndNothingIsLeft() {
    WorkerPool pool = workers().open(space);
    List<Call> all = pool.callAll("hang", data().slices(3));
    await(() -> all.getFirst().progress() > 0);
    long pid = pool.pids().getFirst();

    pool.close();
    pool.close();

    assertThat(all)
        .allSatisfy(call ->
            assertThatThrownBy(call::await)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("worker pool was closed"));
    assertThat(ProcessHandle.of(pid)).isEmpty();
    assertThat(pool.toString()).contains("functions.py");
    assertThatThrownBy(() -> pool.call("total", data())).hasMessageContaining("pool is closed");
  }

  @Test
  void open_manyWorkers_shareTheCalls() {
    try (WorkerPool pool = workers().processes(2).open(space)) {
      assertThat(pool.pids()).hasSize(2).doesNotHaveDuplicates();
      assertThat(pool.interpreter().toString()).contains("Python 3.", "with NumPy");
      List<Call> all = IntStream.range(0, 20).mapToObj(_ -> pool.call("total", data())).toList();

      assertThat(all).allMatch(call -> call.result(long.class) == 8L * 4950);
    }
  }

  // ---- the start -------------------------------------------------------------------------------

  @Test
  void open_fileRaisesWhenImported_failsWithItsTraceback() throws Exception {
    Path broken = Files.writeString(folder.resolve("broken.py"), "import no_such_module\n");

    assertThatThrownBy(() -> WorkerPool.python(broken).processes(2).output(printed).open(space))
        .isInstanceOf(WorkerFailedException.class)
        .hasMessageContaining("worker cannot start: file=" + broken)
        .hasMessageContaining("ModuleNotFoundError");
  }

  @Test
  void open_fileEndsTheProcess_failsWithItsStatus() throws Exception {
    Path ending = Files.writeString(folder.resolve("ending.py"), "import os; os._exit(4)\n");

    assertThatThrownBy(() -> WorkerPool.python(ending).processes(1).output(printed).open(space))
        .isInstanceOf(WorkerDiedException.class)
        .hasMessageContaining("worker ended at its start")
        .hasMessageContaining("exit=4");
  }

  @Test
  void replaced_fileIsBrokenMeanwhile_nextCallTellsIt() throws Exception {
    Path file = Files.writeString(folder.resolve("mine.py"), "def one(data):\n    return 1\n");
    try (WorkerPool pool =
        WorkerPool.python(file.toString()).processes(1).output(printed).open(space)) {
      Files.writeString(file, "import no_such_module\n");
      ProcessHandle.of(pool.pids().getFirst()).orElseThrow().destroyForcibly();
      await(() -> printed.all().stream().anyMatch(line -> line.contains("cannot replace")));

      assertThatThrownBy(() -> pool.call("one", data()).await())
          .isInstanceOf(WorkerFailedException.class)
          .hasMessageContaining("no_such_module");
    }
  }

  @Test
  void open_programIsNoPython_isRefused() {
    assertThatThrownBy(() -> workers().interpreter(Path.of("/bin/true")).open(space))
        .isInstanceOf(PythonNotFoundException.class)
        .hasMessageContaining("interpreter=/bin/true");
  }

  @Test
  void python_badArguments_areRefused() {
    assertThatThrownBy(() -> WorkerPool.python("no/such/file.py"))
        .hasMessageContaining("no such Python file: file=no/such/file.py");
    assertThatThrownBy(() -> workers().processes(0)).hasMessageContaining("processes=0");
    assertThatThrownBy(() -> workers().retries(-1)).hasMessageContaining("retries=-1");
    assertThatThrownBy(() -> workers().timeout(Duration.ZERO)).hasMessageContaining("timeout=PT0S");
  }

  private static void await(java.util.function.BooleanSupplier condition) {
    Lines.await(condition);
  }
}
