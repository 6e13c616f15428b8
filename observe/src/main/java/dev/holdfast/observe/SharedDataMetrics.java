package dev.holdfast.observe;

import dev.holdfast.resource.data.MutableSharedData;
import dev.holdfast.resource.data.SharedData;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/**
 * The figures of a {@link SharedData} or {@link MutableSharedData}, tagged with a name.
 *
 * <ul>
 *   <li>Of both: {@code holdfast.data.changes}
 *   <li>Of a SharedData: {@code holdfast.data.retries}, {@code .changes.in.place}, {@code
 *       .changes.copied}, {@code .exclusive.refused}, {@code .told}, {@code .skipped}, {@code
 *       .listener.failures}; {@code .leases}, {@code .subscribers}
 *   <li>Of a MutableSharedData: {@code holdfast.data.timeouts}; {@code .readers}, {@code .writers},
 *       {@code .waiting}
 * </ul>
 */
public final class SharedDataMetrics implements MeterBinder {
  private static final String PREFIX = "holdfast.data.";

  private final Tags tags;
  private final Consumer<MeterRegistry> binding;

  /** Observes that data under that name. */
  public SharedDataMetrics(String name, SharedData<?> data) {
    this.tags = Tags.of("data", name);
    this.binding = meters -> bind(meters, data);
  }

  /** Observes that data under that name. */
  public SharedDataMetrics(String name, MutableSharedData<?> data) {
    this.tags = Tags.of("data", name);
    this.binding = meters -> bind(meters, data);
  }

  @Override
  public void bindTo(MeterRegistry meters) {
    binding.accept(meters);
  }

  private void bind(MeterRegistry meters, SharedData<?> data) {
    counter(meters, data, "changes", seen -> seen.stats().version());
    counter(meters, data, "retries", seen -> seen.stats().retries());
    counter(meters, data, "changes.in.place", seen -> seen.stats().inPlace());
    counter(meters, data, "changes.copied", seen -> seen.stats().copies());
    counter(meters, data, "exclusive.refused", seen -> seen.stats().exclusiveRefused());
    counter(meters, data, "told", seen -> seen.stats().delivered());
    counter(meters, data, "skipped", seen -> seen.stats().skipped());
    counter(meters, data, "listener.failures", seen -> seen.stats().listenerFailures());
    gauge(meters, data, "leases", seen -> seen.stats().openLeases());
    gauge(meters, data, "subscribers", seen -> seen.stats().subscribers());
  }

  private void bind(MeterRegistry meters, MutableSharedData<?> data) {
    counter(meters, data, "changes", seen -> seen.stats().version());
    counter(meters, data, "timeouts", seen -> seen.stats().timeouts());
    gauge(meters, data, "readers", seen -> seen.stats().readers());
    gauge(meters, data, "writers", seen -> seen.stats().writing() ? 1 : 0);
    gauge(meters, data, "waiting", seen -> seen.stats().waiting());
  }

  private <D> void counter(MeterRegistry meters, D data, String name, ToDoubleFunction<D> figure) {
    FunctionCounter.builder(PREFIX + name, data, figure).tags(tags).register(meters);
  }

  private <D> void gauge(MeterRegistry meters, D data, String name, ToDoubleFunction<D> figure) {
    Gauge.builder(PREFIX + name, data, figure).tags(tags).register(meters);
  }
}
