package dev.holdfast.stress.locks;

import static dev.holdfast.sync.Priority.NORMAL;

import dev.holdfast.platform.Words;
import dev.holdfast.sync.DeadlockException;
import dev.holdfast.sync.Hold;
import dev.holdfast.sync.LockTimeoutException;
import dev.holdfast.sync.Locks;
import dev.holdfast.sync.LocksClosedException;
import dev.holdfast.sync.NotRecoverableException;
import dev.holdfast.sync.Priority;
import dev.holdfast.sync.ReadHold;
import dev.holdfast.sync.Semaphore;
import dev.holdfast.sync.WriteHold;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One thread's side of a lock test: a line of text in, a line of text out. Its twin is {@code
 * lock_party.py}.
 *
 * <pre>
 * mutex NAME MILLIS PRIORITY             as the next line
 * mutex|read|update|write NAME MILLIS    got TOKEN DIED · timeout NANOS · notrecoverable · deadlock · closed
 * permits NAME OF COUNT MILLIS           likewise; MILLIS -1 waits for ever
 * upgrade MILLIS · downgrade             of what was taken last: got · timeout NANOS · deadlock
 * consistent · release                   of what was taken last: ok
 * count NAME AT TIMES                    adds to the word at AT under a mutex, without atomics: done
 * pairs NAME AT TIMES SEED               keeps two words equal under a read-write lock: done · violation
 * share NAME OF AT TIMES SEED            counts permits in use at AT: done · violation
 * ordered PREFIX LOCKS TIMES SEED        takes up to three mutexes in ascending order: done N · deadlock
 * </pre>
 *
 * <b>Sharing.</b> One thread.
 */
final class LockCommands {
  private final Locks locks;
  private final Words data;
  private final Deque<AutoCloseable> taken = new ArrayDeque<>();

  LockCommands(Locks locks, Words data) {
    this.locks = locks;
    this.data = data;
  }

  /** Does what the line says. */
  String answer(String line) throws Exception {
    String[] words = line.split(" ", -1);
    long start = System.nanoTime();
    try {
      return switch (words[0]) {
        case "mutex", "read", "update", "write" -> {
          Priority priority =
              words.length > 3 ? Priority.valueOf(words[3].toUpperCase(Locale.ROOT)) : NORMAL;
          yield take(words[0], words[1], millis(words[2]), priority);
        }
        case "permits" -> permits(words[1], number(words[2]), number(words[3]), millis(words[4]));
        case "upgrade" -> {
          ((WriteHold) taken.getFirst()).upgrade(millis(words[1]));
          yield "got";
        }
        case "downgrade" -> {
          ((WriteHold) taken.getFirst()).downgrade();
          yield "got";
        }
        case "consistent" -> {
          ((Hold) taken.getFirst()).markConsistent();
          yield "ok";
        }
        case "release" -> {
          taken.pop().close();
          yield "ok";
        }
        case "count" -> count(words[1], number(words[2]), number(words[3]));
        case "pairs" ->
            pairs(words[1], number(words[2]), number(words[3]), Long.parseLong(words[4]));
        case "share" ->
            share(
                locks.semaphore(words[1], number(words[2])),
                number(words[3]),
                number(words[4]),
                Long.parseLong(words[5]));
        case "ordered" ->
            ordered(words[1], number(words[2]), number(words[3]), Long.parseLong(words[4]));
        default -> throw new IllegalArgumentException("no such command: line=" + line);
      };
    } catch (LockTimeoutException late) {
      return "timeout " + (System.nanoTime() - start);
    } catch (NotRecoverableException lost) {
      return "notrecoverable";
    } catch (DeadlockException victim) {
      return "deadlock";
    } catch (LocksClosedException closed) {
      return "closed";
    } catch (Violation violation) {
      return "violation " + violation.getMessage();
    }
  }

  private static int number(String word) {
    return Integer.parseInt(word);
  }

