package dev.holdfast.resource.config;

/**
 * Takes part in each change of a configuration, in two phases: all prepare, and only when nobody
 * vetoes, all commit. Otherwise those who prepared roll back.
 *
 * <p>Calls of one subscriber come one after the other, each on a virtual thread; those of different
 * subscribers at the same time. Who has not prepared within {@link
 * ReloadableConfig.Builder#prepareTimeout} has vetoed, and is told to roll back as soon as it is
 * done.
 *
 * <pre>{@code
 * config.subscribe(new ConfigSubscriber<>() {
 *   public void prepare(ConfigChange<App> change) throws ConfigVetoException {
 *     next = connect(change.after().value().database());   // may fail, or throw a veto
 *   }
 *   public void commit(ConfigChange<App> change) { swap(next); }
 *   public void rollback(ConfigChange<App> change) { next.close(); }
 * });
 * }</pre>
 *
 * @param <T> the configuration
 */
public interface ConfigSubscriber<T> {
  /**
   * Does all that can fail. What is thrown is a veto.
   *
   * @throws ConfigVetoException if it cannot work with the new configuration
   */
  void prepare(ConfigChange<T> change) throws Exception;

  /**
   * The change is in force: begins to use what was prepared. What is thrown is logged and counted.
   */
  void commit(ConfigChange<T> change);

  /** The change does not come: drops what was prepared. */
  default void rollback(ConfigChange<T> change) {}
}
