package dev.holdfast.resource.config;

import java.util.List;

/** There is no configuration to start with; everything that is wrong with it is listed. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<ConfigProblem> problems;

  ConfigException(String what, List<ConfigProblem> problems) {
    super(message(what, problems));
    this.problems = List.copyOf(problems);
  }

  /** Everything that is wrong, step by step, each in the order of the sources. */
  public List<ConfigProblem> problems() {
    return problems;
  }

  private static String message(String what, List<ConfigProblem> problems) {
    StringBuilder text =
        new StringBuilder(
            "configuration refused: of=%s, problems=%d".formatted(what, problems.size()));
    problems.forEach(problem -> text.append("\n  ").append(problem));
    return text.toString();
  }
}
