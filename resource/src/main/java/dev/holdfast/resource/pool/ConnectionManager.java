package dev.holdfast.resource.pool;

/**
 * How objects of one kind are made, tested, cleaned and ended. The pool's user writes it, or takes
 * a ready one from {@link Connections}.
 *
 * <p><b>Sharing.</b> The pool calls every method on a virtual thread of its own, never under a lock
 * and for one object never two at a time, with one exception: {@link #destroy} comes while an
 * earlier call still hangs. Calls for different objects overlap, so a manager needs no state or
 * safe state.
 *
 * <p><b>Time.</b> {@link #create} has {@link PoolSpec#createTimeout}, the others have {@link
 * PoolSpec#recycleTimeout}. A call that takes longer is interrupted and no longer waited for; an
 * object that it still returns is destroyed.
 *
 * <p><b>Errors.</b> Whatever a method throws is counted and ends that object only; nobody waiting
 * is forgotten because of it.
 *
 * <pre>{@code
 * final class Parsers implements ConnectionManager<Parser> {
 *   public Parser create() { return new Parser(); }
 *   public void recycle(Parser parser) { parser.reset(); }
 *   public void destroy(Parser parser) { parser.close(); }
 * }
 * }</pre>
 *
 * @param <C> what is pooled
 */
public interface ConnectionManager<C> {
  /** Makes an object, ready for use. */
  C create() throws Exception;

  /**
   * Whether an object that lay idle is still fit to be lent. An exception means no.
   *
   * @return true unless overridden
   */
  default boolean validate(C object) throws Exception {
    return true;
  }

  /**
   * Makes a returned object like new: rolls back, resets, clears. A manager that does not override
   * this pays nothing for it: the object goes straight to the next borrower.
   */
  default void recycle(C object) throws Exception {}

  /** Ends an object. Called exactly once for every object that {@link #create} returned. */
  void destroy(C object) throws Exception;
}
