/**
 * A fair pool of objects that are expensive to make: connections, processes, parsers.
 *
 * <p>Start at {@link dev.holdfast.resource.pool.ObjectPool}. A {@link
 * dev.holdfast.resource.pool.ConnectionManager} says how objects are made and ended, {@link
 * dev.holdfast.resource.pool.Connections} has ready ones, a {@link
 * dev.holdfast.resource.pool.PoolSpec} holds sizes and time-outs. What goes wrong while borrowing
 * is a {@link dev.holdfast.resource.pool.PoolException}.
 *
 * <pre>{@code
 * try (ObjectPool<SocketChannel> pool =
 *     ObjectPool.open(Connections.unix(path), PoolSpec.named("backend").max(16))) {
 *   try (Pooled<SocketChannel> connection = pool.acquire()) {
 *     connection.get().write(request);
 *   }
 * }
 * }</pre>
 *
 * <p>Inside: {@code Exchange} is the algorithm, one lock around the meeting of idle objects and
 * waiters; {@code Entry} is an object's record, {@code IdleStack} and {@code WaitQueue} the two
 * lists, {@code Breaker} decides when to create, {@code Call} runs a manager's method under a
 * deadline, {@code Effects} is what the lock's holder does after unlocking, {@code PoolEnvironment}
 * the clock and the threads.
 */
@NullMarked
package dev.holdfast.resource.pool;

import org.jspecify.annotations.NullMarked;
