package dev.holdfast.region;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Errno;
import dev.holdfast.platform.FileStatus;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.SystemCallException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A named, isolated world of shared memory, and this process's membership in it.
 *
 * <p><b>Sharing.</b> Any thread may use a Space. Opening the same space twice in one process gives
 * two participants.
 *
 * <p><b>Lifetime.</b> A space exists as long as it has a participant or a region. {@link #close}
 * closes every region opened through it and leaves; the last one out of an empty space removes it.
 * A process that dies instead of leaving is subtracted by the others, or by the next one to come.
 *
 * <p><b>Cost.</b> Opening and closing are some dozens of system calls. A thread of its own watches
 * for deaths of other participants.
 *
 * <p><b>Errors.</b> {@link HoldfastException} and its subclasses; {@link IllegalStateException}
 * after close.
 *
 * <pre>{@code
 * try (Space space = Space.open("frames");
 *     Region frame = space.create(RegionSpec.named("frame-42").bytes(1L << 30))) {
 *   frame.segment().fill((byte) 7);
 * }
 * }</pre>
 */
public final class Space implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Space.class.getName());
  private static final Duration UNMAP_WAIT = Duration.ofSeconds(2);

  private final SpaceSpec spec;
  private final Entrance entrance;
  private final Arena arena;
  private final Member member;
  private final Reclamation reclamation;
  private final Recovery recovery;
  private final Membership membership;
  private final Allocation allocation;
  private final LocalHolds holds;
  private final Inventory inventory;
  private final Listeners listeners;
  private final Optional<Watcher> watcher;
  private final Set<OpenRegion> open = ConcurrentHashMap.newKeySet();
  private final Set<OpenRegion> toUnmap = ConcurrentHashMap.newKeySet();

  /**
   * Operations share it, {@link #close} takes it alone: it never takes the space from under one.
   */
  private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock();

  private volatile boolean closed;

  private Space(SpaceSpec spec, Environment environment) {
    this.spec = spec;
    this.entrance = new Entrance(spec, environment);
    this.arena = Arena.ofShared();
    boolean entered = false;
    try {
      this.member = entrance.enter(arena);
      entered = true;
    } finally {
      if (!entered) {
        arena.close();
      }
    }
    this.reclamation = new Reclamation(member);
    this.recovery = new Recovery(member, reclamation);
    this.holds = new LocalHolds(member, recovery, reclamation);
    this.allocation = new Allocation(member, recovery, reclamation, holds);
    this.inventory = new Inventory(member);
    this.membership = new Membership(member, arena, spec.timeout());
    this.listeners = new Listeners(member.events);
    this.watcher = environment.watched() ? Optional.of(startWatcher()) : Optional.empty();
  }

  /** Starts watching; a space that nobody watches is left again. */
  private Watcher startWatcher() {
    try {
      Watcher started = new Watcher(member, recovery, this::retryUnmaps, listeners);
      started.start();
      return started;
    } catch (RuntimeException | Error failure) {
      try {
        entrance.leave(member, recovery);
      } catch (RuntimeException second) {
        failure.addSuppressed(second);
      }
      arena.close();
      throw failure;
    }
  }

  /**
   * Opens the space of that name, creating it if there is none.
   *
   * @throws LayoutMismatchException if another version made it
   * @throws SpaceRefusedException if its files are not safe to use
   * @throws LimitExceededException if it is full of living participants
   */
  public static Space open(String name) {
    return open(SpaceSpec.named(name));
  }

  /** Opens a space as the specification says. */
  public static Space open(SpaceSpec spec) {
    return new Space(spec, Environment.system());
  }

  /**
   * Mends the header of a space that cannot be opened because its header is damaged: writes it anew
   * from the space's descriptor, {@code space.json}. The tables stay as they are; {@link #repair}
   * mends those once the space is open. A sound header is left alone.
   *
   * @return the damage that was mended; none if the header was sound
   * @throws SpaceNotFoundException if there is no such space
   * @throws LayoutMismatchException if the header is sound, but of another version
   * @throws CorruptedException if the descriptor is gone or does not fit the control segment
   */
  public static Verification repairHeader(SpaceSpec spec) {
    return repairHeader(spec, Environment.system());
  }

  static Verification repairHeader(SpaceSpec spec, Environment environment) {
    return new HeaderRepair(spec, environment).run();
  }

  static Space open(SpaceSpec spec, Environment environment) {
    return new Space(spec, environment);
  }

  /** The space's name. */
  public String name() {
    return spec.name();
  }

  /** The directory that this space's files lie under: what another process opens it with. */
  public Path root() {
    return entrance.root();
  }

  // ---- regions ---------------------------------------------------------------------------------

  /**
   * Creates a region and opens it.
   *
   * <p>Cost: that of its pages, about 0.4 s a GiB of shared memory; a file that exists costs
   * nothing.
   *
   * @throws NameTakenException if a region of that name lives
   * @throws LimitExceededException if it would go over a limit; nothing was allocated
   * @throws OutOfSharedMemoryException if the file system is full; nothing is left behind
   */
  public Region create(RegionSpec region) {
    return create(region, _ -> {});
  }

  /**
   * Creates a region and fills it before anybody else can open it: who opens it finds it whole. If
   * {@code fill} throws, or this process dies inside it, the region never was; meanwhile it is
   * {@link RegionInfo.State#CREATING}, and its name is taken. What was written to a file that
   * existed before stays written.
   *
   * <pre>{@code
   * space.create(RegionSpec.named("squares").bytes(800), bytes -> {
   *   for (int i = 0; i < 100; i++) {
   *     bytes.setAtIndex(ValueLayout.JAVA_LONG, i, (long) i * i);
   *   }
   * });
   * }</pre>
   *
   * @param fill writes the region's bytes, through the view that the region returned has
   */
  public Region create(RegionSpec region, Consumer<? super MemorySegment> fill) {
    Access access = region.isReadOnly() ? Access.READ_ONLY : Access.READ_WRITE;
    try (Operation _ = begin()) {
      return opened(
          allocation.create(region, (entry, object) -> mapFilled(entry, object, access, fill)));
    }
  }

  /**
   * Opens a region for reading; writing through the view is refused by Java and by the hardware.
   *
   * @param nameOrId its name, or the text of its id
   * @throws RegionNotFoundException if there is none, or it is being removed
   */
  public Region region(String nameOrId) {
    return open(nameOrId, Access.READ_ONLY);
  }

  /**
   * Opens a region for reading and writing.
   *
   * @param nameOrId its name, or the text of its id
   * @throws RegionNotFoundException if there is none, or it is being removed
   */
  public Region writableRegion(String nameOrId) {
    return open(nameOrId, Access.READ_WRITE);
  }

  /** Opens a region by its id, for reading. */
  public Region region(RegionId id) {
    try (Operation _ = begin()) {
      return open(id, Access.READ_ONLY).orElseThrow(() -> notFound(id.toString()));
    }
  }

  /**
   * Removes a region: no new holds from now on; its memory is given back when its last holder
   * releases it or dies. If nobody holds it, that is now.
   *
   * @return how many participants still hold it
   */
  public int remove(String nameOrId) {
    return remove(nameOrId, false);
  }

  /**
   * Removes a region and takes the name of its object away at once, so that no program can map it
   * any more; holders keep what they have. For operators; recorded with who did it. A region that
   * is zeroed before give-back keeps its object until then.
   *
   * @return how many participants still hold it
   */
  public int removeForcibly(String nameOrId) {
    return remove(nameOrId, true);
  }

  /** The region of that name or id, if it can be opened or is on its way out. */
  public Optional<RegionInfo> find(String nameOrId) {
    try (Operation _ = begin()) {
      return inventory.find(nameOrId);
    }
  }

  /**
   * All regions, by slot.
   *
   * @throws CorruptedException if one of them is damaged
   */
  public List<RegionInfo> regions() {
    try (Operation _ = begin()) {
      return inventory.regions();
    }
  }

  /** The regions that are sound, by slot; {@code onDamage} is told of each that is not. */
  public List<RegionInfo> regions(Consumer<? super CorruptedException> onDamage) {
    try (Operation _ = begin()) {
      return inventory.regions(onDamage);
    }
  }

  /** The regions that this process has open, in no order. */
  public List<HeldRegion> openRegions() {
    return open.stream().map(OpenRegion::describe).toList();
  }

  // ---- the space -------------------------------------------------------------------------------

  /** The participants, dead ones that nobody recovered yet among them, by slot. */
  public List<ParticipantInfo> participants() {
    try (Operation _ = begin()) {
      return inventory.participants();
    }
  }

  /** This process's own entry. */
  public ParticipantInfo self() {
    try (Operation _ = begin()) {
      return member.participants.read(member.me.slot(), true);
    }
  }

  /** What happened lately, oldest first. */
  public List<SpaceEvent> events() {
    try (Operation _ = begin()) {
      return member.events.read();
    }
  }

  /** The limits in force, and how much of them is used. */
  public Usage usage() {
    try (Operation _ = begin()) {
      return new Usage(
          member.catalog.limits(),
          member.catalog.regionsInUse(),
          member.catalog.bytesInUse(),
          inventory.participants().size());
    }
  }

  /**
   * Changes all limits for everybody, at once. What is in use already stays. What another changes
   * at the same time may be lost; {@link #changeLimits(UnaryOperator)} loses nothing.
   *
   * @throws IllegalArgumentException if there are to be more regions or participants than the space
   *     was created for
   */
  public void changeLimits(Limits limits) {
    try (Operation _ = begin()) {
      requireWithinCapacity(limits);
      member.catalog.section(
          member.me,
          () -> {
            member.segment.writeLimits(limits);
            return limits;
          });
      member.record(SpaceEvent.Kind.LIMITS_CHANGED, 0, 0, "");
    }
  }

  /**
   * Changes the limits for everybody to what the function makes of those in force, also if others
   * change them at the same time: none of what they change is lost. What is in use already stays.
   * If this process dies within it, some of the limits may be changed and others not.
   *
   * <pre>{@code
   * space.changeLimits(limits -> limits.withRegions(100)); // and nothing else
   * }</pre>
   *
   * @param change may run several times, if others are faster, so it must do nothing else; what it
   *     throws passes through, and nothing is changed
   * @return the limits that were brought into force
   * @throws IllegalArgumentException if there are to be more regions or participants than the space
   *     was created for
   * @throws CorruptedException if a limit in force is damaged
   */
  public Limits changeLimits(UnaryOperator<Limits> change) {
    try (Operation _ = begin()) {
      while (true) {
        Limits seen = member.catalog.limits();
        Limits next = change.apply(seen);
        requireWithinCapacity(next);
        if (member.catalog.replaceLimits(member.me, seen, next)) {
          member.record(SpaceEvent.Kind.LIMITS_CHANGED, 0, 0, "");
          return next;
        }
      }
    }
  }

  /**
   * Refuses what {@link #changeLimits(Limits)} would refuse, and changes nothing.
   *
   * @return the limits
   * @throws IllegalArgumentException if there are to be more regions or participants than the space
   *     was created for
   */
  public Limits checkLimits(Limits limits) {
    try (Operation _ = begin()) {
      requireWithinCapacity(limits);
      return limits;
    }
  }

  private void requireWithinCapacity(Limits limits) {
    if (limits.regions() > member.segment.regions()
        || limits.participants() > member.segment.participants()) {
      throw new IllegalArgumentException(
          "over what the space was created for: regions=%d (created for %d), participants=%d (created for %d); create a new space"
              .formatted(
                  limits.regions(),
                  member.segment.regions(),
                  limits.participants(),
                  member.segment.participants()));
    }
  }

  /**
   * Tells what happens in the space from now on, whoever does it in whatever process, in order,
   * within about 200 ms. What comes faster than the ring of recent events can hold is lost.
   *
   * @param listener called by the space's watcher thread: it should be quick, must not close the
   *     space, and what it throws is logged
   * @return closing it ends the telling
   */
  public Subscription listen(Consumer<SpaceEvent> listener) {
    try (Operation _ = begin()) {
      return listeners.add(listener);
    }
  }

  /**
   * The layer of that type that this space carries; made if there is none yet. For modules that
   * build on regions.
   *
   * @param type of the layer, one each
   * @param make makes it
   */
  public <L extends Layer> L layer(Class<L> type, Function<? super Membership, ? extends L> make) {
    try (Operation _ = begin()) {
      return member.layers.get(type, membership, make);
    }
  }

  /**
   * Recovers the dead and gives back the regions whose time has come, now. One of the dead whom
   * another process is just recovering is left to that process: until it has finished, and it may
   * be stopped or die, its holds still count.
   */
  public SweepReport sweep() {
    try (Operation _ = begin()) {
      return recovery.sweep();
    }
  }

  /** What a sweep and {@link #removeLeftovers} would do, and why; changes nothing. */
  public List<Leftover> findLeftovers() {
    try (Operation _ = begin()) {
      return inventory.leftovers();
    }
  }

  /** Removes objects of this space that no region stands for. Returns those removed. */
  public List<Leftover> removeLeftovers() {
    try (Operation _ = begin()) {
      return inventory.removeOrphanObjects();
    }
  }

  /**
   * Looks for damage; changes nothing.
   *
   * @param contents whether regions whose checksum was taken are read and compared with it too,
   *     about 0.1 s a GiB
   */
  public Verification verify(boolean contents) {
    try (Operation _ = begin()) {
      return new Inspection(member, holds).verify(contents);
    }
  }

  /** Mends what can be mended without losing anything that a living participant uses. */
  public Verification repair() {
    try (Operation _ = begin()) {
      return new Inspection(member, holds).repair();
    }
  }

  /**
   * Closes every region opened through this, and leaves the space, whatever fails on the way; the
   * first failure is thrown at the end. Operations that run in other threads are waited for. The
   * second close is a no-op.
   *
   * @throws IllegalStateException if called from inside an operation by a progress callback, or by
   *     a listener
   */
  @Override
  public void close() {
    if (gate.getReadHoldCount() > 0) {
      throw new IllegalStateException(
          "a space cannot be closed from inside one of its operations: name=" + spec.name());
    }
    if (watcher.map(Watcher::isCurrentThread).orElse(false)) {
      throw new IllegalStateException(
          "a space cannot be closed by one of its listeners: name=" + spec.name());
    }
    watcher.ifPresent(Watcher::stop); // before the gate: a listener may be inside an operation
    gate.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        closeAll();
      }
    } finally {
      gate.writeLock().unlock();
    }
  }

  private void closeAll() {
    List<Runnable> steps = new ArrayList<>(member.layers.closes());
    watcher.ifPresent(started -> steps.add(started::close));
    for (OpenRegion region : open) {
      steps.add(region::close); // its own thread may have begun, and wait for us
    }
    steps.add(this::awaitUnmaps);
    steps.add(() -> entrance.leave(member, recovery));
    steps.add(arena::close);
    @Nullable RuntimeException first = null;
    for (Runnable step : steps) {
      try {
        step.run();
      } catch (RuntimeException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }

  @Override
  public String toString() {
    return "Space[%s, participant %d%s]"
        .formatted(spec.name(), member.me.slot(), closed ? ", closed" : "");
  }

  // ---- for Region ------------------------------------------------------------------------------

  RegionInfo info(RegionId id) {
    try (Operation _ = begin()) {
      return inventory.info(id).orElseThrow(() -> notFound(id.toString()));
    }
  }

  void advise(MemorySegment view, Platform.Advice advice) {
    try (Operation _ = begin()) {
      member.platform.advise(view, advice);
    }
  }

  void noteChecksum(RegionId id, long crc) {
    try (Operation _ = begin()) {
      member.table.setField(id.slot(), RegionLayout.CHECKSUM_HANDLE, 0);
      member.table.setField(id.slot(), RegionLayout.CHECKSUM, crc);
      member.table.setField(id.slot(), RegionLayout.CHECKSUM_TAKEN, member.platform.epochNanos());
      member.table.setField(id.slot(), RegionLayout.CHECKSUM_HANDLE, id.handle());
    }
  }

  // ---- inside ----------------------------------------------------------------------------------

  private Region open(String nameOrId, Access access) {
    try (Operation _ = begin()) {
      Optional<RegionId> id = RegionId.parse(nameOrId);
      Optional<Region> region =
          id.isPresent() ? open(id.get(), access) : openNamed(nameOrId, access);
      return region.orElseThrow(() -> notFound(nameOrId));
    }
  }

  private Optional<Region> openNamed(String name, Access access) {
    long hash = Names.hash(name);
    for (int slot = member.table.nextNamed(hash, 0);
        slot >= 0;
        slot = member.table.nextNamed(hash, slot + 1)) {
      long word = member.table.state(slot);
      if (StateWord.generation(word) == 0) {
        continue;
      }
      RegionId id = new RegionId(Handle.of(slot, StateWord.generation(word)));
      if (holds.hold(id)) {
        RegionEntry entry = readHeld(id);
        if (entry.name().equals(name)) {
          return openHeld(entry, access);
        }
        holds.release(id);
      }
    }
    return Optional.empty();
  }

  private Optional<Region> open(RegionId id, Access access) {
    return id.slot() < member.segment.regions() && holds.hold(id)
        ? openHeld(readHeld(id), access)
        : Optional.empty();
  }

  /** The entry of a region we hold; the hold is given back if it is damaged. */
  private RegionEntry readHeld(RegionId id) {
    boolean read = false;
    try {
      RegionEntry entry = member.table.read(id.slot(), id.generation());
      read = true;
      return entry;
    } finally {
      if (!read) {
        holds.release(id);
      }
    }
  }

  private Optional<Region> openHeld(RegionEntry entry, Access access) {
    Optional<Descriptor> object = Optional.empty();
    try {
      object = openObject(entry, access);
    } finally {
      if (object.isEmpty()) {
        holds.release(entry.id());
      }
    }
    return object.map(opened -> mapHeld(entry, opened, access));
  }

  /** The object of a region we hold; empty if an operator took its name away just now. */
  private Optional<Descriptor> openObject(RegionEntry entry, Access access) {
    try {
      return Optional.of(member.openObject(entry, access));
    } catch (SystemCallException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
      if (StateWord.isRetired(member.table.rawState(entry.id().slot()))) {
        return Optional.empty();
      }
      throw new CorruptedException(
          "the region's object is gone: name=%s, id=%s, object=%s; somebody removed it from outside, remove the region: holdfast -s %s rm %s"
              .formatted(entry.name(), entry.id(), member.osName(entry), spec.name(), entry.id()),
          e);
    }
  }

  /** Maps a region we hold and closes its object; gives the hold back if that fails. */
  private Region mapHeld(RegionEntry entry, Descriptor object, Access access) {
    boolean mapped = false;
    try {
      Region region = opened(map(entry, object, access));
      mapped = true;
      return region;
    } finally {
      if (!mapped) {
        holds.release(entry.id());
      }
    }
  }

  /** Maps a region that is being made, closes its object, and fills it. */
  private OpenRegion mapFilled(
      RegionEntry entry, Descriptor object, Access access, Consumer<? super MemorySegment> fill) {
    OpenRegion region = map(entry, object, access);
    boolean filled = false;
    try {
      fill.accept(region.segment());
      filled = true;
      return region;
    } finally {
      if (!filled && !region.tryUnmap()) {
        toUnmap.add(region);
      }
    }
  }

  private OpenRegion map(RegionEntry entry, Descriptor object, Access access) {
    Arena mapping = Arena.ofShared();
    boolean mapped = false;
    try {
      MemorySegment segment = mapAndClose(entry, object, access, mapping);
      mapped = true;
      return new OpenRegion(entry, mapping, segment, Instant.now(), site(), this::endRegion);
    } finally {
      if (!mapped) {
        mapping.close();
      }
    }
  }

  private Region opened(OpenRegion region) {
    countOpen(region);
    open.add(region);
    return region.toRegion(this, spec.leaks() != LeakDetection.OFF);
  }

  private MemorySegment mapAndClose(
      RegionEntry entry, Descriptor object, Access access, Arena mapping) {
    try {
      return member.platform.map(object, entry.bytes(), access, mapping);
    } catch (IllegalArgumentException | SystemCallException refused) {
      requireWhole(
          entry, member.platform.status(object)); // only now: map looked at the size itself
      throw refused;
    } finally {
      member.platform.close(object);
    }
  }

  private void requireWhole(RegionEntry entry, FileStatus object) {
    if (object.kind() != FileStatus.Kind.REGULAR || object.bytes() < entry.bytes()) {
      throw new CorruptedException(
          "the region's object is not what the table says: name=%s, id=%s, object=%s, table=%d bytes, object=%d bytes; somebody cut it from outside, remove the region"
              .formatted(
                  entry.name(), entry.id(), member.osName(entry), entry.bytes(), object.bytes()));
    }
  }

  private void countOpen(OpenRegion region) {
    int slot = region.entry().id().slot();
    member.table.setField(slot, RegionLayout.LAST_ACCESS, member.now());
    member.table.addToField(slot, RegionLayout.OPENS, 1);
    if (!region.segment().isReadOnly()) {
      member.table.addToField(slot, RegionLayout.WRITABLE_OPENS, 1);
    }
  }

  private Optional<Throwable> site() {
    return spec.leaks() == LeakDetection.FULL
        ? Optional.of(new Throwable("opened here"))
        : Optional.empty();
  }

  private void endRegion(OpenRegion region) {
    gate.readLock().lock(); // not begin(): the space's own close ends regions too
    try {
      if (!open.contains(region)) {
        return;
      }
      if (region.tryUnmap()) {
        release(region);
      } else {
        toUnmap.add(region);
      }
    } finally {
      gate.readLock().unlock();
    }
  }

  /** For the watcher: unmaps what could not be unmapped at once. */
  void retryUnmaps() {
    for (OpenRegion region : List.copyOf(toUnmap)) {
      if (region.tryUnmap() && toUnmap.remove(region)) {
        release(region);
      }
    }
  }

  private void release(OpenRegion region) {
    if (open.remove(region)) {
      RegionId id = region.entry().id();
      member.table.setField(id.slot(), RegionLayout.LAST_ACCESS, member.now());
      holds.release(id);
    }
  }

  /** A call in another thread may use a view right now; the hold waits for it, but not for ever. */
  private void awaitUnmaps() {
    Environment.Backoff backoff = member.environment.backoff();
    retryUnmaps();
    while (!toUnmap.isEmpty() && !backoff.hasLasted(UNMAP_WAIT.toNanos())) {
      backoff.pause();
      retryUnmaps();
    }
    for (OpenRegion region : List.copyOf(toUnmap)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "a view is in use by a running call; it stays mapped until the process ends: region={0}",
          region.entry().name());
      toUnmap.remove(region);
      release(region);
    }
  }

  private int remove(String nameOrId, boolean forced) {
    try (Operation _ = begin()) {
      return removeNow(nameOrId, forced);
    }
  }

  private int removeNow(String nameOrId, boolean forced) {
    RegionInfo region = inventory.find(nameOrId).orElseThrow(() -> notFound(nameOrId));
    int slot = region.id().slot();
    long generation = region.id().generation();
    reclamation.tryRetire(slot, generation);
    if (forced) {
      reclamation.force(slot, generation);
    }
    int holders = member.ledger.holders(slot).size();
    boolean gone =
        reclamation.tryReclaim(slot, generation)
            || StateWord.generation(member.table.rawState(slot)) != generation;
    return gone ? 0 : holders;
  }

  private RegionNotFoundException notFound(String nameOrId) {
    return new RegionNotFoundException(
        "no such region: space=%s, region=%s; see: holdfast -s %s ls"
            .formatted(spec.name(), nameOrId, spec.name()));
  }

  /** An operation that runs now. */
  private interface Operation extends AutoCloseable {
    @Override
    void close();
  }

  /** Lets an operation in, and keeps {@link #close} waiting until it ends. */
  private Operation begin() {
    gate.readLock().lock();
    if (closed) {
      gate.readLock().unlock();
      throw new IllegalStateException("space is closed: name=" + spec.name());
    }
    return gate.readLock()::unlock;
  }

  /** For tests of what others see. */
  Member member() {
    return member;
  }

  List<OpenRegion> openNow() {
    return new ArrayList<>(open);
  }
}
