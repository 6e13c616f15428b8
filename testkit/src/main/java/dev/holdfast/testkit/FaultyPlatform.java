package dev.holdfast.testkit;

import dev.holdfast.platform.Platform;
import dev.holdfast.platform.SystemCallException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A platform whose n-th call fails. A test runs its operation with n = 1, 2, … until it was not
 * reached any more, and checks each time that the failure is reported and nothing is left behind:
 *
 * <pre>{@code
 * for (int n = 1; ; n++) {
 *   faulty.fail(n, Errno.EIO);
 *   try { operation(faulty.platform()); } catch (SystemCallException expected) { … }
 *   if (!faulty.reached()) break;
 * }
 * }</pre>
 *
 * <p>The failing call is not carried out, except {@code close}: the system frees a descriptor even
 * when it reports an error. Clocks, identities, capabilities and words never fail and are not
 * counted.
 *
 * <p><b>Sharing.</b> Any thread.
 */
public final class FaultyPlatform {
  private static final Set<String> NEVER_FAIL =
      Set.of("monotonicNanos", "epochNanos", "self", "currentThread", "capabilities", "words");

  private final Platform platform;
  private @Nullable String name;
  private long number;
  private int errno;
  private long calls;

  /**
   * @param delegate does what does not fail
   */
  public FaultyPlatform(Platform delegate) {
    platform =
        (Platform)
            Proxy.newProxyInstance(
                Platform.class.getClassLoader(),
                new Class<?>[] {Platform.class},
                (proxy, method, arguments) -> call(delegate, method, arguments));
  }

  /** The platform to give to the code under test. */
  public Platform platform() {
    return platform;
  }

  /** From now on the {@code number}-th call, counted from 1, fails with {@code errno}; once. */
  public void fail(long number, int errno) {
    plan(null, number, errno);
  }

  /** From now on the {@code number}-th call of that method fails with {@code errno}; once. */
  public void fail(String method, long number, int errno) {
    boolean known =
        Arrays.stream(Platform.class.getMethods()).anyMatch(m -> m.getName().equals(method));
    if (!known || NEVER_FAIL.contains(method)) {
      throw new IllegalArgumentException("no platform call that can fail: method=" + method);
    }
    plan(method, number, errno);
  }

  private synchronized void plan(@Nullable String method, long number, int errno) {
    this.name = method;
    this.number = number;
    this.errno = errno;
    this.calls = 0;
  }

  /** How many calls were counted since the last {@code fail}. */
  public synchronized long calls() {
    return calls;
  }

  /** Whether the planned failure has happened. */
  public synchronized boolean reached() {
    return number > 0 && calls >= number;
  }

  private @Nullable Object call(Platform delegate, Method method, Object @Nullable [] arguments)
      throws Throwable {
    boolean fails = countAndDecide(method.getName());
    try {
      if (fails && !method.getName().equals("close")) {
        throw failure(method, arguments);
      }
      Object result = method.invoke(delegate, arguments);
      if (fails) {
        throw failure(method, arguments);
      }
      return result;
    } catch (InvocationTargetException thrown) {
      throw thrown.getCause();
    }
  }

  private synchronized boolean countAndDecide(String method) {
    if (NEVER_FAIL.contains(method) || (name != null && !name.equals(method))) {
      return false;
    }
    calls++;
    return calls == number;
  }

  private SystemCallException failure(Method method, Object @Nullable [] arguments) {
    return new SystemCallException(
        method.getName(), errno, "injected, arguments=" + Arrays.toString(arguments));
  }
}
