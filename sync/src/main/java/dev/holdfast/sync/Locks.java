package dev.holdfast.sync;

import dev.holdfast.region.Layer;
import dev.holdfast.region.Membership;
import dev.holdfast.region.Region;
import dev.holdfast.region.Space;
import dev.holdfast.sync.LockTable.Wanted;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The locks of a space: found by name, made when somebody first asks for them.
 *
 * <p><b>Sharing.</b> Any thread. All handles of one name in one process are one lock.
 *
 * <p><b>Lifetime.</b> Locks live as long as the space. One that nobody has open, owns or waits for
 * may be thrown away when there is no room for another; its tokens are never given again. Closing
 * the space sends everybody away who waits, with {@link LocksClosedException}, and leaves what is
 * still owned as a dead owner would; who asks for a lock or a report afterwards gets the same.
 *
 * <p><b>Cost.</b> The first lock of a space makes its tables, about 4 MiB. Asking for a lock is a
 * search by name; keep the handle.
 *
 * <p><b>Errors.</b> {@link WrongLockKindException}; {@link
 * dev.holdfast.region.LimitExceededException} when a table is full.
 *
 * <pre>{@code
 * Locks locks = Locks.of(space);
 * Mutex index = locks.mutex("index");
 * ReadWriteLock config = locks.readWriteLock("config");
 * Semaphore downloads = locks.semaphore("downloads", 4);
 * }</pre>
 */
public final class Locks {
  private static final long NOBODY_WAITS_NANOS = 5_000_000_000L;
  private static final Pattern PLACE = Pattern.compile("(.+)\\[(\\d{1,18})\\]");

  private final Space space;
  private final Core core;

  private Locks(Space space, Core core) {
    this.space = space;
    this.core = core;
  }

  Core core() {
    return core;
  }

  /** The locks of a space; room for the default number if nobody asked for a lock before. */
  public static Locks of(Space space) {
    return of(space, LockSizes.DEFAULT);
  }

  /**
   * The locks of a space.
   *
   * @param sizes if nobody asked for a lock of this space before; else it keeps what it has
   */
  public static Locks of(Space space, LockSizes sizes) {
    return new Locks(space, space.layer(Core.class, membership -> new Core(membership, sizes)));
  }

  /** How a mutex is made. Who finds one made otherwise uses it as it is. */
  public enum MutexOption {
    /** Whoever waited longest gets it, always: no newcomer goes first, and every release waits. */
    FAIR
  }

  /** How a read-write lock is made. Who finds one made otherwise uses it as it is. */
  public enum ReadWriteOption {
    /** Writers in the order of their arrival. */
    FAIR,
    /** For much reading and rare writing: processes that read stay readers until one writes. */
    READ_BIASED
  }

  /**
   * The mutex of that name.
   *
   * @param name 1 to 120 letters, digits and {@code _ . : / @ + -}
   */
  public Mutex mutex(String name, MutexOption... options) {
    return new Mutex(core.mutex(new Wanted(name, LockKind.MUTEX, bits(options), 0)));
  }

  /**
   * The mutex of that name, with room for an {@link UndoRecord}.
   *
   * @param undoBytes how much at least, 0 to 65,536
   * @throws WrongLockKindException if it was made with less
   */
  public Mutex mutexWithUndo(String name, int undoBytes, MutexOption... options) {
    Wanted wanted = new Wanted(name, LockKind.MUTEX, bits(options), 0);
    return new Mutex(core.mutex(wanted.withUndo(UndoArea.cells(undoBytes))));
  }

  static long bits(MutexOption... options) {
    return List.of(options).contains(MutexOption.FAIR) ? LockLayout.OPTION_FAIR : 0;
  }

  static long bits(ReadWriteOption... options) {
    Set<ReadWriteOption> set = Set.copyOf(List.of(options));
    return (set.contains(ReadWriteOption.FAIR) ? LockLayout.OPTION_FAIR : 0)
        | (set.contains(ReadWriteOption.READ_BIASED) ? LockLayout.OPTION_READ_BIASED : 0);
  }

  /** The read-write lock of that name. */
  public ReadWriteLock readWriteLock(String name, ReadWriteOption... options) {
    return new ReadWriteLock(
        core.readWrite(new Wanted(name, LockKind.READ_WRITE_LOCK, bits(options), 0)));
  }

