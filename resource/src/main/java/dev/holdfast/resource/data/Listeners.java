package dev.holdfast.resource.data;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;

/** The subscribers of one {@link SharedData}. */
final class Listeners<T> {
  private final List<Mailbox<T>> mailboxes = new CopyOnWriteArrayList<>();
  final LongAdder delivered = new LongAdder();
  final LongAdder skipped = new LongAdder();
  final LongAdder failures = new LongAdder();

  void add(Mailbox<T> mailbox) {
    mailboxes.add(mailbox);
  }

  void remove(Mailbox<T> mailbox) {
    mailboxes.remove(mailbox);
  }

  boolean isEmpty() {
    return mailboxes.isEmpty();
  }

  int size() {
    return mailboxes.size();
  }

  void offer(Snapshot<T> snapshot) {
    for (Mailbox<T> mailbox : mailboxes) {
      mailbox.offer(snapshot);
    }
  }
}
