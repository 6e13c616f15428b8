package dev.holdfast.region;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import dev.holdfast.platform.SystemCallException;
import dev.holdfast.region.Verification.Damage;
import dev.holdfast.region.Verification.Finding;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Looks for damage, and mends it.
 *
 * <p>A living space changes while it is looked at. So each place is looked at twice, and only what
 * is wrong both times, in the same way, is damage.
 *
 * <p>Mending never takes anything from a living participant: a region that somebody holds is
 * retired at most.
 */
final class Inspection {
  private static final int ROUNDS_MAX = 4;

  private final Member member;
  private final LocalHolds holds;
  private final Reclamation reclamation;
  private final Recovery recovery;
  private long bytesChecked;
  private int regionsChecked;

  Inspection(Member member, LocalHolds holds) {
    this.member = member;
    this.holds = holds;
    this.reclamation = new Reclamation(member);
    this.recovery = new Recovery(member, reclamation);
  }

  /** A damaged place and how it is mended. */
  private record Suspect(Finding finding, Runnable repair) {}

  Verification verify(boolean contents) {
    return result(suspects(contents).keySet().stream().toList());
  }

  Verification repair() {
    List<Finding> mended = new ArrayList<>();
    for (int round = 0; round < ROUNDS_MAX && mendAll(mended); round++) {
      // what was mended may show what stood behind it, a state word its region's object
    }
    if (!mended.isEmpty()) {
      member.catalog.section(member.me, member.catalog::recount);
      member.record(SpaceEvent.Kind.REPAIRED, 0, mended.size(), "");
    }
    return result(mended);
  }

  /** Mends what is found now; whether something was. */
  private boolean mendAll(List<Finding> mended) {
    Map<Finding, Suspect> suspects = suspects(false);
    suspects.forEach((finding, suspect) -> {
      suspect.repair().run();
      mended.add(finding.mended());
    });
    return !suspects.isEmpty();
  }

  private Verification result(List<Finding> findings) {
    return new Verification(findings, regionsChecked, bytesChecked);
  }

  /** What is wrong twice in the same way. */
  private Map<Finding, Suspect> suspects(boolean contents) {
    Map<Finding, Suspect> first = look(contents);
    if (!first.isEmpty()) {
      member.environment.pause().accept(2_000_000);
      first.keySet().retainAll(look(contents).keySet());
    }
    return first;
  }

  private Map<Finding, Suspect> look(boolean contents) {
    Map<Finding, Suspect> suspects = new LinkedHashMap<>();
    bytesChecked = 0;
    regionsChecked = 0;
    lookAtHeader(suspects);
    lookAtCatalog(suspects);
    lookAtParticipants(suspects);
    for (int slot = 0; slot < member.segment.regions(); slot++) {
      lookAtRegion(slot, contents, suspects);
    }
    return suspects;
  }

  // ---- header and catalog ----------------------------------------------------------------------

  private void lookAtHeader(Map<Finding, Suspect> suspects) {
    try {
      ControlSegment.check(member.segment.words(), member.space);
    } catch (HoldfastException e) {
      add(
          suspects,
          Damage.HEADER,
          "header",
          message(e),
          () -> member.segment.rewriteHeader(member.space, member.platform));
    }
  }

  private void lookAtCatalog(Map<Finding, Suspect> suspects) {
    try {
      member.catalog.limits();
    } catch (CorruptedException e) {
      add(suspects, Damage.LIMITS, "limits", message(e), this::restoreDefaultLimits);
    }
    long high = member.catalog.get(CatalogLayout.HIGH_SLOT);
    int used = usedSlots();
    if (high < used || high > member.segment.regions()) {
      add(
          suspects,
          Damage.SUMS,
          "high slot",
          "value=%d, used=%d, capacity=%d".formatted(high, used, member.segment.regions()),
          () -> member.catalog.set(CatalogLayout.HIGH_SLOT, used));
    }
    long actor = member.catalog.get(CatalogLayout.ACTOR);
    boolean sound = member.catalog.section(member.me, member.catalog::sumsFit);
    if (!sound && actor == 0) {
      add(
          suspects,
          Damage.SUMS,
          "sums",
          "regions=%d, bytes=%d do not fit the table"
              .formatted(member.catalog.regionsInUse(), member.catalog.bytesInUse()),
          () -> member.catalog.section(member.me, member.catalog::recount));
    }
  }

  private void restoreDefaultLimits() {
    Limits defaults = Limits.DEFAULT;
    member.segment.writeLimits(
        defaults
            .withRegions(member.segment.regions())
            .withParticipants(member.segment.participants()));
  }

  private int usedSlots() {
    int used = 0;
    for (int slot = 0; slot < member.segment.regions(); slot++) {
      if (StateWord.state(member.table.rawState(slot)) != StateWord.FREE) {
        used = slot + 1;
      }
    }
    return used;
  }

  // ---- participants ----------------------------------------------------------------------------

