package dev.holdfast.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.resource.data.Lease;
import dev.holdfast.resource.data.MutableSharedData;
import dev.holdfast.resource.data.ReadGuard;
import dev.holdfast.resource.data.SharedData;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SharedDataMetricsTest {
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  @Test
  void meters_ofSharedData_showItsChanges() {
    SharedData<List<Integer>> data = SharedData.of(new ArrayList<>(), ArrayList::new);
    new SharedDataMetrics("numbers", data).bindTo(meters);
    data.change(list -> list.add(1));
    try (Lease<List<Integer>> lease = data.lease()) {
      assertThat(data.tryChangeInPlace(List::clear)).isFalse();
      data.change(list -> list.add(lease.value().size()));
      assertThat(gauge("numbers", "leases")).isEqualTo(1);
    }
    data.update(List::copyOf);

    assertThat(counter("numbers", "changes")).isEqualTo(3);
    assertThat(counter("numbers", "changes.in.place")).isEqualTo(1);
    assertThat(counter("numbers", "changes.copied")).isEqualTo(1);
    assertThat(counter("numbers", "exclusive.refused")).isEqualTo(1);
    assertThat(counter("numbers", "retries")).isZero();
    assertThat(counter("numbers", "told")).isZero();
    assertThat(counter("numbers", "skipped")).isZero();
    assertThat(counter("numbers", "listener.failures")).isZero();
    assertThat(gauge("numbers", "subscribers")).isZero();
  }

  @Test
  void meters_ofMutableSharedData_showItsGuards() {
    MutableSharedData<List<Integer>> data = MutableSharedData.of(new ArrayList<>());
    new SharedDataMetrics("list", data).bindTo(meters);
    boolean added = data.write(list -> list.add(1));
    try (ReadGuard<List<Integer>> guard = data.read()) {
      assertThat(guard.get()).hasSize(1);
      assertThat(gauge("list", "readers")).isEqualTo(1);
    }

    assertThat(added).isTrue();
    assertThat(counter("list", "changes")).isEqualTo(1);
    assertThat(counter("list", "timeouts")).isZero();
    assertThat(gauge("list", "writers")).isZero();
    assertThat(gauge("list", "waiting")).isZero();
  }

  private double gauge(String data, String name) {
    return meters.get("holdfast.data." + name).tag("data", data).gauge().value();
  }

  private double counter(String data, String name) {
    return meters.get("holdfast.data." + name).tag("data", data).functionCounter().count();
  }
}
