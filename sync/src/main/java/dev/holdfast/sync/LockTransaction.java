package dev.holdfast.sync;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Mutexes taken together, in any order, without deadlocks: of two transactions that want what the
 * other owns, the younger one gives way, releases everything and begins again, with the ticket that
 * it has. So each becomes the oldest in time, and gets through.
 *
 * <p><b>Sharing.</b> Of the thread that began it; threads of all processes of the space take part.
 * Every mutex for which the thread waits meanwhile obeys the policy, also those not taken through
 * this. Read-write locks, semaphores, and owners outside of transactions are waited for as ever,
 * and deadlock detection watches over them.
 *
 * <p><b>Lifetime.</b> One a thread and space, from {@link Locks#transaction} to {@link #close},
 * which releases what is still owned. If its process dies, its ticket means nothing, and its
 * mutexes tell the next owner, as ever.
 *
 * <p><b>Cost.</b> Two stores to begin, one to close; nothing where a mutex is free and nobody
 * waits. A mutex that must be waited for: a look at the owner's ticket each time the waiter looks.
 *
 * <p><b>Errors.</b> {@link TransactionDiedException} from {@link #lock} when it has to give way,
 * and {@link DeadlockException}; {@link #run} and {@link #call} catch both and begin again.
 *
 * <pre>{@code
 * locks.transaction(TransactionPolicy.WAIT_DIE).run(tx -> {
 *   tx.lock(from);
 *   tx.lock(to);
 *   move(amount);
 * });
 * }</pre>
 */
public final class LockTransaction implements AutoCloseable {
  private final Contexts contexts;
  private final Tickets tickets;
  private final Context me;
  private final Map<MutexCore, Owned> owned = new LinkedHashMap<>();
  private @Nullable Mutex contended;
  private boolean closed;
  private int restarts;

  private LockTransaction(Contexts contexts, Tickets tickets, Context me) {
    this.contexts = contexts;
    this.tickets = tickets;
    this.me = me;
  }

  static LockTransaction begin(Contexts contexts, Tickets tickets, TransactionPolicy policy) {
    Context me = contexts.current();
    if (me.ticket != 0 || me.owned() > 0) {
      throw new IllegalStateException(
          "a transaction begins with nothing owned: thread=%s, inTransaction=%s, owned=%d; close or release that first"
              .formatted(Thread.currentThread().getName(), me.ticket != 0, me.owned()));
    }
    tickets.draw(me, policy);
    return new LockTransaction(contexts, tickets, me);
  }

  // ---- taking ----------------------------------------------------------------------------------

  /**
   * Takes a mutex for this transaction, however long that takes; one that it owns already is given
   * again.
   *
   * @return the lock; to be closed only if it is to be released before the others
   * @throws TransactionDiedException if the transaction has to give way
   */
  public Hold lock(Mutex mutex) {
    return lock(mutex, mutex::hold);
  }

  /**
   * Takes a mutex for this transaction.
   *
   * @throws TransactionDiedException if the transaction has to give way
   * @throws LockTimeoutException if it was not to be had in time; the others are owned still
   */
  public Hold lock(Mutex mutex, Duration timeout) {
    return lock(mutex, () -> mutex.hold(timeout));
  }

  private Hold lock(Mutex mutex, Supplier<Hold> take) {
    requireMine();
    requireOfThisSpace(mutex);
    if (me.gaveWay) {
      throw new TransactionDiedException(
          "the transaction has to begin again before it takes another lock: lock=%s, ticket=%d; restart()"
              .formatted(mutex.name(), ticket()));
    }
    @Nullable Owned known = owned.get(mutex.core());
    if (known != null) {
      return known;
    }
    try {
      Owned taken = new Owned(mutex.core(), take.get());
      owned.put(mutex.core(), taken);
      return taken;
    } catch (TransactionDiedException | DeadlockException e) {
      contended = mutex;
      throw e;
    }
  }

  private void requireOfThisSpace(Mutex mutex) {
    if (!mutex.core().isOf(contexts)) {
      throw new IllegalArgumentException(
          "mutex is of another space, or was opened by another of its participants: lock=%s; take both from the same Locks"
              .formatted(mutex.name()));
    }
  }

  // ---- giving way ------------------------------------------------------------------------------

  /** Its number: lower is older. The same over all its restarts. */
  public long ticket() {
    requireMine();
    return Tickets.number(me);
  }

  /** How often it gave way. */
  public int restarts() {
    return restarts;
  }

  /**
   * Releases everything, waits until the mutex that could not be had is free, and takes it: so the
   * next attempt meets nobody there. What the caller changed it has undone before. A mutex whose
   * earlier owner died and that was not declared consistent is left to the next one, who is told.
   *
   * @throws IllegalStateException if the caller owns locks that were not taken through this
   */
  public void restart() {
    requireMine();
    releaseAll(Owned::giveUp);
    if (me.owned() > 0) {
      throw new IllegalStateException(
          "a transaction begins again with nothing owned: ticket=%d, owned=%d; release what was not taken through it"
              .formatted(ticket(), me.owned()));
    }
    @Nullable Mutex first = contended;
    @Nullable MutexCore direct = me.diedAt;
    forgetGivingWay();
    restarts++;
    tickets.beginAgain(me, restarts);
    if (first != null) {
      lock(first);
    } else if (direct != null) {
      awaitFree(direct);
    }
  }

  private void forgetGivingWay() {
    contended = null;
    me.gaveWay = false;
    me.diedAt = null;
  }

  /** For one that was not taken through this: whoever takes it again wants to be asked then. */
  private static void awaitFree(MutexCore contended) {
    Hold free = new Mutex(contended).hold();
    if (free.ownerDied()) {
      free.abandon();
    } else {
      free.close();
    }
  }

  // ---- all of it -------------------------------------------------------------------------------

  /** As {@link #call}, without a result. */
  public void run(Consumer<LockTransaction> work) {
    call(tx -> {
      work.accept(tx);
      return closed; // no result; anything will do
    });
  }

  /**
   * Does the work, again and again until it did not have to give way, and closes. The work takes
   * its locks through what it is given, and leaves nothing half done when {@link #lock} throws: it
   * runs again from its beginning.
   *
   * @return what the work returned
   */
  public <T> T call(Function<LockTransaction, T> work) {
    try (this) {
      while (true) {
        try {
          T result = work.apply(this);
          if (!me.gaveWay) {
            return result;
          }
        } catch (TransactionDiedException | DeadlockException e) {
          if (!me.gaveWay) {
            throw e; // another space's
          }
        }
        restart();
      }
    }
  }

  /** Releases what is still owned. A second close does nothing. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    requireMine();
    closed = true;
    try {
      releaseAll(Owned::close);
    } finally {
      forgetGivingWay();
      tickets.giveBack(me);
      contexts.done(me);
    }
  }

  private void releaseAll(Consumer<Owned> release) {
    List<Owned> all = new ArrayList<>(owned.values());
    all.reversed().forEach(release);
  }

  private void requireMine() {
    if (closed || !me.isCurrent()) {
      throw new IllegalMonitorStateException(
          "not in this transaction: thread=%s, closed=%s; only the thread that began it may use it"
              .formatted(Thread.currentThread().getName(), closed));
    }
  }

  /** A mutex of this transaction. */
  private final class Owned implements Hold {
    private final MutexCore core;
    private final Hold hold;

    Owned(MutexCore core, Hold hold) {
      this.core = core;
      this.hold = hold;
    }

    @Override
    public long token() {
      return hold.token();
    }

    @Override
    public boolean ownerDied() {
      return hold.ownerDied();
    }

    @Override
    public void markConsistent() {
      hold.markConsistent();
    }

    @Override
    public UndoRecord undo() {
      return hold.undo();
    }

    @Override
    public boolean checkpoint() {
      return false; // what a transaction took it keeps until its end
    }

    @Override
    public void abandon() {
      owned.remove(core);
      hold.abandon();
    }

    @Override
    public void close() {
      owned.remove(core);
      hold.close();
    }

    private void giveUp() {
      if (ownerDied()) {
        abandon();
      } else {
        close();
      }
    }
  }
}