  private void lookAtParticipants(Map<Finding, Suspect> suspects) {
    for (int i = 0; i < member.participants.capacity(); i++) {
      int slot = i;
      long word = member.participants.word(slot);
      long state = ParticipantLayout.state(word);
      boolean occupied = slot == member.me.slot() || member.live.isAlive(slot);
      boolean known = state == ParticipantLayout.FREE || state == ParticipantLayout.LIVE;
      boolean unseen = state == ParticipantLayout.FREE && occupied;
      boolean other =
          slot == member.me.slot() && ParticipantLayout.generation(word) != member.me.generation();
      if (!known || unseen || other) {
        add(
            suspects,
            Damage.PARTICIPANT,
            "participant " + slot,
            "word=0x%x, alive=%s".formatted(word, occupied),
            () -> mendParticipant(slot, occupied));
      }
    }
  }

  private void mendParticipant(int slot, boolean occupied) {
    long generation = ParticipantLayout.generation(member.participants.word(slot));
    member.participants.markLive(
        slot, slot == member.me.slot() ? member.me.generation() : Math.max(1, generation));
    if (!occupied) {
      recovery.recoverIfDead(slot);
    }
  }

  // ---- regions ---------------------------------------------------------------------------------

  private void lookAtRegion(int slot, boolean contents, Map<Finding, Suspect> suspects) {
    long word = member.table.rawState(slot);
    if (!StateWord.isLegal(word, member.segment.participants())) {
      add(
          suspects,
          Damage.STATE,
          "region slot " + slot,
          "word=0x%x".formatted(word),
          () -> mendState(slot, word));
      return;
    }
    lookAtRow(slot, suspects);
    StringBuilder damage = new StringBuilder();
    Optional<RegionEntry> parsed = member.table.parse(slot, damage);
    boolean sameRegion =
        parsed
            .map(found -> found.handle() == Handle.of(slot, StateWord.generation(word)))
            .orElse(false);
    if (StateWord.state(word) == StateWord.FREE) {
      lookAtFree(slot, word, parsed.filter(_ -> sameRegion), suspects);
      return;
    }
    regionsChecked++;
    if (isActorGone(word)) {
      add(
          suspects,
          Damage.STATE,
          "region slot " + slot,
          "word=0x%x, its actor does not exist".formatted(word),
          () -> mendState(slot, word));
      return;
    }
    Optional<RegionEntry> entry = parsed.filter(_ -> sameRegion);
    if (entry.isEmpty()) {
      add(
          suspects,
          Damage.ENTRY,
          "region slot " + slot,
          damage.isEmpty() ? "it is of another generation" : damage.toString(),
          () -> mendEntry(slot, word));
      return;
    }
    if (StateWord.state(word) == StateWord.LIVE) {
      if (!StateWord.isRetired(word)) { // who retires it may die before its name is gone
        lookAtName(slot, Names.hash(entry.get().name()), suspects);
      }
      lookAtObject(slot, entry.get(), contents, suspects);
    }
  }

  private boolean isActorGone(long word) {
    int actor = StateWord.actor(word);
    return actor >= 0 && member.participants.isFree(actor);
  }

  /**
   * Who frees a slot clears its name word first. One that is FREE, named by its entry and of the
   * entry's generation lost its state. Any other name in a FREE slot is that of a creator that
   * died.
   */
  private void lookAtFree(
      int slot, long word, Optional<RegionEntry> last, Map<Finding, Suspect> suspects) {
    long name = member.table.nameWord(slot);
    if (last.isPresent() && name == Names.hash(last.get().name())) {
      add(
          suspects,
          Damage.STATE,
          "region slot " + slot,
          "word=0x%x, but its name and entry stand".formatted(word),
          () -> mendState(slot, word));
    } // else a creator may have died before its CAS: nobody believes that name or entry
  }

  private void lookAtRow(int slot, Map<Finding, Suspect> suspects) {
    if (holds.lacksBit(slot)) {
      add(
          suspects,
          Damage.LEDGER,
          "region slot " + slot,
          "held by this process, but its bit is not set",
          () -> holds.restoreBit(slot));
    }
    for (int participant : member.ledger.holders(slot)) {
      if (member.participants.isFree(participant)) {
        add(
            suspects,
            Damage.LEDGER,
            "region slot " + slot,
            "held by participant %d, which does not exist".formatted(participant),
            () -> clearBit(slot, participant));
      }
    }
  }

  private void clearBit(int slot, int participant) {
    if (member.participants.isFree(participant)) {
      member.ledger.clear(slot, participant);
      reclamation.reclaimIfDue(slot);
    }
  }

  private void lookAtName(int slot, long wanted, Map<Finding, Suspect> suspects) {
    long found = member.table.nameWord(slot);
    if (found != wanted) {
      add(
          suspects,
          Damage.NAME,
          "region slot " + slot,
          "name word=0x%x, wanted=0x%x".formatted(found, wanted),
          () -> member.table.setNameWord(slot, wanted));
    }
  }

