package dev.holdfast.benchmarks;

import dev.holdfast.resource.config.ConfigFormat;
import dev.holdfast.resource.config.ConfigSource;
import dev.holdfast.resource.config.ReloadOutcome;
import dev.holdfast.resource.config.ReloadableConfig;
import dev.holdfast.resource.config.Rollout;
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
 * What does it cost to read a configuration that may change at any time, instead of a field?
 *
 * <p>Peers: a volatile field, below which no reader that sees changes can go, and a final one.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class ConfigBenchmark {
  /** A configuration of one group. */
  record App(String greeting, Pool pool) {}

  /** Its group. */
  record Pool(int size, int waiters) {}

  private static final App VALUE = new App("hello", new Pool(8, 100));

  private final App finalField = VALUE;
  private volatile App volatileField = VALUE;

  private final ReloadableConfig<App> config =
      ReloadableConfig.of(App.class).withoutWatch().defaults(VALUE).open();

  private final ReloadableConfig<App> rollingOut =
      ReloadableConfig.of(App.class)
          .withoutWatch()
          .defaults(VALUE)
          .rollout(Rollout.steps(50))
          .source(ConfigSource.text("t", ConfigFormat.YAML, this::text))
          .open();

  private boolean isStarted;

  /** Starts the rollout that {@link #currentForAKey} reads in the middle of. */
  public ConfigBenchmark() {
    isStarted = true;
    if (!(rollingOut.reload() instanceof ReloadOutcome.RollingOut<App>)) {
      throw new IllegalStateException("a changed text must roll out");
    }
  }

  private String text() {
    return isStarted ? "greeting: good day" : "greeting: hello";
  }

  /** The baseline that cannot change. */
  @Benchmark
  public int finalField() {
    return finalField.pool().size();
  }

  /** The baseline that can. */
  @Benchmark
  public int volatileField() {
    return volatileField.pool().size();
  }

  /** The configuration in force. */
  @Benchmark
  public int current() {
    return config.current().pool().size();
  }

  /** The configuration for a key amid a rollout. */
  @Benchmark
  public int currentForAKey() {
    return rollingOut.currentFor("customer-4711").pool().size();
  }

  /** Ends what was opened. */
  @TearDown
  public void close() {
    config.close();
    rollingOut.close();
  }
}
