package dev.holdfast.resource.config;

/**
 * Decides whether the values of a configuration, or of a part of it, are allowed and fit together.
 * What concerns one record alone may also be refused by its compact constructor with an {@link
 * IllegalArgumentException}.
 *
 * <pre>{@code
 * builder.validator((value, problems) -> {
 *   if (value.low() > value.high()) {
 *     problems.reject("low", "at most high=" + value.high());
 *   }
 * });
 * }</pre>
 *
 * @param <T> the configuration or the part
 */
@FunctionalInterface
public interface ConfigValidator<T> {
  /** Tells {@code problems} everything that is wrong with {@code value}. */
  void validate(T value, ConfigProblems problems);
}
