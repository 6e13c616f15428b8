package dev.holdfast.resource.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.spongepowered.configurate.NodePath.path;
import static org.spongepowered.configurate.transformation.TransformAction.rename;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.spongepowered.configurate.ConfigurateException;
import org.spongepowered.configurate.transformation.ConfigurationTransformation;

class MigrationTest extends ConfigTest {

  record Store(String address, int size) {}

  private final List<Integer> applied = new ArrayList<>();

  @Test
  void migrate_anyRegistrationOrder_appliesEachStepInOrder() {
    assertThat(open("url: a\nbytes: 3\n").current()).isEqualTo(new Store("a", 3));
    assertThat(applied).containsExactly(0, 1, 2);
  }

  @Test
  void migrate_fileOfALaterVersion_startsThere() {
    assertThat(open("version: 2\naddress: a\nbytes: 3\n").current()).isEqualTo(new Store("a", 3));
    assertThat(applied).containsExactly(2);
    applied.clear();
    assertThat(open("version: 3\naddress: a\nsize: 3\n").current()).isEqualTo(new Store("a", 3));
    assertThat(applied).isEmpty();
  }

  @Test
  void migrate_movedKey_keepsItsLine() {
    assertThat(refused("\nurl: a\nbytes: many\n"))
        .containsExactly(
            "store:3: size: value=many, expected=a whole number from -2147483648 to 2147483647");
  }

  @Test
  void migrate_filesOfDifferentVersions_eachByItsOwn() {
    var config =
        closing(
            builder()
                .source(text("url: a\nbytes: 3\n"))
                .source(text("version: 3\nsize: 4\n"))
                .open());
    assertThat(config.current()).isEqualTo(new Store("a", 4));
  }

  @Test
  void migrate_unknownVersions_areRefusedWithWhatCanBeRead() {
    assertThat(refused("version: 4\naddress: a\nsize: 3\n"))
        .containsExactly("store:1: version: value=4, expected=0 to 3, what this program can read");
    assertThat(refused("version: new\naddress: a\nsize: 3\n"))
        .containsExactly(
            "store:1: version: value=new, expected=0 to 3, what this program can read");
  }

  @Test
  void migrate_withoutSteps_demandsThePresentVersion() {
    var builder =
        ReloadableConfig.of(Store.class).withoutWatch().schemaVersion(2).source(text("size: 1\n"));
    assertThat(builder.validate())
        .hasToString("[store:1: version: value=(none), expected=2, the version of this program]");
  }

  @Test
  void migrate_stepThrows_isAProblemAndNothingChanges() {
    var config = open("version: 3\naddress: a\nsize: 3\n");
    var builder =
        ReloadableConfig.of(Store.class)
            .withoutWatch()
            .schemaVersion(1)
            .migration(
                0,
                root -> {
                  throw new ConfigurateException("no way");
                })
            .source(text("size: 1\n"));
    assertThat(builder.validate())
        .singleElement()
        .asString()
        .startsWith("store:1: migration failed: from=0, to=1: ")
        .contains("no way");
    assertThat(config.current().size()).isEqualTo(3);
  }

  @Test
  void migrate_brokenFile_isToldOnce_andNoStepRuns() {
    assertThat(refused("url: [")).singleElement().asString().startsWith("store:");
    assertThat(refused("url: a\nurl: b\n"))
        .containsExactly("store:2: url: expected=each key once; it stands above already");
    assertThat(applied).isEmpty();
  }

  @Test
  void migrate_keyWithoutValue_isNotThere() {
    assertThat(open("url: a\nbytes: 3\nsize:\n").current()).isEqualTo(new Store("a", 3));
  }

  @Test
  void builder_gapsAndDoubles_areRefused() {
    var builder = ReloadableConfig.of(Store.class).schemaVersion(3).migration(0, _ -> {});
    assertThatThrownBy(builder::open)
        .hasMessageContaining("migration is missing: from=1, present=3");
    assertThatThrownBy(() -> builder.migration(0, _ -> {})).hasMessageContaining("from=0");
    builder.migration(1, _ -> {}).migration(2, _ -> {}).migration(3, _ -> {});
    assertThatThrownBy(builder::open).hasMessageContaining("beyond the present version");
    assertThatThrownBy(() -> builder.schemaVersion(0)).hasMessageContaining("version=0");
  }

  private ReloadableConfig<Store> open(String text) {
    return closing(builder().source(text(text)).open());
  }

  private List<String> refused(String text) {
    return catchThrowableOfType(ConfigException.class, () -> open(text)).problems().stream()
        .map(ConfigProblem::toString)
        .toList();
  }

  private static ConfigSource text(String text) {
    return ConfigSource.text("store", ConfigFormat.YAML, () -> text);
  }

  private ReloadableConfig.Builder<Store> builder() {
    return ReloadableConfig.of(Store.class)
        .withoutWatch()
        .schemaVersion(3)
        .migration(2, step(2, "bytes", "size"))
        .migration(0, step(0, "url", "uri"))
        .migration(1, step(1, "uri", "address"));
  }

  private ConfigurationTransformation step(int from, String before, String after) {
    ConfigurationTransformation rename =
        ConfigurationTransformation.builder().addAction(path(before), rename(after)).build();
    return root -> {
      applied.add(from);
      rename.apply(root);
    };
  }
}
