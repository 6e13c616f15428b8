package dev.holdfast.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.holdfast.resource.pool.ConnectionManager;
import dev.holdfast.resource.pool.ObjectPool;
import dev.holdfast.resource.pool.PoolSpec;
import dev.holdfast.resource.pool.Pooled;
import java.io.PrintWriter;
import java.io.Writer;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Duration;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.apache.commons.pool2.BasePooledObjectFactory;
import org.apache.commons.pool2.PooledObject;
import org.apache.commons.pool2.impl.DefaultPooledObject;
import org.apache.commons.pool2.impl.GenericObjectPool;
import org.apache.commons.pool2.impl.GenericObjectPoolConfig;
import org.jspecify.annotations.Nullable;
import stormpot.Allocator;
import stormpot.BasePoolable;
import stormpot.Pool;
import stormpot.Slot;
import stormpot.Timeout;

/**
 * The pools compared, behind one face. Each makes its objects for nothing and never checks them.
 */
final class PoolPeers {
  private PoolPeers() {}

  /** Something that lends. */
  interface Peer {
    Object acquire() throws Exception;

    void release(Object lent) throws Exception;

    void end() throws Exception;
  }

  /** This project's pool; what is lent is the guard. */
  static final class Holdfast implements Peer {
    private final ObjectPool<Object> pool;

    Holdfast(int objects) throws InterruptedException {
      ConnectionManager<Object> manager =
          new ConnectionManager<>() {
            @Override
            public Object create() {
              return new Object();
            }

            @Override
            public void destroy(Object object) {}
          };
      PoolSpec spec =
          PoolSpec.named("benchmark").max(objects).maxWaiters(100_000).parallelCreations(16);
      pool = ObjectPool.open(manager, spec);
      if (!pool.warmUp(objects, Duration.ofMinutes(1))) {
        throw new IllegalStateException("not warm in time: objects=" + objects);
      }
    }

    @Override
    public Pooled<Object> acquire() throws InterruptedException {
      return pool.acquire();
    }

    @Override
    public void release(Object lent) {
      ((Pooled<?>) lent).close();
    }

    @Override
    public void end() {
      pool.close();
    }
  }

  /** Commons Pool with its fair lock. */
  static final class CommonsPool implements Peer {
    private final GenericObjectPool<Object> pool;

    CommonsPool(int objects) throws Exception {
      GenericObjectPoolConfig<Object> config = new GenericObjectPoolConfig<>();
      config.setFairness(true);
      config.setMaxTotal(objects);
      config.setMaxIdle(objects);
      config.setMinIdle(objects);
      config.setJmxEnabled(false);
      pool =
          new GenericObjectPool<>(
              new BasePooledObjectFactory<>() {
                @Override
                public Object create() {
                  return new Object();
                }

                @Override
                public PooledObject<Object> wrap(Object object) {
                  return new DefaultPooledObject<>(object);
                }
              },
              config);
      pool.preparePool();
    }

    @Override
    public Object acquire() throws Exception {
      return pool.borrowObject();
    }

    @Override
    public void release(Object lent) {
      pool.returnObject(lent);
    }

    @Override
    public void end() {
      pool.close();
    }
  }

  /** Stormpot; it prefers the object that the same thread had last. */
  static final class Stormpot implements Peer {
    private static final Timeout TIMEOUT = new Timeout(30, TimeUnit.SECONDS);

    /** What Stormpot lends. */
    private static final class Thing extends BasePoolable {
      Thing(Slot slot) {
        super(slot);
      }
    }

    private final Pool<Thing> pool =
        Pool.from(
                new Allocator<Thing>() {
                  @Override
                  public Thing allocate(Slot slot) {
                    return new Thing(slot);
                  }

                  @Override
                  public void deallocate(Thing thing) {}
                })
            .setSize(1)
            .build();

    Stormpot(int objects) {
      pool.setTargetSize(objects);
    }

    @Override
    public Object acquire() throws InterruptedException {
      Thing thing = pool.claim(TIMEOUT);
      if (thing == null) {
        throw new IllegalStateException("no object in time");
      }
      return thing;
    }

    @Override
    public void release(Object lent) {
      ((Thing) lent).release();
    }

    @Override
    public void end() throws InterruptedException {
      pool.shutdown().await(TIMEOUT);
    }
  }

  /** HikariCP over a driver that does nothing. */
  static final class Hikari implements Peer {
    private final HikariDataSource pool;

    Hikari(int objects) {
      HikariConfig config = new HikariConfig();
      config.setDataSource(new NoDatabase());
      config.setMaximumPoolSize(objects);
      pool = new HikariDataSource(config);
    }

    @Override
    public Object acquire() throws java.sql.SQLException {
      return pool.getConnection();
    }

    @Override
    public void release(Object lent) throws java.sql.SQLException {
      ((Connection) lent).close();
    }

    @Override
    public void end() {
      pool.close();
    }
  }

  /** Connections that say yes to everything. */
  private static final class NoDatabase implements DataSource {
    @Override
    public Connection getConnection() {
      return (Connection)
          Proxy.newProxyInstance(
              NoDatabase.class.getClassLoader(),
              new Class<?>[] {Connection.class},
              (_, method, _) -> nothing(method.getName(), method.getReturnType()));
    }

    private static @Nullable Object nothing(String method, Class<?> type) {
      if (type == boolean.class) {
        return method.equals("isValid") || method.equals("getAutoCommit");
      }
      return type == int.class ? Connection.TRANSACTION_READ_COMMITTED : null;
    }

    @Override
    public Connection getConnection(String user, String password) {
      return getConnection();
    }

    @Override
    public PrintWriter getLogWriter() {
      return new PrintWriter(Writer.nullWriter());
    }

    @Override
    public void setLogWriter(PrintWriter writer) {}

    @Override
    public void setLoginTimeout(int seconds) {}

    @Override
    public int getLoginTimeout() {
      return 0;
    }

    @Override
    public Logger getParentLogger() {
      return Logger.getGlobal();
    }

    @Override
    public <T> T unwrap(Class<T> type) {
      return type.cast(this);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
      return type.isInstance(this);
    }
  }

  /** The least that a fair pool needs: permits in order, and a deque. */
  static final class FairSemaphore implements Peer {
    private final Semaphore permits;
    private final Deque<Object> idle = new ConcurrentLinkedDeque<>();

    FairSemaphore(int objects) {
      permits = new Semaphore(objects, true);
      for (int i = 0; i < objects; i++) {
        idle.add(new Object());
      }
    }

    @Override
    public Object acquire() throws InterruptedException {
      if (!permits.tryAcquire(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("no object in time");
      }
      return idle.pop();
    }

    @Override
    public void release(Object lent) {
      idle.push(lent);
      permits.release();
    }

    @Override
    public void end() {}
  }
}