  /**
   * The read-write lock of that name, with room for an {@link UndoRecord} of its writers.
   *
   * @param undoBytes how much at least, 0 to 65,536
   * @throws WrongLockKindException if it was made with less
   */
  public ReadWriteLock readWriteLockWithUndo(
      String name, int undoBytes, ReadWriteOption... options) {
    Wanted wanted = new Wanted(name, LockKind.READ_WRITE_LOCK, bits(options), 0);
    return new ReadWriteLock(core.readWrite(wanted.withUndo(UndoArea.cells(undoBytes))));
  }

  /**
   * The semaphore of that name.
   *
   * @param permits how many it has, 1 to 4,096; everybody asks for the same number
   */
  public Semaphore semaphore(String name, int permits, MutexOption... options) {
    requirePermits(name, permits);
    return new Semaphore(
        core.semaphore(new Wanted(name, LockKind.SEMAPHORE, bits(options), permits)));
  }

  static void requirePermits(String name, int permits) {
    if (permits < 1 || permits > Core.PERMITS_MAX) {
      throw new IllegalArgumentException(
          "permits out of range: semaphore=%s, permits=%d, least=1, most=%d"
              .formatted(name, permits, Core.PERMITS_MAX));
    }
  }

  /**
   * Begins a transaction: mutexes that are taken together, in any order, without deadlocks.
   *
   * @throws IllegalStateException if the calling thread owns locks, or is in one already
   */
  public LockTransaction transaction(TransactionPolicy policy) {
    core.requireOpen();
    return LockTransaction.begin(core.contexts, core.tickets, policy);
  }

  /**
   * Has the order checked in which the threads of this process take the locks of this space: off,
   * unless switched on. What is owned already when it is switched on is not seen.
   *
   * @return these locks
   */
  public Locks lockOrder(LockOrder mode) {
    core.order.switchTo(mode);
    return this;
  }

  /**
   * Forgets in what order the locks of a class were taken: for classes that are gone, or whose
   * order is another from now on.
   *
   * @param lockClass as given to {@code inClass}, or the name of a lock that is in none
   */
  public void forgetOrder(String lockClass) {
    core.order.forget(lockClass);
  }

  /** What {@link #lockOrder} found since it was first switched on. */
  public List<PotentialDeadlock> potentialDeadlocks() {
    return core.order.reported();
  }

  /**
   * Opens the locks that stand in a region, beside what they protect.
   *
   * @param nameOrId of the region: its name, or the text of its id
   * @throws dev.holdfast.region.RegionNotFoundException if there is none, or it is being removed
   * @throws dev.holdfast.platform.SystemCallException if this process may not write it
   */
  public PlacedLocks placed(String nameOrId) {
    core.requireOpen();
    return new PlacedLocks(core, core.placed.open(space, nameOrId));
  }

  /** What the lock of that name is, if there is one. */
  public Optional<LockKind> find(String name) {
    return whileOpen(() -> {
      OptionalInt lock = core.table.find(name);
      return lock.isPresent() ? Optional.of(core.table.kind(lock.getAsInt())) : Optional.empty();
    });
  }

  /**
   * The words of a closed space are zeros, so what was seen is looked at only if it is open still.
   */
  private <T> T whileOpen(Supplier<T> look) {
    core.requireOpen();
    T seen = look.get();
    core.requireOpen();
    return seen;
  }

  /**
   * What the calling thread owns and acts for, as text for another process that works for it and
   * that it waits for: with {@link #actFor} that one counts as the same waiter, so that a deadlock
   * through both is found.
   */
  public String delegation() {
    core.requireOpen();
    return Arrays.stream(core.contexts.current().heldWords())
        .mapToObj(Long::toHexString)
        .collect(Collectors.joining(","));
  }

