package dev.holdfast.sync;

import dev.holdfast.platform.Words;
import dev.holdfast.region.Membership;
import dev.holdfast.sync.WaitGraph.Member;
import java.util.List;

/**
 * The tickets of transactions: who of two may wait for the other.
 *
 * <pre>
 *  63  62  61                                      0
 * ┌───┬───┬────────────────────────────────────────┐
 * │ X │ D │                 number                 │   X wounded, D wait-die
 * └───┴───┴────────────────────────────────────────┘
 * </pre>
 *
 * <p>Without X the lower word is the older. So all that wound are older than all that die, and a
 * ring has either an older one that waits for a younger one it wounds, or a younger one that waits
 * for an older one and dies: no ring stays, whatever policies are in it. Who owns nothing may wait
 * for anybody, for nobody waits for it.
 *
 * <p>New ones are younger than all of their kind, so each becomes the oldest of its kind in time,
 * and gets through if it is of those who wound; who dies too often becomes one of them.
 *
 * <p><b>Ordering.</b> A waiter publishes its wait word, then reads the owner and its ticket; who
 * takes the mutex has its ticket set, then reads the wait words and wakes the waiters with tickets.
 * So either the waiter judges by the new owner, or it is woken and looks again.
 *
 * <p><b>Crash points.</b> After the number is taken: it is nobody's. With the ticket set: a context
 * whose first word does not name the owner word's participant, or a dead one, means nothing, and
 * nobody dies before the kernel says that the other one lives; the waiter waits, and takes the
 * mutex from the dead like any other. After the wound, before the wake-up: the wounded looks again
 * when its sleep reaches its cap. A wound is a compare-and-set of a number that is never given
 * twice: it meets the transaction that was seen, or nobody. One that comes after the mutex was
 * given back costs that transaction a retry, and nothing else.
 *
 * <p>Source: Rosenkrantz, Stearns, Lewis: System level concurrency control for distributed database
 * systems (1978); Linux's ww_mutex.
 */
final class Tickets {
  /** How often a transaction dies by wait-die before it wounds. */
  static final int DEATHS_MAX = 8;

  private static final long NUMBER = ContextLayout.TICKET_WAIT_DIE - 1;

  private final LockSegment segment;
  private final Words words;
  private final Membership membership;
  private final Contexts contexts;
  private final Waiters waiters;

  Tickets(LockSegment segment, Membership membership, Contexts contexts, Waiters waiters) {
    this.segment = segment;
    this.words = segment.words;
    this.membership = membership;
    this.contexts = contexts;
    this.waiters = waiters;
  }

  // ---- the caller's own ------------------------------------------------------------------------

  /** Draws a ticket for a thread that owns nothing. */
  void draw(Context me, TransactionPolicy policy) {
    long number = words.add(SegmentLayout.TICKETS, 1) + 1;
    me.ticket =
        policy == TransactionPolicy.WAIT_DIE ? number | ContextLayout.TICKET_WAIT_DIE : number;
    me.gaveWay = false;
    publish(me);
  }

  /**
   * For one that owns nothing any more: a wound means nothing to it. Who dies by wait-die is
   * younger than all who wound, however long it tries; so after a few times it is one of them, with
   * the number that it has.
   *
   * @param times how often it began again
   */
  void beginAgain(Context me, int times) {
    if (times >= DEATHS_MAX) {
      me.ticket &= ~ContextLayout.TICKET_WAIT_DIE;
    }
    publish(me);
  }

  /** At its end. */
  void giveBack(Context me) {
    me.ticket = 0;
    publish(me);
  }

  private void publish(Context me) {
    words.set(me.at + ContextLayout.TICKET, me.ticket);
  }

  static long number(Context me) {
    return me.ticket & NUMBER;
  }

  // ---- waiting ---------------------------------------------------------------------------------

  /**
   * Whether a waiter has to give up instead of waiting for who owns the word now. If the other one
   * has to, it is wounded.
   *
   * @param lock the words that hold the owner word
   */
  boolean mustDie(Context me, Words lock, long wordAt) {
    if (me.ticket == 0 || me.owned() == 0) {
      return false;
    }
    if (isWounded(ticketOf(me.index))) {
      return true;
    }
    long word = lock.get(wordAt);
    int owner = OwnerWord.context(word);
    long theirs = livingTicket(owner, OwnerWord.participant(word));
    if (theirs == 0 || OwnerWord.identity(lock.get(wordAt)) != OwnerWord.identity(word)) {
      return false; // outside of transactions; or somebody else now, who wakes us if it has one
    }
    if (age(theirs) < me.ticket) {
      return isWaitDie(me.ticket) && isProvedAlive(OwnerWord.participant(word));
    }
    if (!isWaitDie(me.ticket)) {
      wound(owner, theirs);
    }
    return false;
  }

  /** The ticket of a context that belongs to a participant that has a place; 0 for none. */
  private long livingTicket(int context, long participant) {
    boolean known =
        context >= 0
            && context < segment.contexts
            && participant != 0
            && membership.hasPlace(participant)
            && contexts.ownerOf(context) == participant;
    return known ? ticketOf(context) : 0;
  }

  /** Nobody gives way to the dead: what they own is had in a moment. */
  private boolean isProvedAlive(long participant) {
    return participant == membership.me() || membership.isAlive(participant);
  }

  private void wound(int owner, long seen) {
    boolean wounded =
        isWounded(seen)
            || words.compareAndSet(
                segment.context(owner) + ContextLayout.TICKET,
                seen,
                seen | ContextLayout.TICKET_WOUNDED);
    if (wounded) {
      waiters.signal(owner); // if it waits, it is to look; also for a wounder that died here
    }
  }

  private long ticketOf(int context) {
    return words.get(segment.context(context) + ContextLayout.TICKET);
  }

  private static long age(long ticket) {
    return ticket & ~ContextLayout.TICKET_WOUNDED;
  }

  private static boolean isWounded(long ticket) {
    return ticket < 0;
  }

  private static boolean isWaitDie(long ticket) {
    return (ticket & ContextLayout.TICKET_WAIT_DIE) != 0;
  }

  // ---- owning ----------------------------------------------------------------------------------

  /** The caller took a mutex: transactions that wait for it judge anew, by its ticket. */
  void tellWaiters(Context me, long key, long word) {
    if (me.ticket != 0 && OwnerWord.hasWaiters(word)) {
      waiters.each(
          key,
          1 << WaitWord.EXCLUSIVE,
          context -> {
            if (ticketOf(context) != 0) {
              waiters.signal(context);
            }
            return true;
          });
    }
  }

  // ---- for deadlock detection ------------------------------------------------------------------

  /**
   * Whether a ring is one of transactions that wait for each other's mutexes: then one of them
   * gives way as soon as it looks. All are made to look; whether that is so.
   */
  boolean settle(List<Member> ring) {
    boolean settled = ring.stream().allMatch(member -> isSettledByTicket(member, ring));
    if (settled) {
      ring.forEach(member -> waiters.signal(member.context()));
    }
    return settled;
  }

  private boolean isSettledByTicket(Member member, List<Member> ring) {
    if (WaitWord.isPlaced(member.key())
        || member.mode() != WaitWord.EXCLUSIVE
        || ticketOf(member.context()) == 0) {
      return false;
    }
    long lockAt = segment.lock((int) member.key());
    int owner = OwnerWord.context(words.get(lockAt + LockLayout.WORD));
    return words.get(lockAt + LockLayout.KIND) == LockKind.MUTEX.code()
        && ring.stream().anyMatch(other -> other.context() == owner);
  }
}
