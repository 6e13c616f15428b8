package dev.holdfast.resource.config;

/**
 * How much a text has become while it is read: a few hundred bytes of aliases or brackets can ask
 * for more memory, or a deeper stack, than there is.
 */
final class Extent {
  static final int NODES_MAX = 100_000;
  static final int DEPTH_MAX = 100;

  private int nodes;
  private int depth;

  /** Goes one level down, to a node; {@link #leave} comes back. */
  void enter(Location at) {
    nodes++;
    if (nodes > NODES_MAX) {
      throw new Exceeded(at, "at most %d keys and values, aliases followed".formatted(NODES_MAX));
    }
    depth++;
    if (depth > DEPTH_MAX) {
      throw new Exceeded(at, "at most %d levels".formatted(DEPTH_MAX));
    }
  }

  void leave() {
    depth--;
  }

  /** The text asks for more than that; nothing of it is used. */
  static final class Exceeded extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient ConfigProblem problem;

    private Exceeded(Location at, String expectation) {
      super(expectation);
      this.problem = at.problem(ConfigProblem.Stage.PARSE, "", "", expectation);
    }

    ConfigProblem problem() {
      return problem;
    }
  }
}
