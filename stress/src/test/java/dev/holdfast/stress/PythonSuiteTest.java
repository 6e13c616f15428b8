package dev.holdfast.stress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Python client's own tests, by each Python that is there, with NumPy where it has it. */
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Execution(ExecutionMode.CONCURRENT)
class PythonSuiteTest {
  private static final Pattern RAN = Pattern.compile("(?m)^Ran (\\d+) tests? in");
  private static final String NO_NUMPY = "NOT RUN: test_numpy needs NumPy";

  @ParameterizedTest
  @ValueSource(strings = {"python3", "/usr/bin/python3"})
  void suite_ofThePythonClient_isGreen(String python) throws Exception {
    assumeTrue(
        !python.startsWith("/") || Files.isExecutable(Path.of(python)),
        "NOT RUN: there is no " + python);
    requireGreen(python, run(python, Map.of()));
  }

  /** What does without NumPy is tested wherever NumPy is. */
  @Test
  void suite_numpyBlocked_isGreen(@TempDir Path blocked) throws Exception {
    Files.writeString(blocked.resolve("numpy.py"), "raise ImportError('blocked by this test')\n");
    String said = run("python3", Map.of("PYTHONPATH", blocked.toString()));
    assertThat(said).contains(NO_NUMPY);
    requireGreen("python3 without NumPy", said);
  }

  private static void requireGreen(String leg, String said) {
    Matcher ran = RAN.matcher(said);
    assertThat(ran.find()).as(said).isTrue();
    assertThat(Integer.parseInt(ran.group(1))).isGreaterThan(100);
    System.out.println(leg + ": " + ran.group() + said.substring(ran.end()).strip());
  }

  /** Runs the suite; what it said, if it is green. */
  private static String run(String python, Map<String, String> environment) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(List.of(python, "-m", "unittest", "discover", "-s", "tests", "-b"));
    builder.directory(Path.of(System.getProperty("holdfast.root")).resolve("python").toFile());
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true);
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }
}
