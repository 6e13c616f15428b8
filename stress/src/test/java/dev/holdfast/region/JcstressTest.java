package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.platform.Platform;
import dev.holdfast.resource.data.SharedData;
import dev.holdfast.resource.guard.EntryStateStress;
import dev.holdfast.resource.guard.InboxStress;
import dev.holdfast.resource.guard.LeaveLiveStress;
import dev.holdfast.resource.pool.TicketStress;
import dev.holdfast.stress.locks.MutexStress;
import dev.holdfast.stress.resource.SharedDataStress;
import dev.holdfast.sync.Locks;
import dev.holdfast.testkit.FakeKernel;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import joptsimple.OptionParser;
import org.junit.jupiter.api.Test;
import org.openjdk.jcstress.Main;

/**
 * Runs the jcstress tests of this module in JVMs of their own: many collisions on off-heap words,
 * none with a forbidden outcome. Short in the suite; {@code -Dholdfast.long=true} adds every
 * combination of compilers.
 */
class JcstressTest {
  private static final boolean LONG = Boolean.getBoolean("holdfast.long");
  private static final long WATCHDOG_MINUTES = LONG ? 60 : 10;
  private static final long SAMPLES_MIN = 1_000;
  private static final String CONTROL = PlainHoldReclaimStress.class.getName();
  private static final List<String> TESTS =
      Stream.of(
              HoldReclaimStress.class,
              ReleaseReclaimStress.class,
              EventLogStress.class,
              SharedDataStress.class,
              InboxStress.class,
              EntryStateStress.class,
              LeaveLiveStress.class,
              TicketStress.class,
              MutexStress.class)
          .map(Class::getName)
          .toList();

  private static final String SUMMARY = "Results across all configurations:";
  private static final Pattern OUTCOME =
      Pattern.compile(
          "(?m)^ *(\\S.*?) +([\\d,]+) +[<\\d.]+% +(Acceptable|Interesting|Forbidden) .*$");

  @Test
  void handshakes_manyCollisions_noForbiddenOutcome() throws Exception {
    String printed = run();

    assertThat(printed).doesNotContain("[FAILED]").doesNotContain("[ERROR]");
    assertThat(lastTotals(printed)).isEqualTo("0 failed, 0 soft errs, 0 hard errs");
    for (String test : TESTS) {
      List<MatchResult> outcomes = outcomes(printed, test);
      assertThat(outcomes)
          .as(test)
          .noneMatch(o -> o.group(3).equals("Forbidden") && samples(o) > 0);
      assertThat(outcomes.stream().mapToLong(JcstressTest::samples).sum())
          .as("samples of %s", test)
          .isGreaterThan(SAMPLES_MIN);
    }
    reportControl(outcomes(printed, CONTROL));
  }

  /** What the hardware shows is its own affair; that the control ran and was counted is ours. */
  private static void reportControl(List<MatchResult> outcomes) {
    long missed =
        outcomes.stream()
            .filter(outcome -> outcome.group(3).equals("Interesting"))
            .mapToLong(JcstressTest::samples)
            .sum();
    long all = outcomes.stream().mapToLong(JcstressTest::samples).sum();
    assertThat(all).as("samples of the negative control").isGreaterThan(SAMPLES_MIN);
    System.out.printf(
        "jcstress: with plain accesses both missed each other %,d times in %,d%n", missed, all);
  }

  private static String run() throws Exception {
    Path directory = Files.createDirectories(Path.of("target", "jcstress")).toAbsolutePath();
    Path output = directory.resolve("output.txt");
    Process process =
        new ProcessBuilder(command(directory))
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean ended = false;
    try {
      ended = process.waitFor(WATCHDOG_MINUTES, TimeUnit.MINUTES);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    String printed = Files.readString(output);
    assertThat(ended).as(printed).isTrue();
    assertThat(process.exitValue()).as(printed).isZero();
    return printed;
  }

  private static List<String> command(Path directory) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", "-cp", classPath(), Main.class.getName()));
    command.addAll(
        List.of("-v", "-r", directory.toString(), "-t", "dev\\.holdfast\\..*", "-hs", "128"));
    if (LONG) {
      command.addAll(List.of("-m", "default", "-iters", "3", "-time", "500"));
    } else {
      command.addAll(List.of("-m", "quick", "-sc", "false", "-f", "1", "-fsm", "1"));
      command.addAll(List.of("-iters", "3", "-time", "500", "-jvmArgs", "-XX:-UsePerfData"));
    }
    return command;
  }

  /** Only what is needed: jcstress looks at everything on its class path. */
  private static String classPath() throws IOException, URISyntaxException {
    List<String> entries = new ArrayList<>();
    for (Class<?> needed :
        List.of(
            JcstressTest.class,
            ControlSegment.class,
            SharedData.class,
            Locks.class,
            Platform.class,
            FakeKernel.class,
            Main.class,
            OptionParser.class)) {
      entries.add(
          Path.of(needed.getProtectionDomain().getCodeSource().getLocation().toURI()).toString());
    }
    return entries.stream().collect(Collectors.joining(File.pathSeparator));
  }

  /** The lines of a test's last table, the one over all configurations. */
  private static List<MatchResult> outcomes(String printed, String test) {
    for (int at = printed.indexOf(SUMMARY); at >= 0; at = printed.indexOf(SUMMARY, at + 1)) {
      String before = printed.substring(0, at).stripTrailing();
      if (before.endsWith("] " + test)) {
        int end = printed.indexOf(".......", at);
        String table = printed.substring(at, end < 0 ? printed.length() : end);
        return OUTCOME.matcher(table).results().toList();
      }
    }
    throw new AssertionError("jcstress did not run " + test + ":\n" + printed);
  }

  private static long samples(MatchResult outcome) {
    return Long.parseLong(outcome.group(2).replace(",", ""));
  }

  private static String lastTotals(String printed) {
    return Pattern.compile("\\d+ failed, \\d+ soft errs, \\d+ hard errs")
        .matcher(printed)
        .results()
        .reduce((_, last) -> last)
        .orElseThrow(() -> new AssertionError("jcstress printed no totals:\n" + printed))
        .group();
  }
}
