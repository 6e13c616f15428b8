package dev.holdfast.cli;

import dev.holdfast.region.Space;
import dev.holdfast.sync.DeadlockException;
import dev.holdfast.sync.Hold;
import dev.holdfast.sync.LockKind;
import dev.holdfast.sync.LockTimeoutException;
import dev.holdfast.sync.Locks;
import dev.holdfast.sync.Mutex;
import dev.holdfast.sync.OwnerDiedException;
import dev.holdfast.sync.Priority;
import dev.holdfast.sync.ReadHold;
import dev.holdfast.sync.ReadWriteLock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast lock}: runs a command while it has a lock. */
@Command(
    name = "lock",
    description = {
      "Runs a command while it has a lock; the command's exit code becomes this one's.",
      "The lock is given back however this ends, also by kill -9. A lock command inside COMMAND counts as the same"
          + " waiter: it gets a lock that an outer one has, and a deadlock between two scripts is found.",
      "A new name is a read-write lock; a mutex that a program made can be taken, too."
    },
    customSynopsis = "holdfast lock [OPTIONS] NAME -- COMMAND...",
    exitCodeList = {
      "COMMAND's:it ran",
      "1:refused or failed; the message says why",
      "2:the command line is wrong",
      "3:shared state is damaged",
      "75:the lock was not to be had in time",
      "76:chosen to give up, so that a deadlock ends; run it again",
      "77:the lock's owner died (with --on-owner-died=fail)"
    },
    footerHeading = "%nExample:%n",
    footer = {
      "  holdfast lock nightly --timeout 60 -- ./job.sh",
      "  holdfast lock catalog --shared -- cat catalog.json"
    })
final class LockCommand extends SpaceCommand {
  /** What to do where an owner died. */
  enum OnOwnerDied {
    RUN,
    FAIL;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Parameters(index = "0", paramLabel = "NAME", description = "The lock's name.")
  private String name = "";

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "COMMAND",
      description = "What to run, behind --.")
  private List<String> commandLine = List.of();

  @Option(names = "--shared", description = "With others that read; only writers are kept out.")
  private boolean shared;

  @Option(names = "--update", description = "With readers, but no other updater or writer.")
  private boolean update;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      converter = SecondsConverter.class,
      description = "Give up after that long; 0 takes it only if it is free.")
  private @Nullable Duration timeout;

  @Option(
      names = "--priority",
      paramLabel = "P",
      description = "low, normal, high or critical: a level is worth a second of waiting.")
  private Priority priority = Priority.NORMAL;

  @Option(
      names = "--on-owner-died",
      paramLabel = "run|fail",
      description =
          "When the last owner died inside: run COMMAND with HOLDFAST_OWNER_DIED=1, and declare it repaired if that"
              + " ends with 0 (default), or fail.")
  private OnOwnerDied onOwnerDied = OnOwnerDied.RUN;

  @Override
  public Integer call() {
    if (shared && update) {
      throw wrongUsage("--shared and --update exclude each other");
    }
    try (Space space = openOrCreate()) {
      Locks locks = Locks.of(space);
      List<String> inherited = Guarded.inherit(space, locks, console());
      return inherited.contains(name)
          ? Guarded.run(space, locks, commandLine, false) // the one who waits for us has it
          : runLocked(space, locks);
    } catch (LockTimeoutException e) {
      return refused(e, ExitCode.TIMED_OUT);
    } catch (DeadlockException e) {
      return refused(e, ExitCode.DEADLOCK);
    } catch (OwnerDiedException e) {
      return refused(e, ExitCode.OWNER_DIED);
    }
  }

  private int refused(RuntimeException e, int exitCode) {
    new Errors(console()).print(e, json());
    return exitCode;
  }

  private int runLocked(Space space, Locks locks) {
    Optional<LockKind> kind = locks.find(name);
    if (kind.isPresent() && kind.get() == LockKind.MUTEX) {
      if (shared || update) {
        throw wrongUsage(
            "a mutex has one owner: lock=%s; take it without --shared or --update".formatted(name));
      }
      Mutex mutex = locks.mutex(name).at(priority);
      return owning(space, locks, mutex, Mutex::hold, Mutex::hold);
    }
    ReadWriteLock lock = locks.readWriteLock(name).at(priority);
    if (shared) {
      return reading(space, locks, lock);
    }
    return update
        ? owning(space, locks, lock, ReadWriteLock::update, ReadWriteLock::update)
        : owning(space, locks, lock, ReadWriteLock::write, ReadWriteLock::write);
  }

  private int reading(Space space, Locks locks, ReadWriteLock lock) {
    try (ReadHold _ = timeout == null ? lock.read() : lock.read(timeout)) {
      return Guarded.run(space, locks, commandLine, false);
    }
  }

  private <L> int owning(
      Space space,
      Locks locks,
      L lock,
      Function<L, Hold> forEver,
      BiFunction<L, Duration, Hold> inTime) {
    Hold held = timeout == null ? forEver.apply(lock) : inTime.apply(lock, timeout);
    boolean died = held.ownerDied();
    if (died && onOwnerDied == OnOwnerDied.FAIL) {
      held.abandon();
      return refused(
          new FailureException(
              "OwnerDied",
              "the lock's last owner died inside: lock=%s; look after what it protects, then run without --on-owner-died=fail"
                  .formatted(name)),
          ExitCode.OWNER_DIED);
    }
    int exit = Guarded.run(space, locks, commandLine, died);
    if (died && exit != 0) {
      held.abandon(); // not repaired: the next one is told, too
      return exit;
    }
    held.markConsistent();
    held.close();
    return exit;
  }
}
