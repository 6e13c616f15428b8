package dev.holdfast.resource.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ReloadTest extends ConfigTest {

  @Test
  void reload_goodFile_isInForce() {
    Path file = write("app.yaml", App.YAML);
    ReloadableConfig<App> config = open(file);
    write("app.yaml", App.YAML.replace("hello", "good day"));
    assertThat(applied(config.reload()).differences()).hasToString("[greeting: hello -> good day]");
    assertThat(config.current().greeting()).isEqualTo("good day");
    assertThat(config.snapshot().version()).isEqualTo(2);
  }

  @Test
  void reload_badFile_keepsTheLastGoodOneAndDegradesHealth() {
    Path file = write("app.yaml", App.YAML);
    ReloadableConfig<App> config = open(file);
    App before = config.current();
    for (String bad :
        new String[] {"", "greeting: [", App.YAML.replace("read-only", "no"), "- 1"}) {
      write("app.yaml", bad);
      assertThat(config.reload()).isInstanceOf(ReloadOutcome.Rejected.class);
      assertThat(config.current()).isSameAs(before);
      assertThat(config.health().status()).isEqualTo(ConfigHealth.Status.DEGRADED);
    }
    write("app.yaml", App.YAML);
    assertThat(config.reload()).isInstanceOf(ReloadOutcome.Unchanged.class);
    assertThat(config.health().status()).isEqualTo(ConfigHealth.Status.UP);
  }

  private ReloadableConfig<App> open(Path file) {
    return closing(
        ReloadableConfig.of(App.class).source(ConfigSource.file(file)).withoutWatch().open());
  }
}
