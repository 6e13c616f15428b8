package dev.holdfast.region;

import dev.holdfast.region.TwoMembers.Side;
import java.util.List;
import java.util.stream.Stream;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;

/**
 * What Lincheck runs against {@link HoldSpecification}: each of two participants holds and releases
 * a region (one at a time, as the operations look at the object under their hold), any thread
 * retires it and tries to reclaim it.
 */
public abstract class HoldOperations {
  private final TwoMembers members;
  private final boolean goesWithLastHold;
  private volatile boolean released;

  HoldOperations(RegionPolicy policy) {
    members = new TwoMembers(policy);
    goesWithLastHold = policy instanceof RegionPolicy.ReferenceCounted;
  }

  /** How a hold is taken; a deliberately wrong variant overrides it. */
  boolean takeHold(Side side) {
    return side.holds.hold(TwoMembers.REGION);
  }

  /** How a hold is given back; whether there was one. */
  boolean giveBack(Side side) {
    if (side.holds.count(TwoMembers.REGION) == 0) {
      return false;
    }
    side.holds.release(TwoMembers.REGION);
    return true;
  }

  /** Holds as the first participant. */
  @Operation(nonParallelGroup = "first")
  public String holdFirst() {
    return hold(members.side(0));
  }

  /** Holds as the second participant. */
  @Operation(nonParallelGroup = "second")
  public String holdSecond() {
    return hold(members.side(1));
  }

  /** Releases a hold of the first participant. */
  @Operation(nonParallelGroup = "first")
  public String releaseFirst() {
    return release(members.side(0));
  }

  /** Releases a hold of the second participant. */
  @Operation(nonParallelGroup = "second")
  public String releaseSecond() {
    return release(members.side(1));
  }

  /** Retires the region as the first participant, as {@code Space.remove} does. */
  @Operation
  public boolean retireFirst() {
    return retire(members.side(0));
  }

  /** Retires the region as the second participant. */
  @Operation
  public boolean retireSecond() {
    return retire(members.side(1));
  }

  private String hold(Side side) {
    if (!takeHold(side)) {
      return HoldSpecification.REFUSED;
    }
    return side.bytesAreThere() ? HoldSpecification.HELD : "held without bytes";
  }

  private String release(Side side) {
    boolean usable = side.bytesAreThere();
    if (!giveBack(side)) {
      return HoldSpecification.NOT_HELD;
    }
    released = true;
    return usable ? HoldSpecification.RELEASED : "bytes were gone before the release";
  }

  private static boolean retire(Side side) {
    int slot = TwoMembers.REGION.slot();
    long generation = TwoMembers.REGION.generation();
    boolean retired = side.reclamation.tryRetire(slot, generation);
    side.reclamation.tryReclaim(slot, generation);
    return retired;
  }

  /** Tries to reclaim as the second participant, as its sweep does. */
  final void sweepSecond() {
    members.side(1).reclamation.reclaimIfDue(TwoMembers.REGION.slot());
  }

  /** When nothing runs any more: bits are holds, sums fit, and what is due is gone. */
  @Validate
  public void nothingIsLeftOrLost() {
    Side any = members.side(0);
    int slot = TwoMembers.REGION.slot();
    List<Integer> holders = Stream.of(0, 1).filter(this::isHolder).toList();
    long word = any.member.table.rawState(slot);
    boolean there = StateWord.state(word) != StateWord.FREE;
    boolean due = StateWord.isRetired(word) || (goesWithLastHold && released);
    require(any.member.ledger.holders(slot).equals(holders), "bits are not the holds", word);
    require(StateWord.actor(word) < 0, "somebody still acts", word);
    require(!there || any.bytesAreThere(), "a region without bytes", word);
    require(there || holders.isEmpty(), "reclaimed under a hold", word);
    require(!there || !holders.isEmpty() || !due, "a region that nobody gives back", word);
    require(any.member.catalog.sumsFit(), "sums do not fit", word);
  }

  private boolean isHolder(int participant) {
    return members.side(participant).holds.count(TwoMembers.REGION) > 0;
  }

  private static void require(boolean holds, String what, long word) {
    if (!holds) {
      throw new IllegalStateException(what + ": state=" + StateWord.describe(word));
    }
  }
}
