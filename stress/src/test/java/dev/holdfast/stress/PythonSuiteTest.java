package dev.holdfast.stress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Python client's own tests, by each Python that is there, with NumPy where it has it. */
class PythonSuiteTest {
  private static final Pattern RAN = Pattern.compile("(?m)^Ran (\\d+) tests? in");

  @ParameterizedTest
  @ValueSource(strings = {"python3", "/usr/bin/python3"})
  @Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void suite_ofThePythonClient_isGreen(String python) throws Exception {
    assumeTrue(
        !python.startsWith("/") || Files.isExecutable(Path.of(python)),
        "NOT RUN: there is no " + python);
    Path root = Path.of(System.getProperty("holdfast.root"));
    Process process = start(root, python);
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    Matcher ran = RAN.matcher(said);
    assertThat(ran.find()).as(said).isTrue();
    assertThat(Integer.parseInt(ran.group(1))).isGreaterThan(100);
    System.out.println(python + ": " + ran.group() + said.substring(ran.end()).strip());
  }

  private static Process start(Path root, String python) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(List.of(python, "-m", "unittest", "discover", "-s", "tests", "-b"));
    builder.directory(root.resolve("python").toFile());
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    builder.redirectErrorStream(true);
    return builder.start();
  }
}
