package dev.holdfast.resource.cache;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Threads;

/**
 * How many hits do two threads get together, in millions a second? Whatever they write for each hit
 * into the same cache line shows here.
 *
 * <p>Peers: those of {@link CacheBenchmark}. On a machine with two processors nothing else should
 * run.
 */
@Threads(2)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class CacheThreadsBenchmark extends CacheBenchmark {}
