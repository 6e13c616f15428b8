/**
 * Calls Python functions on regions, in worker processes, without copying the data.
 *
 * <p>Start at {@link dev.holdfast.worker.WorkerPool#python}. {@link dev.holdfast.worker.NdArray}
 * says how a region's bytes are to be seen, a {@link dev.holdfast.worker.Call} is one call under
 * way, a {@link dev.holdfast.worker.Result} what came of it. What goes wrong is a {@link
 * dev.holdfast.worker.WorkerException}.
 *
 * <p>Inside, from the bottom up: {@code PythonInterpreter} finds a Python; {@code WorkerProcess} is
 * one child process and the messages to and from it ({@code Message}); {@code Worker} keeps one
 * such process alive and answers calls with it, again when it dies; {@code CallQueue} is what the
 * pool hands its workers.
 */
@NullMarked
package dev.holdfast.worker;

import org.jspecify.annotations.NullMarked;