  private void lookAtObject(
      int slot, RegionEntry entry, boolean contents, Map<Finding, Suspect> suspects) {
    if (member.table.field(slot, RegionLayout.FORCED) != 0) {
      return;
    }
    try {
      Descriptor object = member.openObject(entry, Access.READ_ONLY);
      try {
        long bytes = member.platform.status(object).bytes();
        if (bytes < entry.bytes()) {
          addObject(
              suspects, slot, entry, "object=%d bytes, table=%d".formatted(bytes, entry.bytes()));
        } else if (contents) {
          compareContents(slot, entry, object, suspects);
        }
      } finally {
        member.platform.close(object);
      }
    } catch (SystemCallException e) {
      addObject(suspects, slot, entry, message(e));
    }
  }

  private void addObject(
      Map<Finding, Suspect> suspects, int slot, RegionEntry entry, String detail) {
    add(
        suspects,
        Damage.OBJECT,
        "region %s %s".formatted(entry.id(), entry.name()),
        detail,
        () -> {
          reclamation.tryRetire(slot, entry.id().generation());
          reclamation.tryReclaim(slot, entry.id().generation());
        });
  }

  private void compareContents(
      int slot, RegionEntry entry, Descriptor object, Map<Finding, Suspect> suspects) {
    if (member.table.field(slot, RegionLayout.CHECKSUM_HANDLE) != entry.handle()) {
      return;
    }
    long wanted = member.table.field(slot, RegionLayout.CHECKSUM);
    try (Arena arena = Arena.ofConfined()) {
      long found = Crc.of(member.platform.map(object, entry.bytes(), Access.READ_ONLY, arena));
      bytesChecked += entry.bytes();
      if (found != wanted) {
        add(
            suspects,
            Damage.CONTENT,
            "region %s %s".formatted(entry.id(), entry.name()),
            "checksum now=%08x, when taken=%08x".formatted(found, wanted),
            () -> {});
      }
    }
  }

  /** A state word nobody could have written: the entry tells what it was, else it is given up. */
  private void mendState(int slot, long damaged) {
    Optional<RegionEntry> entry =
        member.table.parse(slot, new StringBuilder()).filter(found -> found.id().slot() == slot);
    if (entry.isPresent()) {
      trustEntry(slot, damaged, entry.get());
    } else {
      mendEntryAs(slot, damaged, Math.max(1, StateWord.generation(damaged)));
    }
  }

  /** LIVE as the entry says, or RETIRED if the region lost its name. */
  private void trustEntry(int slot, long damaged, RegionEntry entry) {
    long live = StateWord.live(entry.id().generation());
    boolean named = member.table.nameWord(slot) == Names.hash(entry.name());
    member.table.changeState(slot, damaged, named ? live : live | StateWord.RETIRED);
    reclamation.reclaimIfDue(slot);
  }

  /** An entry that is whole but of another generation: the state word's generation is damaged. */
  private void mendEntry(int slot, long word) {
    Optional<RegionEntry> entry =
        member.table.parse(slot, new StringBuilder()).filter(found -> found.id().slot() == slot);
    if (entry.isPresent()) {
      trustEntry(slot, word, entry.get());
    } else {
      mendEntryAs(slot, word, StateWord.generation(word));
    }
  }

  /** The object tells how large the region is; its name and policy are lost. */
  private void mendEntryAs(int slot, long word, long generation) {
    RegionId id = new RegionId(Handle.of(slot, generation));
    long bytes = objectBytes(id);
    if (bytes == 0 && member.ledger.isUnheld(slot)) {
      member.table.setNameWord(slot, 0);
      member.table.changeState(slot, word, StateWord.free(generation));
      return;
    }
    RegionEntry rebuilt =
        RegionSpec.named("recovered-" + id)
            .bytes(Math.max(1, bytes))
            .policy(RegionPolicy.manual())
            .toEntry(Math.max(1, bytes), false, member.me, member.uid, member.platform.epochNanos())
            .withHandle(id.handle());
    member.table.write(slot, rebuilt, member.now());
    member.table.setNameWord(slot, Names.hash(rebuilt.name()));
    member.table.changeState(slot, word, StateWord.live(generation));
    if (bytes == 0) {
      reclamation.tryRetire(slot, generation);
    }
  }

  private long objectBytes(RegionId id) {
    try {
      Descriptor object =
          member.platform.openShared(member.objectName(id), Access.READ_ONLY, Creation.OPEN, 0);
      try {
        return member.platform.status(object).bytes();
      } finally {
        member.platform.close(object);
      }
    } catch (SystemCallException e) {
      return 0;
    }
  }

  private static void add(
      Map<Finding, Suspect> suspects, Damage damage, String where, String detail, Runnable repair) {
    Finding finding = new Finding(damage, where, detail, false);
    suspects.put(finding, new Suspect(finding, repair));
  }

  private static String message(Exception e) {
    return String.valueOf(e.getMessage());
  }
}
