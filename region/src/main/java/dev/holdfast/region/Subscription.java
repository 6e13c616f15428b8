package dev.holdfast.region;

/** What {@link Space#listen} gives: closing it ends the telling. The second close is a no-op. */
public interface Subscription extends AutoCloseable {
  @Override
  void close();
}
