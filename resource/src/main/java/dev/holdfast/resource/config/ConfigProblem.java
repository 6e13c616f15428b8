package dev.holdfast.resource.config;

/**
 * One thing that is wrong with a configuration: where it stands, what was found, what was expected.
 *
 * @param stage the step of the pipeline that found it
 * @param source the file, or for example {@code environment}
 * @param line its line in that source, from 1; 0 where a source has no lines
 * @param path the key, for example {@code pool.size}; empty for the whole
 * @param value what was found, secrets masked; empty when nothing was
 * @param expectation what would have been right, or why it was refused
 */
public record ConfigProblem(
    Stage stage, String source, int line, String path, String value, String expectation) {

  /** The steps that can refuse a configuration, in their order. */
  public enum Stage {
    /** A source could not be read. */
    READ,
    /** A source is not well-formed. */
    PARSE,
    /** A source could not be brought to this program's version. */
    MIGRATE,
    /** A key is unknown, missing or there twice, or its value is not of its type. */
    BIND,
    /** The values are not allowed, alone or together. */
    VALIDATE,
    /** A subscriber said no. */
    PREPARE,
    /** The first parts that used it were not well. */
    ROLLOUT
  }

  /** For example {@code app.yaml:3: pool.size: value=many, expected=a whole number}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(source);
    if (line > 0) {
      text.append(':').append(line);
    }
    text.append(": ");
    if (!path.isEmpty()) {
      text.append(path).append(": ");
    }
    if (!value.isEmpty()) {
      text.append("value=").append(value).append(", ");
    }
    if (isUnexpected()) {
      text.append("expected=");
    }
    return text.append(expectation).toString();
  }

  /** Else the expectation is a sentence of its own. */
  private boolean isUnexpected() {
    return !value.isEmpty() || stage == Stage.PARSE || stage == Stage.BIND;
  }
}
