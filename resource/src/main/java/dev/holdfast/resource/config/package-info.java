/**
 * Configuration as records that follow their sources.
 *
 * <pre>{@code
 * record App(String greeting, Duration timeout, Pool pool) {}
 * record Pool(int size, Secret password) {}
 *
 * try (var config = ReloadableConfig.of(App.class)
 *     .source(ConfigSource.file(Path.of("app.yaml")))       // timeout: 10s …
 *     .source(ConfigSource.environment("APP_"))             // APP_POOL_SIZE=12 wins
 *     .open()) {
 *   App now = config.current();                             // one volatile load
 *   config.onChange(App::pool, (before, after) -> pool.resize(after.size()));
 * }
 * }</pre>
 *
 * <p>The tour: {@link dev.holdfast.resource.config.ConfigSource} says where keys come from; later
 * sources win. What is wrong is told all at once, each a {@link
 * dev.holdfast.resource.config.ConfigProblem} with file, line, value and expectation; at the start
 * as a {@link dev.holdfast.resource.config.ConfigException}, later as {@link
 * dev.holdfast.resource.config.ReloadOutcome.Rejected} while the last good configuration stays.
 * {@link dev.holdfast.resource.config.ConfigSubscriber} takes part in a change in two phases and
 * may veto it. {@link dev.holdfast.resource.config.Rollout} brings a change into force by and by.
 * {@link dev.holdfast.resource.config.SpaceConfig} keeps the limits of a space in such a file.
 *
 * <p>Inside, in the order of the pipeline: {@code Watch} with {@code Directories} and {@code
 * Settling} (when to look), {@code Reading} (what the sources hold), {@code Content} with {@code
 * YamlText}, {@code JsonText}, {@code PropertiesText} (parse), {@code Migrations}, {@code
 * Canonical} and {@code Binder} over a {@code RecordShape} (bind), {@code Loader} (all of that),
 * {@code Pipeline} with {@code Subscribers} and {@code Candidate} (prepare, swap, commit, notify).
 */
@NullMarked
package dev.holdfast.resource.config;

import org.jspecify.annotations.NullMarked;
