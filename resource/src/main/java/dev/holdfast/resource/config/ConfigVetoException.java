package dev.holdfast.resource.config;

/** A subscriber cannot work with a configuration; nobody gets it. */
public final class ConfigVetoException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * @param reason what is wrong, for people
   */
  public ConfigVetoException(String reason) {
    super(reason);
  }

  /**
   * @param reason what is wrong, for people
   * @param cause what was thrown
   */
  public ConfigVetoException(String reason, Throwable cause) {
    super(reason, cause);
  }
}
