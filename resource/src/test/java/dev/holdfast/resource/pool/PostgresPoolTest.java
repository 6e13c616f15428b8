package dev.holdfast.resource.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** A real PostgreSQL: lent, reset, killed under load and started again. */
@Timeout(value = 1_500, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PostgresPoolTest {
  private static final int MAX = 4;
  private static final int OUTAGES = Boolean.getBoolean("holdfast.long") ? 50 : 1;

  @TempDir static Path directory;
  private static int port;
  private static @Nullable EmbeddedPostgres server;

  @BeforeAll
  static void start() throws IOException {
    boolean binaries = PostgresPoolTest.class.getResource("/postgres-linux-x86_64.txz") != null;
    if (!binaries) {
      System.err.println("SKIPPED: no PostgreSQL binaries for this platform on the class path");
    }
    assumeTrue(binaries, "PostgreSQL binaries for this platform");
    server = serve();
    port = server.getPort();
  }

  private static EmbeddedPostgres serve() throws IOException {
    EmbeddedPostgres.Builder builder =
        EmbeddedPostgres.builder()
            .setOverrideWorkingDirectory(directory.resolve("binaries").toFile())
            .setDataDirectory(directory.resolve("data"))
            .setPGStartupWait(Duration.ofMinutes(2)) // 10 s otherwise: a busy machine takes longer
            .setCleanDataDirectory(false)
            .setServerConfig("dynamic_shared_memory_type", "mmap") // dies with its files
            .setServerConfig("fsync", "off");
    return (port == 0 ? builder : builder.setPort(port)).start();
  }

  @AfterAll
  static void stop() throws IOException {
    if (server != null) {
      server.close();
    }
  }

  private static PGSimpleDataSource source() {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setPortNumbers(new int[] {port});
    source.setUser("postgres");
    source.setDatabaseName("postgres");
    source.setApplicationName("pool-test");
    return source;
  }

  private static PoolSpec spec() {
    return PoolSpec.named("postgres")
        .max(MAX)
        .validateAfterIdle(Duration.ofMillis(50))
        .backOff(Duration.ofMillis(20), Duration.ofMillis(200));
  }

  private static int query(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getInt(1);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static int connections() throws SQLException {
    try (Connection probe = source().getConnection()) {
      return query(
          probe,
          "select count(*) from pg_stat_activity where application_name = 'pool-test'"
              + " and pid <> pg_backend_pid()");
    }
  }

  private static void awaitConnections(int most) {
    await(
        "at most " + most + " connections",
        () -> {
          try {
            return connections() <= most;
          } catch (SQLException failed) {
            throw new AssertionError(failed);
          }
        });
  }

  private static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("did not come about in time: " + what);
      }
      LockSupport.parkNanos(5_000_000);
    }
  }

  @Test
  void release_transactionLeftOpen_nextBorrowerFindsNothingOfIt() throws Exception {
    try (ObjectPool<Connection> pool =
        ObjectPool.open(Connections.jdbc(source(), "discard all"), spec().max(1))) {
      pool.<@Nullable Void, SQLException>use(connection -> {
        execute(connection, "create table left_open (n int)");
        connection.setAutoCommit(false);
        connection.setReadOnly(false);
        execute(connection, "insert into left_open values (1)");
        execute(connection, "set session statement_timeout = 12345");
        return null;
      });
      pool.<@Nullable Void, SQLException>use(connection -> {
        assertThat(connection.getAutoCommit()).isTrue();
        assertThat(query(connection, "select count(*) from left_open")).isZero();
        assertThat(query(connection, "select current_setting('statement_timeout')::int")).isZero();
        connection.setReadOnly(true);
        return null;
      });
      assertThat(pool.<Boolean, SQLException>use(Connection::isReadOnly)).isFalse();
      assertThat(pool.snapshot().count(PoolCount.CREATED)).isEqualTo(1);
    }
  }

  @Test
  void server_killedAndRestartedUnderLoad_losesNoCapacityAndLeaksNothing() throws Exception {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    System.out.printf("seed=%d, outages=%d%n", seed, OUTAGES);
    Random random = new Random(seed);
    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong served = new AtomicLong();
    List<Thread> load = new ArrayList<>();
    ObjectPool<Connection> pool = ObjectPool.open(Connections.jdbc(source()), spec());
    try (LogCapture log = new LogCapture();
        pool) {
      for (int i = 0; i < 16; i++) {
        load.add(Thread.startVirtualThread(() -> work(pool, stop, served)));
      }
      for (int outage = 1; outage <= OUTAGES; outage++) {
        awaitServed(served, 100 + random.nextInt(1_000));
        fail(pool, outage);
        stop();
        server = serve();
      }
      awaitServed(served, 100);
      endLoad(load, stop);

      assertThat(log.messages())
          .anyMatch(message -> message.contains("creating objects keeps failing"));
      assertThat(exhaust(pool)).as("whole capacity").isEqualTo(MAX);
      pool.exchange.verify();
      awaitConnections(MAX);
    } finally {
      endLoad(load, stop);
    }
    awaitConnections(0); // the server ends them when it gets to it
    assertThat(pool.snapshot().sizes().total()).isZero();
  }

  private static void awaitServed(AtomicLong served, int more) {
    long before = served.get();
    await("load", () -> served.get() > before + more);
  }

  /** The server dies; the pool finds out, and says so at once to who asks. */
  private static void fail(ObjectPool<Connection> pool, int outage) throws IOException {
    killServer();
    await("the breaker opens", () -> pool.snapshot().count(PoolCount.BREAKER_OPENED) >= outage);
    assertThatThrownBy(() -> exhaust(pool)).isInstanceOf(PoolUnavailableException.class);
  }

  private static void endLoad(List<Thread> load, AtomicBoolean stop) throws InterruptedException {
    stop.set(true);
    for (Thread thread : load) {
      thread.join();
    }
  }

  /** Borrows and queries; a connection that fails is said to be broken. */
  private static void work(ObjectPool<Connection> pool, AtomicBoolean stop, AtomicLong served) {
    while (!stop.get()) {
      try (Pooled<Connection> guard = pool.acquire()) {
        try {
          query(guard.get(), "select 1");
          served.incrementAndGet();
        } catch (SQLException broken) {
          guard.invalidate(broken);
        }
      } catch (PoolUnavailableException | PoolClosedException down) {
        LockSupport.parkNanos(5_000_000);
      } catch (InterruptedException unexpected) {
        throw new AssertionError(unexpected);
      }
    }
  }

  /** Holds as many as there may be at one time. */
  private static int exhaust(ObjectPool<Connection> pool) throws InterruptedException {
    List<Pooled<Connection>> all = new ArrayList<>();
    try {
      for (int i = 0; i < MAX; i++) {
        all.add(pool.acquire());
      }
      return all.size();
    } finally {
      all.forEach(Pooled::close);
    }
  }

  /** As a crash does: no farewell to anybody. */
  private static void killServer() throws IOException {
    List<String> lines = java.nio.file.Files.readAllLines(directory.resolve("data/postmaster.pid"));
    ProcessHandle postmaster = ProcessHandle.of(Long.parseLong(lines.getFirst())).orElseThrow();
    List<ProcessHandle> backends = postmaster.children().toList();
    postmaster.destroyForcibly();
    backends.forEach(ProcessHandle::destroyForcibly);
    postmaster.onExit().join();
    backends.forEach(backend -> await("a backend ends", () -> !backend.isAlive()));
  }
}
