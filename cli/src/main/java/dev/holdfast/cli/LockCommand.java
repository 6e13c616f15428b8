package dev.holdfast.cli;

import dev.holdfast.sync.Hold;
import dev.holdfast.sync.LockKind;
import dev.holdfast.sync.Locks;
import dev.holdfast.sync.Mutex;
import dev.holdfast.sync.ReadHold;
import dev.holdfast.sync.ReadWriteLock;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

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
final class LockCommand extends GuardedCommand {
  /** What to do where an owner died. */
  enum OnOwnerDied {
    RUN,
    FAIL;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(names = "--shared", description = "With others that read; only writers are kept out.")
  private boolean shared;

  @Option(names = "--update", description = "With readers, but no other updater or writer.")
  private boolean update;

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
    return super.call();
  }

  @Override
  int call(Locks locks, Guarded guarded, List<String> inherited) {
    return inherited.contains(name())
        ? guarded.run() // the one who waits for us has it
        : runLocked(locks, guarded);
  }

  private int runLocked(Locks locks, Guarded guarded) {
    Optional<LockKind> kind = locks.find(name());
    if (kind.isPresent() && kind.get() == LockKind.MUTEX) {
      if (shared || update) {
        throw wrongUsage(
            "a mutex has one owner: lock=%s; take it without --shared or --update"
                .formatted(name()));
      }
      Mutex mutex = locks.mutex(name()).at(priority());
      return owning(guarded, timeout().map(mutex::hold).orElseGet(mutex::hold));
    }
    ReadWriteLock lock = locks.readWriteLock(name()).at(priority());
    if (shared) {
      try (ReadHold _ = timeout().map(lock::read).orElseGet(lock::read)) {
        return guarded.run();
      }
    }
    return owning(
        guarded,
        update
            ? timeout().map(lock::update).orElseGet(lock::update)
            : timeout().map(lock::write).orElseGet(lock::write));
  }

  private int owning(Guarded guarded, Hold held) {
    boolean died = held.ownerDied();
    if (died && onOwnerDied == OnOwnerDied.FAIL) {
      held.abandon();
      throw new FailureException(
          "OwnerDied",
          "the lock's last owner died inside: lock=%s; look after what it protects, then run without --on-owner-died=fail"
              .formatted(name()),
          ExitCode.OWNER_DIED);
    }
    int exit = guarded.run(died);
    if (died && exit != 0) {
      held.abandon(); // not repaired: the next one is told, too
      return exit;
    }
    held.markConsistent();
    held.close();
    return exit;
  }
}