  /**
   * From now on the calling thread counts as owning, for deadlock detection only, what another one
   * owns that waits for it.
   *
   * @param delegation what the other's {@link #delegation} said
   * @return the names of those locks
   * @throws IllegalArgumentException if it is not the text of one
   */
  public List<String> actFor(String delegation) {
    core.requireOpen();
    List<String> names = new ArrayList<>();
    for (String hex : delegation.isEmpty() ? new String[0] : delegation.split(",", -1)) {
      long held;
      try {
        held = Long.parseUnsignedLong(hex, 16);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "not a delegation: text=%s; it is what delegation() said".formatted(delegation), e);
      }
      core.contexts.current().addHeld(held);
      names.add(core.nameOf(WaitWord.key(held)));
    }
    return names;
  }

  /**
   * From now on, threads of this process run before others while they own a lock for which somebody
   * of priority {@link Priority#HIGH} or {@link Priority#CRITICAL} waits, in whatever process:
   * their nice value is 5 or 10 lower until they release it. Not virtual threads.
   *
   * @return whether the system permits it; if not, nothing changes. {@code holdfast doctor} says
   *     so, too, as {@code thread-priority}
   */
  public boolean boostOwners() {
    core.requireOpen();
    return core.boostOwners();
  }

  /** All locks that have a name, by slot, with who owns them and who waits. */
  public List<LockInfo> list() {
    return whileOpen(core.report::locks);
  }

  /**
   * The locks in regions ({@link #placed}) that somebody owns or waits for, by region and offset.
   * Opens each of those regions for a moment, to read, where this process may.
   */
  public List<PlacedLockInfo> placedInUse() {
    return whileOpen(() -> new PlacedReport(space, core, core::nameOf).locks());
  }

  /** Everybody who waits for a lock or owns one. */
  public List<LockUser> users() {
    return whileOpen(core.report::users);
  }

  /** Groups that wait for each other now: deadlocks that nobody broke yet. */
  public List<List<LockUser>> deadlocks() {
    return whileOpen(core.report::deadlocks);
  }

  /**
   * Makes a lock that is not recoverable usable again: for operators who repaired what it protects.
   *
   * @param name that of a lock; {@code region[offset]} for one that is placed in a region
   * @return whether it was not recoverable
   */
  public boolean reset(String name) {
    Matcher place = PLACE.matcher(name);
    if (!place.matches()) {
      core.requireOpen();
      return core.reset(name);
    }
    try (PlacedLocks placed = placed(place.group(1))) {
      return placed.reset(Long.parseLong(place.group(2)));
    }
  }

  @Override
  public String toString() {
    return "Locks[" + core.membership.space() + "]";
  }

  // ---- what the space carries ------------------------------------------------------------------

  /**
   * The layer: all of this participant's lock state.
   *
   * <p><b>Ordering.</b> Closing: first no thread of this process can reach the shared words any
   * more, then what they own is left to the others, through words that none of them has.
   *
   * <p><b>Crash points.</b> Who dies while closing is recovered by the others, who do the same.
   */
  static final class Core implements Layer {
    static final int PERMITS_MAX = 4096;

    final Membership membership;
    final LockSegment segment;
    private final LockSegment spare;
    final LockTable table;
    final Contexts contexts;
    final Waiters waiters;
    final Waits waits;
    final LockReport report;
    final OrderGraph order = new OrderGraph();
    final Tickets tickets;
    final PlacedRegions placed;
    private final Detector detector;
    private final Reactor reactor;
    final Boost boost;
    final Engine engine;
    private final Map<Integer, MutexCore> mutexes = new ConcurrentHashMap<>();
    private final Map<Integer, ReadWriteCore> readWriteLocks = new ConcurrentHashMap<>();
    private final Map<Integer, SemaphoreCore> semaphores = new ConcurrentHashMap<>();

    Core(Membership membership, LockSizes sizes) {
      this(membership, LockSegment.open(membership, sizes), LockSegment.open(membership, sizes));
    }

    /**
     * @param segment what all of this goes through
     * @param spare a second mapping of it, to leave through when nobody can reach the first
     */
    private Core(Membership membership, LockSegment segment, LockSegment spare) {
      this.membership = membership;
      this.segment = segment;
      this.spare = spare;
      int slot = (int) (membership.me() & 0xFFFF);
      segment.raise(SegmentLayout.HIGH_PARTICIPANT, slot + 1L);
      this.table = new LockTable(segment, membership);
      table.forgetOpener();
      this.contexts = new Contexts(segment, membership);
      this.waiters = new Waiters(segment, membership, contexts);
      this.tickets = new Tickets(segment, membership, contexts, waiters);
      this.detector = new Detector(segment, membership, waiters, tickets, this::nameOf);
      this.reactor =
          new Reactor(
              waiters,
              contexts,
              membership.me(),
              membership.platform()::monotonicNanos,
              membership.space(),
              this::onRing);
      this.waits = new Waits(waiters, membership, reactor, detector);
      Urgency urgency = new Urgency(segment, membership, contexts);
      this.boost = new Boost(contexts, urgency, membership.platform());
      this.engine =
          new Engine(membership, contexts, waiters, waits, urgency, boost, order, tickets);
      this.placed =
          new PlacedRegions(
              this::placedRegion, region -> awaitNobodyWaits(region.engine().waits()));
      this.report = new LockReport(segment, table, membership, detector, this::nameOf);
    }

    MutexCore mutex(Wanted wanted) {
      return openOnce(mutexes, wanted, this::mutexOver);
    }

    private MutexCore mutexOver(int lock) {
      return new MutexCore(table.site(lock), engine, mutex -> name -> condition(mutex, lock, name));
    }

    ReadWriteCore readWrite(Wanted wanted) {
      return openOnce(readWriteLocks, wanted, lock -> readWrite(table.site(lock), engine));
    }

    ReadWriteCore readWrite(LockSite site, Engine with) {
      if (site.readBiased()) {
        reactor.ensureRunning(); // a writer elsewhere rings for our cell
      }
      return new ReadWriteCore(site, with);
    }

    SemaphoreCore semaphore(Wanted wanted) {
      return openOnce(semaphores, wanted, lock -> new SemaphoreCore(table.site(lock), engine));
    }

    private PlacedRegion placedRegion(Region region, Region spare) {
      Waits waitsOfRegion = new Waits(waiters, membership, reactor, detector);
      return new PlacedRegion(
          new Engine(
              membership,
              contexts,
              waiters,
              waitsOfRegion,
              engine.urgency(),
              engine.boost(),
              order,
              tickets),
          region,
          spare);
    }

    static MutexCore placedMutex(LockSite site, Engine engine) {
      return new MutexCore(
          site,
          engine,
          mutex ->
              name -> {
                if (!name.equals(Mutex.CONDITION)) {
                  throw new UnsupportedOperationException(
                      "a placed mutex has one condition, newCondition(): lock=%s, asked=%s; use a named mutex"
                          .formatted(mutex.name(), name));
                }
                return new MutexCondition(mutex, site, engine);
              });
    }

    /** One user of a region's locks less; when the space is closed, they are closed with it. */
    void release(PlacedRegion region) {
      try {
        if (!waits.isClosed()) {
          placed.release(region);
        }
      } catch (IllegalStateException unmapped) {
        if (!waits.isClosed()) {
          throw unmapped;
        }
      }
    }

    private <T> T openOnce(Map<Integer, T> open, Wanted wanted, Function<Integer, T> make) {
      requireOpen();
      int lock = table.open(wanted);
      return Objects.requireNonNull(open.computeIfAbsent(lock, make));
    }

    private Condition condition(MutexCore mutex, int lock, String name) {
      requireOpen();
      Wanted wanted = new Wanted(mutex.name() + "/" + name, LockKind.CONDITION, 0, 0, lock);
      return new MutexCondition(mutex, table.site(table.open(wanted)), engine);
    }

    void requireOpen() {
      if (waits.isClosed()) {
        throw new LocksClosedException("space is closed: space=" + membership.space());
      }
    }

    boolean reset(String name) {
      int lock =
          table
              .find(name)
              .orElseThrow(() ->
                  new IllegalArgumentException(
                      "no such lock: space=%s, lock=%s; see: holdfast locks"
                          .formatted(membership.space(), name)));
      long at = segment.lock(lock);
      long word = segment.words.get(at);
      if (!OwnerWord.isNotRecoverable(word)) {
        return false;
      }
      @Nullable UndoArea undo = table.site(lock).undo();
      if (undo != null) {
        undo.clear();
      }
      return segment.words.compareAndSet(
          at, word, OwnerWord.WAITERS); // readers granted before may not be in yet
    }

    private String nameOf(long key) {
      if (WaitWord.isPlaced(key)) {
        return nameOfPlaced(key);
      }
      int lock = (int) key;
      return lock >= 0 && lock < segment.locks && table.isLive(lock) ? table.name(lock) : "?";
    }

    private String nameOfPlaced(long key) {
      int slot = WaitWord.regionSlot(key);
      @Nullable PlacedRegion region = placed.inSlot(slot);
      String name =
          region != null
              ? region.name()
              : membership.regionName(slot).orElse("region slot " + slot);
      return "%s[%d]".formatted(name, WaitWord.offset(key));
    }

    private void onRing() {
      revokeBiased();
      boost.look();
    }

    boolean boostOwners() {
      boolean permitted = boost.switchOn();
      if (permitted) {
        reactor.ensureRunning();
      }
      return permitted;
    }

    private void revokeBiased() {
      readWriteLocks.values().forEach(lock -> lock.readers().revoke());
      placed.all().forEach(PlacedRegion::revoke);
    }

    // ---- from the space ------------------------------------------------------------------------

    @Override
    public void participantDied(long participant) {
      for (int lock = 0; lock < segment.highLock(); lock++) {
        if (table.isLive(lock)) {
          recover(lock, participant);
        }
      }
      waits.noteDeath();
      placed.all().forEach(region -> region.engine().waits().noteDeath());
      signalMine(); // who waited for something it owned, or for its signal, looks again
    }

    private void recover(int lock, long participant) {
      LockSite site = table.site(lock);
      switch (table.kind(lock)) {
        case MUTEX -> {
          var _ = mutexOver(lock).recover(participant);
        }
        case READ_WRITE_LOCK -> {
          var _ = new ReadWriteCore(site, engine).recover(participant);
        }
        case SEMAPHORE -> {
          var _ = new SemaphoreCore(site, engine).recover(participant);
        }
        case CONDITION -> {}
      }
    }

    private void signalMine() {
      contexts.forEachBound(context -> waiters.signal(context.index));
    }

    @Override
    public void tick() {
      contexts.takeBackFromEnded(this::settle);
      noteHeldSince();
      placed.tick();
    }

    /** What an ended thread of this process owned is left as a dead owner would. */
    private boolean settle(Context ended) {
      for (long held : ended.heldWords()) {
        long key = WaitWord.key(held);
        if (WaitWord.isPlaced(key)) {
          abandon(placed.opened(key), lock -> lock.abandonFor(ended));
          continue;
        }
        int lock = (int) key;
        abandon(mutexes.get(lock), mutex -> mutex.abandonFor(ended));
        abandon(readWriteLocks.get(lock), readWrite -> readWrite.abandonFor(ended));
        abandon(semaphores.get(lock), semaphore -> semaphore.abandonFor(ended));
      }
      return ended.owned() == 0;
    }

    private static <T> void abandon(@Nullable T lock, java.util.function.Consumer<T> action) {
      if (lock != null) {
        action.accept(lock);
      }
    }

    /** For people: since when this process owns what it owns, to within a tick. */
    private void noteHeldSince() {
      long now = waits.now();
      mutexes.values().forEach(mutex -> mutex.noteHeldSince(membership.me(), now));
      readWriteLocks.values().forEach(readWrite -> readWrite.noteHeldSince(membership.me(), now));
    }

    @Override
    public void close() {
      waits.close();
      mutexes.values().forEach(MutexCore::close);
      readWriteLocks.values().forEach(ReadWriteCore::close);
      semaphores.values().forEach(SemaphoreCore::close);
      List<PlacedRegion> regions = placed.stopAll();
      awaitNobodyWaits(waits);
      for (PlacedRegion region : regions) {
        awaitNobodyWaits(region.engine().waits());
        region.unmap();
      }
      reactor.close(() -> waiters.ring(membership.me()));
      boost.switchOff();
      segment.vacate(); // whatever a thread of ours still does reaches nobody
      new Core(membership, spare, spare).leave();
    }

    /** Leaves what this participant owns as a dead one would, and gives the rest back. */
    private void leave() {
      participantDied(membership.me());
      table.forgetOpener();
      contexts.giveBackAll();
    }

    private void awaitNobodyWaits(Waits sentAway) {
      long start = waits.now();
      signalMine();
      while (sentAway.isAnybodyInside() && waits.now() - start < NOBODY_WAITS_NANOS) {
        signalMine();
        LockSupport.parkNanos(100_000);
      }
    }
  }
}
