package dev.holdfast.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What {@code doctor} says of Python: only Python participants and workers need it. */
final class PythonCheck {
  private static final long PATIENCE_SECONDS = 30;
  private static final String PROBE =
      """
      import ctypes, sys
      def attempt(probe):
          try:
              return probe()
          except Exception:
              return ""
      print("%d.%d.%d" % sys.version_info[:3])
      print(attempt(lambda: __import__("numpy").__version__))
      print(attempt(lambda: ctypes.CDLL("libatomic.so.1") and "found"))
      """;

  private PythonCheck() {}

  /** Of the Python that this command starts. */
  static List<Check> of(List<String> command) {
    List<String> answers = ask(command);
    if (answers.size() != 3) {
      return List.of(
          Check.note(
              "python", "not found", "only Python clients and workers need it: install python3"));
    }
    return List.of(
        Check.ok("python", answers.get(0)),
        present(
            "numpy",
            answers.get(1),
            "regions are memoryviews in Python then; install NumPy for arrays"),
        present(
            "libatomic",
            answers.get(2),
            "the Python client cannot work without it: install libatomic1 (libatomic.so.1)"));
  }

  private static Check present(String name, String answer, String without) {
    return answer.isEmpty() ? Check.note(name, "not found", without) : Check.ok(name, answer);
  }

  /** Its answers, none if it cannot be asked. */
  private static List<String> ask(List<String> command) {
    List<String> whole = new ArrayList<>(command);
    whole.addAll(List.of("-c", PROBE));
    try {
      Process python =
          new ProcessBuilder(whole).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      python.getOutputStream().close();
      if (!python.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        python.destroyForcibly();
        return List.of();
      }
      byte[] answers = python.getInputStream().readAllBytes();
      return new String(answers, StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      return List.of();
    } catch (InterruptedException e) {
      throw FailureException.interrupted("while asking python3 what it has");
    }
  }
}
