package dev.holdfast.region;

/**
 * What {@link HoldOperations} must look like from outside: a set of holders, and a region that is
 * LIVE, RETIRED or gone. Whether a region that nobody holds is RETIRED or gone cannot be told apart
 * by its users; that it does go is checked when nothing runs any more.
 */
public abstract class HoldSpecification {
  static final String HELD = "held";
  static final String REFUSED = "refused";
  static final String RELEASED = "released";
  static final String NOT_HELD = "not held";

  private final boolean goesWithLastHold;
  private final int[] holds = new int[2];
  private boolean live = true;

  HoldSpecification(boolean goesWithLastHold) {
    this.goesWithLastHold = goesWithLastHold;
  }

  /** A region that goes when somebody removes it. */
  public static final class OfManualRegion extends HoldSpecification {
    /** A LIVE region that nobody holds. */
    public OfManualRegion() {
      super(false);
    }
  }

  /** A region that goes with its last hold. */
  public static final class OfCountedRegion extends HoldSpecification {
    /** A LIVE region that nobody holds yet. */
    public OfCountedRegion() {
      super(true);
    }
  }

  /** Holds as the first participant. */
  public String holdFirst() {
    return hold(0);
  }

  /** Holds as the second participant. */
  public String holdSecond() {
    return hold(1);
  }

  /** Releases a hold of the first participant. */
  public String releaseFirst() {
    return release(0);
  }

  /** Releases a hold of the second participant. */
  public String releaseSecond() {
    return release(1);
  }

  /** Retires the region. */
  public boolean retireFirst() {
    return retire();
  }

  /** Retires the region. */
  public boolean retireSecond() {
    return retire();
  }

  /** Changes nothing that can be seen from outside. */
  public void reclaimSecond() {}

  private String hold(int participant) {
    if (!live) {
      return REFUSED;
    }
    holds[participant]++;
    return HELD;
  }

  private String release(int participant) {
    if (holds[participant] == 0) {
      return NOT_HELD;
    }
    holds[participant]--;
    if (goesWithLastHold && holds[0] + holds[1] == 0) {
      live = false;
    }
    return RELEASED;
  }

  private boolean retire() {
    boolean was = live;
    live = false;
    return was;
  }
}
