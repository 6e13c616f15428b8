package dev.holdfast.sync;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which classes of locks were taken before which others, by any thread of this process: a graph
 * without rings. What would close one is a potential deadlock, and is reported instead of added.
 *
 * <p><b>Sharing.</b> This process's threads. Each process has its own: an order of which one half
 * is only ever taken in one process and the other half in another is not found here, and ends, if
 * it comes to that, as a deadlock that {@link Detector} breaks.
 *
 * <p><b>Cost.</b> Switched off: one read. An order that was checked before: a look into a hash
 * table ({@link OrderChain}). A new one: a search of the graph, and a stack trace for each new
 * pair. Of more than {@link #EDGES_MAX} pairs the others are not noted, which is logged once.
 *
 * <p>Source: Linux's lockdep (classes, cached chains) and Abseil's mutex (no edge into what was
 * only tried, forgetting, one report an acquisition).
 */
final class OrderGraph {
  private static final System.Logger LOG = System.getLogger(LockOrder.class.getName());

  /** That somebody owning {@code before} asked for {@code after}. */
  private record Edge(LockClass before, LockClass after) {}

  /** Each costs about a kilobyte, most of it the stack trace. */
  static final int EDGES_MAX = 1 << 14;

  private final OrderChain root = OrderChain.newRoot();
  private final Map<LockClass, Map<LockClass, OrderSite>> after = new HashMap<>();
  private final Map<Edge, PotentialDeadlock> reported = new LinkedHashMap<>();
  private int edges;
  private boolean saidFull;
  private volatile LockOrder mode = LockOrder.OFF;

  /** Raised when what was checked before has to be checked again. */
  private volatile long generation;

  // ---- for operators and tests -----------------------------------------------------------------

  boolean isOn() {
    return mode != LockOrder.OFF;
  }

  synchronized void switchTo(LockOrder newMode) {
    mode = newMode;
    generation++;
  }

  /** Forgets in what order the locks of a class were taken. */
  synchronized void forget(String name) {
    after.keySet().removeIf(one -> one.name().equals(name));
    after.values().forEach(next -> next.keySet().removeIf(one -> one.name().equals(name)));
    edges = after.values().stream().mapToInt(Map::size).sum();
    reported.values().removeIf(one -> one.ring().contains(name));
    generation++;
  }

  synchronized List<PotentialDeadlock> reported() {
    return List.copyOf(reported.values());
  }

  // ---- for whoever takes a lock ----------------------------------------------------------------

  /**
   * A thread is about to ask for a lock.
   *
   * @param waits whether it will wait for it: who only tries cannot be part of a deadlock by that
   * @throws LockOrderException as the mode says
   */
  void wants(Context me, long key, LockClass wanted, boolean waits) {
    HeldOrder held = me.heldOrder(root);
    if (waits && !held.owns(key)) {
      check(held.chain(), wanted);
    }
    held.wants(key, wanted);
  }

  /**
   * A thread is about to wait for what it owns already: for others to leave it, or to have it again
   * after it gave it away for a while.
   *
   * @throws LockOrderException as the mode says
   */
  void wantsAgain(Context me, long key) {
    HeldOrder held = me.heldOrder(root);
    @Nullable LockClass wanted = held.classOf(key);
    if (wanted != null) {
      check(held.chainWithout(key), wanted);
      held.wants(key, wanted);
    }
  }

  private void check(OrderChain held, LockClass wanted) {
    if (!held.isRoot() && !held.then(wanted).isChecked(generation)) {
      checkOnce(held, wanted);
    }
  }

  private synchronized void checkOnce(OrderChain chain, LockClass wanted) {
    List<LockClass> held = chain.classes();
    List<Edge> wrong =
        held.stream()
            .map(before -> new Edge(before, wanted))
            .filter(edge -> !ring(edge).isEmpty())
            .toList();
    OrderSite site = OrderSite.here();
    List<Edge> news = wrong.stream().filter(edge -> !reported.containsKey(edge)).toList();
    if (!wrong.isEmpty() && mode == LockOrder.THROW) {
      throw new LockOrderException(report(wrong.getFirst(), held, site).report());
    }
    if (!news.isEmpty()) {
      LOG.log(System.Logger.Level.WARNING, report(news.getFirst(), held, site).report());
    }
    for (LockClass before : held) {
      if (!wrong.contains(new Edge(before, wanted))) {
        add(before, wanted, site);
      }
    }
    if (news.size() <= 1) { // one report at a time: the others come with the next acquisition
      chain.then(wanted).setChecked(generation);
    }
  }

  private void add(LockClass before, LockClass wanted, OrderSite site) {
    if (edges < EDGES_MAX) {
      boolean added =
          after.computeIfAbsent(before, _ -> new HashMap<>()).putIfAbsent(wanted, site) == null;
      edges += added ? 1 : 0;
    } else if (!saidFull) {
      saidFull = true;
      LOG.log(
          System.Logger.Level.WARNING,
          "the order of locks is not noted any further: pairs={0}; give locks that are alike one class: inClass(name)",
          EDGES_MAX);
    }
  }

  /** The classes of the ring that an edge would close, beginning with what it leads to. */
  private List<LockClass> ring(Edge edge) {
    return edge.after().isBelow(edge.before())
        ? List.of(edge.after())
        : path(edge.after(), edge.before());
  }

  /** The shortest way along what was taken before what; empty if there is none. */
  private List<LockClass> path(LockClass from, LockClass to) {
    Map<LockClass, LockClass> cameFrom = new HashMap<>();
    Deque<LockClass> open = new ArrayDeque<>(List.of(from));
    while (!open.isEmpty() && !cameFrom.containsKey(to)) {
      LockClass at = open.remove();
      for (LockClass next : after.getOrDefault(at, Map.of()).keySet()) {
        if (!next.equals(from) && cameFrom.putIfAbsent(next, at) == null) {
          open.add(next);
        }
      }
    }
    return cameFrom.containsKey(to) ? backwards(cameFrom, from, to) : List.of();
  }

  private static List<LockClass> backwards(
      Map<LockClass, LockClass> cameFrom, LockClass from, LockClass to) {
    List<LockClass> path = new ArrayList<>(List.of(to));
    while (!path.getFirst().equals(from)) {
      path.addFirst(Objects.requireNonNull(cameFrom.get(path.getFirst())));
    }
    return path;
  }

  // ---- reports ---------------------------------------------------------------------------------

  private PotentialDeadlock report(Edge edge, List<LockClass> held, OrderSite site) {
    return reported.computeIfAbsent(
        edge, _ -> new PotentialDeadlock(names(ring(edge)), text(edge, held, site)));
  }

  private static List<String> names(List<LockClass> ring) {
    return ring.stream().map(LockClass::name).distinct().toList();
  }

  private String text(Edge edge, List<LockClass> held, OrderSite site) {
    List<LockClass> ring = ring(edge);
    boolean levels = edge.after().isBelow(edge.before());
    StringBuilder text =
        new StringBuilder(
            "POTENTIAL deadlock, nobody is stuck now: wanted=%s, owned=%s; %s"
                .formatted(
                    edge.after(),
                    held,
                    levels
                        ? "locks of one class are taken with rising levels: inClass(name, level)"
                        : "others were taken in the opposite order. Take them in one order everywhere; or use tryHold, a transaction, or inClass(name, level) where it cannot come to that"));
    text.append(site.describe("now", edge.before(), edge.after()));
    for (int i = 0; i + 1 < ring.size(); i++) {
      OrderSite first =
          Objects.requireNonNull(
              after.getOrDefault(ring.get(i), Map.of()).get(ring.get(i + 1)), "an edge of a path");
      text.append(first.describe("first", ring.get(i), ring.get(i + 1)));
    }
    return text.toString();
  }
}
