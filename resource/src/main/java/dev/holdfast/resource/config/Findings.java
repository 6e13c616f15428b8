package dev.holdfast.resource.config;

import java.util.ArrayList;
import java.util.List;

/** What one reading of the sources brought to light. */
final class Findings {
  private final List<ConfigProblem> problems = new ArrayList<>();
  private final List<ConfigProblem> warnings = new ArrayList<>();

  void add(ConfigProblem problem) {
    problems.add(problem);
  }

  void warn(ConfigProblem warning) {
    warnings.add(warning);
  }

  boolean isClean() {
    return problems.isEmpty();
  }

  /**
   * Whether nothing was left out since there were that many problems. What was would seem to be
   * missing; nobody wants to be told that too.
   */
  boolean isReadableSince(int count) {
    return problems.stream()
        .skip(count)
        .allMatch(problem -> problem.stage().compareTo(ConfigProblem.Stage.BIND) >= 0);
  }

  List<ConfigProblem> problems() {
    return problems;
  }

  List<ConfigProblem> warnings() {
    return warnings;
  }

  static String didYouMean(String written, List<String> known) {
    return Paths.closest(written, known).map(key -> "; did you mean " + key + "?").orElse("");
  }
}
