package dev.holdfast.examples;

import com.sun.net.httpserver.HttpServer;
import dev.holdfast.resource.pool.ConnectionManager;
import dev.holdfast.resource.pool.ObjectPool;
import dev.holdfast.resource.pool.PoolSpec;
import dev.holdfast.resource.pool.PoolUnavailableException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A manager of one's own: HTTP clients, each with its kept-alive connection, so that a server that
 * bears four requests at a time never gets a fifth. When the server is gone, borrowers fail at
 * once.
 */
public final class HttpPoolExample {
  private static final int REQUESTS = 100;

  private HttpPoolExample() {}

  /** Makes clients whose server answered. */
  private record Clients(URI server) implements ConnectionManager<HttpClient> {
    @Override
    public HttpClient create() throws IOException, InterruptedException {
      HttpClient client =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .connectTimeout(Duration.ofSeconds(2))
              .build();
      if (!validate(client)) {
        client.close();
        throw new IOException("the server is not healthy: server=" + server);
      }
      return client;
    }

    @Override
    public boolean validate(HttpClient client) throws IOException, InterruptedException {
      HttpRequest health = HttpRequest.newBuilder(server.resolve("/health")).build();
      return client.send(health, BodyHandlers.discarding()).statusCode() == 200;
    }

    @Override
    public void destroy(HttpClient client) {
      client.shutdownNow();
    }
  }

  /** Asks the server many times at once, ends it, and asks again. */
  public static void main(String[] arguments) throws Exception {
    HttpServer server = serve();
    URI address = URI.create("http://localhost:" + server.getAddress().getPort());
    PoolSpec spec =
        PoolSpec.named("upstream").max(4).validateAfterIdle(Duration.ZERO).breakerAfter(1);
    try (ObjectPool<HttpClient> pool = ObjectPool.open(new Clients(address), spec)) {
      System.out.printf(
          "answers: %d, clients: %d%n", greetMany(pool, address), pool.snapshot().sizes().total());
      server.stop(0);
      System.out.println("without a server: " + failure(pool, address));
    } finally {
      server.stop(0);
    }
  }

  private static HttpServer serve() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] answer = "hello".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          try (var body = exchange.getResponseBody()) {
            body.write(answer);
          }
        });
    server.start();
    return server;
  }

  private static long greetMany(ObjectPool<HttpClient> pool, URI address) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> answers =
          threads.invokeAll(Collections.nCopies(REQUESTS, () -> greet(pool, address)));
      long right = 0;
      for (Future<String> answer : answers) {
        right += answer.get().equals("hello") ? 1 : 0;
      }
      return right;
    }
  }

  private static String greet(ObjectPool<HttpClient> pool, URI address) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(address.resolve("/greet")).build();
    return pool.<String, Exception>use(
        client -> client.send(request, BodyHandlers.ofString()).body());
  }

  private static String failure(ObjectPool<HttpClient> pool, URI address) throws Exception {
    try {
      return greet(pool, address);
    } catch (PoolUnavailableException refused) {
      return refused.getClass().getSimpleName();
    }
  }
}
