package dev.holdfast.resource.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The ready managers against real sockets and processes. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConnectionsTest {
  private static final PoolSpec SPEC =
      PoolSpec.named("real").max(2).validateAfterIdle(Duration.ZERO);

  @Test
  void unix_serverClosesItsEnd_connectionIsReplaced(@TempDir Path directory) throws Exception {
    Path socket = directory.resolve("server.sock");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      try (ObjectPool<SocketChannel> pool = ObjectPool.open(Connections.unix(socket), SPEC)) {
        replacesClosed(pool, server);
      }
    }
  }

  @Test
  void tcp_serverClosesItsEnd_connectionIsReplaced() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      InetSocketAddress bound = (InetSocketAddress) server.getLocalAddress();
      InetSocketAddress byName =
          InetSocketAddress.createUnresolved(bound.getHostString(), bound.getPort());
      try (ObjectPool<SocketChannel> pool = ObjectPool.open(Connections.tcp(byName), SPEC)) {
        replacesClosed(pool, server);
      }
    }
  }

  private static void replacesClosed(ObjectPool<SocketChannel> pool, ServerSocketChannel server)
      throws Exception {
    SocketChannel first = pool.use(connection -> connection);
    try (SocketChannel peer = server.accept()) {
      assertThat(pool.<SocketChannel, IOException>use(connection -> echo(connection, peer)))
          .as("a silent connection is fit")
          .isSameAs(first);
      await(() -> pool.snapshot().sizes().idle() == 1); // looked at while both ends are open
    }
    assertThat(pool.<SocketChannel, IOException>use(connection -> connection)).isNotSameAs(first);
    assertThat(first.isOpen()).isFalse();
    assertThat(pool.snapshot().count(PoolCount.UNFIT)).isEqualTo(1);
  }

  /** Sends a byte each way: the connection blocks again after its check. */
  private static SocketChannel echo(SocketChannel connection, SocketChannel peer)
      throws IOException {
    connection.write(ByteBuffer.wrap(new byte[] {7}));
    ByteBuffer received = ByteBuffer.allocate(1);
    peer.read(received);
    peer.write(received.flip());
    ByteBuffer returned = ByteBuffer.allocate(1);
    assertThat(connection.read(returned)).isEqualTo(1);
    assertThat(returned.get(0)).isEqualTo((byte) 7);
    return connection;
  }

  @Test
  void tcp_bytesLeftUnread_isUnfit() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      ConnectionManager<SocketChannel> manager =
          Connections.tcp((InetSocketAddress) server.getLocalAddress());
      SocketChannel connection = manager.create();
      try (SocketChannel peer = server.accept()) {
        assertThat(manager.validate(connection)).isTrue();
        peer.write(ByteBuffer.wrap("an answer to nobody".getBytes(StandardCharsets.UTF_8)));
        connection.socket().setSoTimeout(100_000);
        ByteBuffer first = ByteBuffer.allocate(1);
        connection.read(first); // the rest has arrived, too

        assertThat(manager.validate(connection)).isFalse();
      }
      manager.destroy(connection);
      assertThat(manager.validate(connection)).isFalse();
    }
  }

  @Test
  void tcp_replyLeftUnread_isNotGivenOn() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      PoolSpec spec = PoolSpec.named("replies").max(1); // as it is: not checked when used just now
      try (ObjectPool<SocketChannel> pool =
              ObjectPool.open(Connections.tcp((InetSocketAddress) server.getLocalAddress()), spec);
          Peers peers = new Peers()) {
        Pooled<SocketChannel> first = pool.acquire();
        SocketChannel left = replied(first.get(), peers.accept(server));
        first.close();
        Pooled<SocketChannel> second = pool.acquire();
        assertThat(second.get()).as("not by way of the idle ones").isNotSameAs(left);
        SocketChannel leftAgain = replied(second.get(), peers.accept(server));
        CompletableFuture<Pooled<SocketChannel>> waiting = pool.acquireAsync();
        second.close();
        assertThat(waiting.get(100, TimeUnit.SECONDS).get())
            .as("nor straight to who waits")
            .isNotSameAs(leftAgain);
        assertThat(pool.snapshot().count(PoolCount.RECYCLE_FAILED)).isEqualTo(2);
        waiting.join().close();
      }
    }
  }

  /** The server's ends of the connections. */
  private static final class Peers implements AutoCloseable {
    private final List<SocketChannel> all = new ArrayList<>();

    SocketChannel accept(ServerSocketChannel server) throws IOException {
      SocketChannel peer = server.accept();
      all.add(peer);
      return peer;
    }

    @Override
    public void close() throws IOException {
      for (SocketChannel peer : all) {
        peer.close();
      }
    }
  }

  /** A connection with a reply of which only the beginning was read. */
  private static SocketChannel replied(SocketChannel connection, SocketChannel peer)
      throws IOException {
    peer.write(ByteBuffer.wrap("a reply to the last one".getBytes(StandardCharsets.UTF_8)));
    assertThat(connection.read(ByteBuffer.allocate(1))).isEqualTo(1); // the rest is there, too
    return connection;
  }

  @Test
  void process_outputLeftUnread_isNotGivenOn() throws Exception {
    try (ObjectPool<Process> pool =
        ObjectPool.open(Connections.process(List.of("cat")), PoolSpec.named("processes").max(1))) {
      Pooled<Process> guard = pool.acquire();
      Process first = guard.get();
      first.getOutputStream().write("for nobody".getBytes(StandardCharsets.UTF_8));
      first.getOutputStream().flush();
      assertThat(first.getInputStream().read()).isEqualTo('f'); // the rest is there, too
      guard.close();

      assertThat(pool.<Process, IOException>use(process -> process)).isNotSameAs(first);
      assertThat(pool.snapshot().count(PoolCount.RECYCLE_FAILED)).isEqualTo(1);
    }
  }

  @Test
  void tcp_hostIsUnknown_messageNamesIt() {
    ConnectionManager<SocketChannel> manager =
        Connections.tcp(InetSocketAddress.createUnresolved("not a host", 80));

    assertThatThrownBy(manager::create)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not a host")
        .hasMessageContaining("80");
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(100);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - deadline).as("did not come about in time").isNegative();
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Test
  void unix_nobodyListens_borrowerIsToldWhy(@TempDir Path directory) {
    Path socket = directory.resolve("nobody.sock");
    try (ObjectPool<SocketChannel> pool =
        ObjectPool.open(Connections.unix(socket), SPEC.breakerAfter(1))) {
      assertThatThrownBy(pool::acquire)
          .isInstanceOf(PoolUnavailableException.class)
          .hasMessageContaining("address=" + socket)
          .hasRootCauseInstanceOf(IOException.class);
    }
    assertThat(Files.exists(socket)).isFalse();
  }

  @Test
  void process_killed_isReplaced() throws Exception {
    try (ObjectPool<Process> pool =
        ObjectPool.open(Connections.process(List.of("cat")), SPEC.max(1))) {
      Process first = pool.use(process -> process);
      assertThat(pool.<String, IOException>use(process -> ask(process, "hello")))
          .isEqualTo("hello");
      first.destroyForcibly().waitFor();

      assertThat(pool.<String, IOException>use(process -> ask(process, "again")))
          .isEqualTo("again");
      PoolSnapshot seen = pool.snapshot(); // on its way back, or when it was to be lent again
      assertThat(seen.count(PoolCount.UNFIT) + seen.count(PoolCount.RECYCLE_FAILED)).isEqualTo(1);
    }
  }

  /** Before anybody looks whether it lies idle, and with no output left. */
  @Test
  void process_endedAmidALoan_isNotGivenOn() throws Exception {
    try (ObjectPool<Process> pool =
        ObjectPool.open(Connections.process(List.of("cat")), PoolSpec.named("processes").max(1))) {
      Pooled<Process> guard = pool.acquire();
      Process first = guard.get();
      first.destroyForcibly().waitFor();
      guard.close();

      assertThat(pool.<String, IOException>use(process -> ask(process, "hello")))
          .isEqualTo("hello");
      assertThat(pool.snapshot().count(PoolCount.RECYCLE_FAILED)).isEqualTo(1);
    }
  }

  private static String ask(Process process, String line) throws IOException {
    process.outputWriter(StandardCharsets.UTF_8).append(line).append('\n').flush();
    BufferedReader answers = process.inputReader(StandardCharsets.UTF_8);
    return answers.readLine();
  }

  @Test
  void process_willNotEnd_isEndedByForce() throws Exception {
    ConnectionManager<Process> manager =
        Connections.process(
            List.of("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"));
    Process process = manager.create();
    assertThat(process.inputReader(StandardCharsets.UTF_8).readLine()).isEqualTo("ready");
    manager.destroy(process);

    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThatThrownBy(() -> Connections.process(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
