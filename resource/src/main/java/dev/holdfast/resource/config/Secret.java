package dev.holdfast.resource.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Objects;

/**
 * A text that must not appear in logs, messages, differences or metrics: a password, a token.
 *
 * <pre>{@code
 * record Database(URI address, String user, Secret password) {}
 * connect(database.user(), database.password().reveal());
 * }</pre>
 */
public final class Secret {
  static final String MASK = "******";

  private final String text;

  /** A secret of that text. */
  public Secret(String text) {
    this.text = Objects.requireNonNull(text, "text");
  }

  /** The text itself. */
  public String reveal() {
    return text;
  }

  /** In a time that does not tell where two secrets differ. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Secret secret && MessageDigest.isEqual(bytes(), secret.bytes());
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** Never the text. */
  @Override
  public String toString() {
    return MASK;
  }

  private byte[] bytes() {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
