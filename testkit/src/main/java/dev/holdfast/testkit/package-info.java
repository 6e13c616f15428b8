/**
 * Testing code that must survive crashes.
 *
 * <p>From cheap to real: {@link dev.holdfast.testkit.HeapWords} for linearizability checkers,
 * {@link dev.holdfast.testkit.FakeKernel} with {@link dev.holdfast.testkit.Simulation} to kill or
 * pause a simulated process before each of its steps, {@link dev.holdfast.testkit.FaultyPlatform}
 * to fail the n-th system call, {@link dev.holdfast.testkit.ChildProcess} for real processes and
 * real kills.
 */
@NullMarked
package dev.holdfast.testkit;

import org.jspecify.annotations.NullMarked;
