package dev.holdfast.resource.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** All who take part in changes or are told of them. */
final class Subscribers<T> {
  private static final System.Logger LOG = System.getLogger(Subscribers.class.getName());
  private static final ScopedValue<Subscribers<?>> CALLING = ScopedValue.newInstance();

  private final String config;
  private final List<Participant<T>> participants = new CopyOnWriteArrayList<>();
  private final List<Listener<T>> listeners = new CopyOnWriteArrayList<>();
  private final AtomicLong failures = new AtomicLong();

  Subscribers(String config) {
    this.config = config;
  }

  Participant<T> add(ConfigSubscriber<T> subscriber) {
    Participant<T> participant = new Participant<>(subscriber, mailbox(), this);
    participants.add(participant);
    return participant;
  }

  void add(Listener<T> listener) {
    listeners.add(listener);
  }

  Mailbox mailbox() {
    return new Mailbox("holdfast-config-" + config + "-subscriber");
  }

  void remove(Participant<T> participant) {
    participants.remove(participant);
  }

  void remove(Listener<T> listener) {
    listeners.remove(listener);
  }

  int count() {
    return participants.size() + listeners.size();
  }

  long failures() {
    return failures.get();
  }

  void closeAll() {
    participants.forEach(Participant::close);
    listeners.forEach(Listener::close);
  }

  void tell(ConfigSnapshot<T> snapshot) {
    listeners.forEach(listener -> listener.tell(snapshot));
  }

  /** Asks everybody, all at the same time. */
  Round ask(ConfigChange<T> change, Duration timeout) {
    Round round = new Round(change, timeout);
    participants.forEach(round::ask);
    return round;
  }

  /** Runs a subscriber's code, so that {@link #isCalling} knows. */
  void inside(Callable<Boolean> call) throws Exception {
    ScopedValue.where(CALLING, this).call(call::call);
  }

  /** Whether the caller is a subscriber that is being called. */
  boolean isCalling() {
    return CALLING.isBound() && CALLING.get() == this;
  }

  void failed(Object subscriber, Throwable e) {
    failures.incrementAndGet();
    LOG.log(
        System.Logger.Level.WARNING,
        "subscriber of configuration %s failed: subscriber=%s".formatted(config, subscriber),
        e);
  }

  /** The vote on one change; the pipeline's lock guards it. */
  final class Round {
    private final ConfigChange<T> change;
    private final Duration timeout;
    private final List<Participant<T>.Vote> votes = new ArrayList<>();

    private Round(ConfigChange<T> change, Duration timeout) {
      this.change = change;
      this.timeout = timeout;
    }

    private Participant<T>.Vote ask(Participant<T> participant) {
      Participant<T>.Vote vote = participant.ask(change);
      votes.add(vote);
      return vote;
    }

    /** Asks one who came later, and waits for the answer; the reason for a no. */
    Optional<String> join(Participant<T> participant) {
      return ask(participant).veto(deadline(), timeout);
    }

    private long deadline() {
      return System.nanoTime() + Durations.nanos(timeout);
    }

    /** Waits for everybody's answer; the reasons of those who said no. */
    List<String> vetoes() {
      long deadline = deadline();
      List<String> vetoes = new ArrayList<>();
      votes.forEach(vote -> vote.veto(deadline, timeout).ifPresent(vetoes::add));
      return vetoes;
    }

    /** Waits until everybody has committed, or the time is over; nobody can say no any more. */
    void commit() {
      votes.forEach(Participant.Vote::commit);
      long deadline = deadline();
      votes.forEach(vote -> vote.hasEnded(deadline));
    }

    void rollback() {
      votes.forEach(Participant.Vote::rollback);
    }
  }
}