  private static Duration millis(String word) {
    long millis = Long.parseLong(word);
    return millis < 0 ? Duration.ofDays(1) : Duration.ofMillis(millis);
  }

  // ---- one acquisition ---------------------------------------------------------------------

  private String take(String how, String name, Duration timeout, Priority priority) {
    if (how.equals("read")) {
      AtomicBoolean died = new AtomicBoolean();
      ReadHold held =
          locks
              .readWriteLock(name)
              .repairedBy(dead -> {
                died.set(true);
                dead.markConsistent();
              })
              .read(timeout);
      taken.push(held);
      return "got 0 " + died;
    }
    Hold held =
        switch (how) {
          case "mutex" -> locks.mutex(name).at(priority).hold(timeout);
          case "update" -> locks.readWriteLock(name).update(timeout);
          default -> locks.readWriteLock(name).write(timeout);
        };
    taken.push(held);
    return "got " + held.token() + " " + held.ownerDied();
  }

  private String permits(String name, int of, int count, Duration timeout) {
    taken.push(locks.semaphore(name, of).hold(count, timeout));
    return "got 0 false";
  }

  // ---- many of them ------------------------------------------------------------------------

  private String count(String name, int at, int times) {
    for (int n = 0; n < times; n++) {
      try (Hold _ = locks.mutex(name).hold()) {
        data.setPlain(at, data.getPlain(at) + 1);
      }
    }
    return "done";
  }

  private String pairs(String name, int at, int times, long seed) {
    Random random = new Random(seed);
    for (int n = 0; n < times; n++) {
      switch (random.nextInt(4)) {
        case 0 -> {
          try (WriteHold _ = locks.readWriteLock(name).write()) {
            changePair(at);
          }
        }
        case 1 -> {
          try (WriteHold held = locks.readWriteLock(name).update()) {
            requirePair(at);
            held.upgrade();
            changePair(at);
          }
        }
        default -> {
          try (ReadHold _ = locks.readWriteLock(name).read()) {
            requirePair(at);
          }
        }
      }
    }
    return "done";
  }

  private void changePair(int at) {
    requirePair(at);
    data.setPlain(at, data.getPlain(at) + 1);
    linger();
    data.setPlain(at + Long.BYTES, data.getPlain(at + Long.BYTES) + 1);
  }

  /** Whoever is wrongly inside gets its chance. */
  private static void linger() {
    for (int i = 0; i < 100; i++) {
      Thread.onSpinWait();
    }
  }

  private void requirePair(int at) {
    long first = data.getPlain(at);
    long second = data.getPlain(at + Long.BYTES);
    if (first != second) {
      throw new Violation("half a change: first=%d, second=%d".formatted(first, second));
    }
  }

  private String share(Semaphore semaphore, int at, int times, long seed) {
    Random random = new Random(seed);
    for (int n = 0; n < times; n++) {
      int count = 1 + random.nextInt(semaphore.permits());
      try (Semaphore.Permits _ = semaphore.hold(count)) {
        long inUse = data.add(at, count) + count;
        linger();
        data.add(at, -count);
        if (inUse > semaphore.permits()) {
          throw new Violation("permits in use: %d of %d".formatted(inUse, semaphore.permits()));
        }
      }
    }
    return "done";
  }

  private String ordered(String prefix, int number, int times, long seed) {
    Random random = new Random(seed);
    for (int n = 0; n < times; ) {
      n += ordered(prefix, random.nextInt(number), number, 3, random);
    }
    return "done";
  }

  private int ordered(String prefix, int lock, int number, int deep, Random random) {
    try (Hold _ = locks.mutex(prefix + lock).hold()) {
      int next = lock + 1 + random.nextInt(3);
      return 1 + (next < number && deep > 1 ? ordered(prefix, next, number, deep - 1, random) : 0);
    }
  }

  /** A promise that was not kept. */
  private static final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1;

    Violation(String what) {
      super(what);
    }
  }
}
