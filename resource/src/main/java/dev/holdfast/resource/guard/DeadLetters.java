package dev.holdfast.resource.guard;

import java.util.ArrayDeque;
import java.util.List;

/** The dead letters that are kept, oldest first; a bounded number. */
final class DeadLetters {
  private final int max;
  private final ArrayDeque<DeadLetter> letters = new ArrayDeque<>();
  private long dropped;

  DeadLetters(int max) {
    this.max = max;
  }

  synchronized void add(DeadLetter letter) {
    letters.addLast(letter);
    if (letters.size() > max) {
      letters.removeFirst();
      dropped++;
    }
  }

  synchronized List<DeadLetter> list() {
    return List.copyOf(letters);
  }

  synchronized List<DeadLetter> take() {
    List<DeadLetter> taken = List.copyOf(letters);
    letters.clear();
    return taken;
  }

  synchronized int size() {
    return letters.size();
  }

  synchronized long dropped() {
    return dropped;
  }
}
