package dev.holdfast.resource.pool;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * Ready managers for what is pooled most: database connections, sockets, processes.
 *
 * <pre>{@code
 * ObjectPool.open(Connections.jdbc(dataSource), PoolSpec.named("orders").max(16))
 * ObjectPool.open(Connections.unix(Path.of("/run/backend.sock")), PoolSpec.named("backend"))
 * ObjectPool.open(Connections.process(List.of("bc", "-l")), PoolSpec.named("calculators").max(4))
 * }</pre>
 */
public final class Connections {
  private Connections() {}

  /**
   * Database connections. Given back, one is rolled back if it did not commit by itself, and set to
   * commit by itself, to read and write, and to no warnings. What else a borrower set for its
   * session (isolation, role, variables) stays: use {@link #jdbc(DataSource, String)} if borrowers
   * do that. Validated by {@link Connection#isValid}. Needs the module {@code java.sql} and a
   * source that connects afresh, not a pool.
   */
  public static ConnectionManager<Connection> jdbc(DataSource source) {
    return new JdbcConnections(source, Optional.empty());
  }

  /**
   * Database connections as above, for each of which a statement runs when it is given back, {@code
   * DISCARD ALL} on PostgreSQL for one. That is a round trip more, which no borrower waits for.
   */
  public static ConnectionManager<Connection> jdbc(DataSource source, String reset) {
    return new JdbcConnections(source, Optional.of(reset));
  }

  /**
   * Blocking TCP connections. One is not lent again when the other end closed it, or sent bytes
   * that nobody read: it would answer the next borrower with the last one's reply. Both are looked
   * at when it is given back; what comes later is seen when it is validated ({@link
   * PoolSpec#validateAfterIdle}), so a borrower that gives up waiting for a reply calls {@link
   * Pooled#invalidate}.
   *
   * @param address a resolved address, or one that is resolved anew for each connection
   */
  public static ConnectionManager<SocketChannel> tcp(InetSocketAddress address) {
    return new SocketConnections(() -> resolved(address));
  }

  /** Blocking connections to a Unix socket; looked at as {@link #tcp}. */
  public static ConnectionManager<SocketChannel> unix(Path socket) {
    SocketAddress address = UnixDomainSocketAddress.of(socket);
    return new SocketConnections(() -> address);
  }

  /**
   * Processes that talk over their standard streams; what they write to standard error goes where
   * this process's does. Unfit when ended. One given back with output unread in its stream is
   * destroyed; what a reader took from there and nobody read is not seen. Destroyed by asking it to
   * end, and after a second by force.
   *
   * @throws IllegalArgumentException if the command is empty
   */
  public static ConnectionManager<Process> process(List<String> command) {
    if (command.isEmpty()) {
      throw new IllegalArgumentException("a command names its program: command=[]");
    }
    return new ProcessConnections(command);
  }

  private static SocketAddress resolved(InetSocketAddress address) {
    return address.isUnresolved()
        ? new InetSocketAddress(address.getHostString(), address.getPort())
        : address;
  }
}
