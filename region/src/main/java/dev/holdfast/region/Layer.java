package dev.holdfast.region;

/**
 * State that a layer above regions keeps in a space, and what the space tells it.
 *
 * <p><b>Sharing.</b> The space calls from its own threads; an implementation is safe for any
 * thread. What it throws is logged.
 *
 * <p><b>Lifetime.</b> Made by {@link Space#layer}, once a space and type; closed by {@link
 * Space#close} before anything else of the space is.
 */
public interface Layer extends AutoCloseable {
  /**
   * A participant died. Called at least once for each death that this process learns of, by
   * whoever's recovery; often within milliseconds. Must be repeatable.
   *
   * @param participant its handle: {@code generation << 16 | slot}
   */
  void participantDied(long participant);

  /** Time has passed, about 200 ms. */
  void tick();

  /** The space is about to be left: nothing of this process may stay in shared words. */
  @Override
  void close();
}
