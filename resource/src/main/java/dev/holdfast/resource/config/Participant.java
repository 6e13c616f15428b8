package dev.holdfast.resource.config;

import dev.holdfast.region.Subscription;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One who takes part in both phases. */
final class Participant<T> implements Subscription {
  private final ConfigSubscriber<T> subscriber;
  private final Mailbox mailbox;
  private final Subscribers<T> all;
  private volatile boolean isClosed;

  Participant(ConfigSubscriber<T> subscriber, Mailbox mailbox, Subscribers<T> all) {
    this.subscriber = subscriber;
    this.mailbox = mailbox;
    this.all = all;
  }

  @Override
  public void close() {
    isClosed = true;
    all.remove(this);
  }

  Vote ask(ConfigChange<T> change) {
    Vote vote = new Vote(change);
    mailbox.add(vote::prepare);
    return vote;
  }

  /** One participant's part in one change. */
  final class Vote {
    private final ConfigChange<T> change;
    private final CompletableFuture<Boolean> prepared = new CompletableFuture<>();
    private final CompletableFuture<Boolean> ended = new CompletableFuture<>();

    private Vote(ConfigChange<T> change) {
      this.change = change;
    }

    /** Why it said no, if it did; no answer by the deadline is a no. */
    Optional<String> veto(long deadlineNanos, Duration timeout) {
      try {
        prepared.get(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        return Optional.empty();
      } catch (TimeoutException e) {
        return Optional.of(
            "a subscriber did not prepare in time: subscriber=%s, timeout=%s"
                .formatted(subscriber, Durations.show(timeout)));
      } catch (ExecutionException e) {
        return Optional.of(reason(e.getCause()));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Optional.of("interrupted while a subscriber prepared: subscriber=" + subscriber);
      }
    }

    void commit() {
      mailbox.add(() -> end(!isClosed));
    }

    void rollback() {
      mailbox.add(() -> end(false));
    }

    /** Whether commit or rollback returned before the deadline. */
    boolean hasEnded(long deadlineNanos) {
      try {
        return ended.get(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException | ExecutionException e) {
        return false;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }

    private void prepare() {
      try {
        boolean isAsked = !isClosed;
        if (isAsked) {
          all.inside(() -> {
            subscriber.prepare(change);
            return true;
          });
        }
        prepared.complete(isAsked);
      } catch (Throwable e) {
        prepared.completeExceptionally(e);
      }
    }

    /**
     * Only who prepared has something to end; prepare is over, for it stood before in the mailbox.
     */
    private void end(boolean commits) {
      try {
        if (prepared.isCompletedExceptionally() || !prepared.join()) {
          ended.complete(true);
          return;
        }
        all.inside(() -> {
          if (commits) {
            subscriber.commit(change);
          } else {
            subscriber.rollback(change);
          }
          return true;
        });
        ended.complete(true);
      } catch (Throwable e) {
        all.failed(subscriber, e);
        ended.complete(false);
      }
    }

    private String reason(@Nullable Throwable cause) {
      return cause instanceof ConfigVetoException
          ? "vetoed: " + cause.getMessage()
          : "a subscriber failed to prepare: subscriber=%s: %s".formatted(subscriber, cause);
    }
  }
}
