package dev.holdfast.resource.pool;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.util.function.Supplier;

/**
 * TCP and Unix sockets. An interrupt, as at a time-out, closes a socket that is being connected.
 */
final class SocketConnections implements ConnectionManager<SocketChannel> {
  private final Supplier<SocketAddress> address;

  SocketConnections(Supplier<SocketAddress> address) {
    this.address = address;
  }

  @Override
  public SocketChannel create() throws IOException {
    SocketAddress there = address.get();
    try {
      return SocketChannel.open(there);
    } catch (IOException | UnresolvedAddressException failure) {
      throw new IOException("cannot connect: address=%s; %s".formatted(there, failure), failure);
    }
  }

  /** Reads without blocking: only "nothing yet" is what an idle connection should say. */
  @Override
  public boolean validate(SocketChannel channel) throws IOException {
    if (!channel.isConnected()) {
      return false;
    }
    channel.configureBlocking(false);
    boolean silent = channel.read(ByteBuffer.allocate(1)) == 0;
    channel.configureBlocking(true);
    return silent;
  }

  @Override
  public void recycle(SocketChannel channel) throws IOException {
    if (!validate(channel)) {
      throw new IOException(
          "a connection was given back closed, or with bytes that nobody read: connection="
              + channel);
    }
  }

  @Override
  public void destroy(SocketChannel channel) throws IOException {
    channel.close();
  }
}
