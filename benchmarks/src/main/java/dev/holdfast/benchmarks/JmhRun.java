package dev.holdfast.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs the benchmarks of one class and prints each median and the least iteration beside its ratio
 * to the peer: the method of the same class, with the same parameters, whose name starts with
 * {@code bare}; of several, the one whose name shares the longest ending.
 *
 * <p>Forks inherit this JVM's flags. Arguments: the class's name, then {@code --quick} (one fork,
 * short iterations: to see that it runs) and {@code --json} (writes {@code <class>.json}).
 */
public final class JmhRun {
  /** What Chronicle Map, a peer, asks for; it would report its use to its makers. */
  private static final String[] CHRONICLE = {
    "-Dchronicle.analytics.disable=true",
    "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
    "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-exports=jdk.unsupported/sun.misc=ALL-UNNAMED",
    "--add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED",
    "--add-opens=jdk.compiler/com.sun.tools.javac=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/java.util=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED"
  };

  private JmhRun() {}

  /** See the class comment. */
  public static void main(String[] arguments) throws RunnerException {
    List<String> options = Arrays.asList(arguments).subList(1, arguments.length);
    ChainedOptionsBuilder run =
        new OptionsBuilder().include("\\." + arguments[0] + "\\.").jvmArgsAppend(CHRONICLE);
    if (options.contains("--quick")) {
      run.forks(1)
          .warmupIterations(1)
          .warmupTime(TimeValue.milliseconds(200))
          .measurementIterations(1)
          .measurementTime(TimeValue.milliseconds(200));
    }
    if (options.contains("--json")) {
      run.resultFormat(ResultFormatType.JSON).result(arguments[0] + ".json");
    }
    print(new Runner(run.build()).run());
  }

  private static void print(Collection<RunResult> results) {
    System.out.printf(
        "%n| %-28s | %12s | %14s | %8s | %s%n", "benchmark", "bytes", "median", "least", "× peer");
    for (RunResult result : results) {
      Result<?> score = result.getPrimaryResult();
      System.out.printf(
          "| %-28s | %12s | %8.2f %-5s | %8.2f | %s%n",
          method(result),
          parameter(result.getParams()),
          median(score),
          score.getScoreUnit(),
          score.getStatistics().getMin(),
          peer(result, results)
              .map(bare ->
                  "%.2f × %s"
                      .formatted(median(score) / median(bare.getPrimaryResult()), method(bare)))
              .orElse(""));
      percentiles(score);
      result.getSecondaryResults().forEach(JmhRun::counted);
    }
  }

  /** What a benchmark counts itself; percentiles are secondary results, too. */
  private static void counted(String name, Result<?> counter) {
    if (counter.getScoreUnit().equals("#")) {
      System.out.printf(
          "| %-28s | median %.0f, max %.0f%n",
          name, median(counter), counter.getStatistics().getMax());
    }
  }

  /** Of the iterations, or of the samples: another process's burst moves a mean. */
  private static double median(Result<?> score) {
    return score.getStatistics().getPercentile(50);
  }

  private static void percentiles(Result<?> score) {
    if (score.getScoreUnit().endsWith("/op") && score.getStatistics().getN() > 1000) {
      System.out.printf(
          "| %-28s | p50 %.2f, p99 %.2f, p99.9 %.2f, max %.2f %s%n",
          "",
          score.getStatistics().getPercentile(50),
          score.getStatistics().getPercentile(99),
          score.getStatistics().getPercentile(99.9),
          score.getStatistics().getMax(),
          score.getScoreUnit());
    }
  }

  private static Optional<RunResult> peer(RunResult result, Collection<RunResult> all) {
    if (method(result).startsWith("bare")) {
      return Optional.empty();
    }
    List<RunResult> peers = new ArrayList<>();
    for (RunResult other : all) {
      boolean sameParameters = parameter(other.getParams()).equals(parameter(result.getParams()));
      if (method(other).startsWith("bare") && sameParameters) {
        peers.add(other);
      }
    }
    peers.sort((a, b) -> Integer.compare(commonEnd(b, result), commonEnd(a, result)));
    return peers.stream().findFirst();
  }

  private static int commonEnd(RunResult first, RunResult second) {
    String a = method(first).toLowerCase(Locale.ROOT);
    String b = method(second).toLowerCase(Locale.ROOT);
    int length = 0;
    while (length < Math.min(a.length(), b.length())
        && a.charAt(a.length() - 1 - length) == b.charAt(b.length() - 1 - length)) {
      length++;
    }
    return length;
  }

  private static String method(RunResult result) {
    String name = result.getParams().getBenchmark();
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static String parameter(BenchmarkParams of) {
    return String.join(",", of.getParamsKeys().stream().map(of::getParam).toList());
  }
}
