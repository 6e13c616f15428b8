package dev.holdfast.platform;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.holdfast.benchmarks.BareRegion;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does the platform add to a system call: errno, checks, arguments copied out of the heap?
 *
 * <p>Peers: the same three calls linked without errno, their arguments laid out once.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class DowncallBenchmark {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle GETPID = link("getpid", FunctionDescriptor.of(JAVA_INT));
  private static final MethodHandle FCNTL =
      link(
          "fcntl",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle FUTEX =
      link(
          "syscall",
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG),
          Linker.Option.firstVariadicArg(1));
  private static final int F_OFD_GETLK = 36;
  private static final long FUTEX_WAKE = 1;

  private final Platform platform = Platform.current();
  private final String name = BareRegion.name("call");
  private final Descriptor object =
      platform.openShared(name, Access.READ_WRITE, Creation.CREATE_NEW, 0600);
  private final int number = object.number();
  private final Arena arena = Arena.ofShared();
  private final MemorySegment mapping = map();
  private final MemorySegment flock = arena.allocate(32, 8);

  private MemorySegment map() {
    platform.allocate(object, 0, 4096);
    return platform.map(object, 4096, Access.READ_WRITE, arena);
  }

  private static MethodHandle link(
      String function, FunctionDescriptor type, Linker.Option... options) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(function), type, options);
  }

  /** getpid, as the platform calls it. */
  @Benchmark
  public long pid() {
    return LibC.getpid();
  }

  /** getpid. */
  @Benchmark
  public int barePid() throws Throwable {
    return (int) GETPID.invokeExact();
  }

  /** Whether another descriptor holds a byte; none does. */
  @Benchmark
  public boolean lockQuery() {
    return platform.isLockedByOther(object, 7, 1);
  }

  /** F_OFD_GETLK. */
  @Benchmark
  public int bareLockQuery() throws Throwable {
    flock.set(JAVA_SHORT, 0, (short) 1);
    flock.set(JAVA_LONG, 8, 7);
    flock.set(JAVA_LONG, 16, 1);
    return (int) FCNTL.invokeExact(number, F_OFD_GETLK, flock);
  }

  /** Waking a word that nobody sleeps on. */
  @Benchmark
  public int wakeNobody() {
    return platform.wake(mapping, 0, 1);
  }

  /** FUTEX_WAKE. */
  @Benchmark
  public long bareWakeNobody() throws Throwable {
    return (long) FUTEX.invokeExact((long) LinuxAbi.CURRENT.futexCall, mapping, FUTEX_WAKE, 1L);
  }

  /** Leaves nothing. */
  @TearDown
  public void close() {
    arena.close();
    platform.close(object);
    platform.unlinkShared(name);
  }
}
