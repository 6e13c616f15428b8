package dev.holdfast.region;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;

/** The layers above regions that a space carries, at most one a type. */
final class Layers {
  private static final System.Logger LOG = System.getLogger(Layers.class.getName());

  private final Map<Class<?>, Layer> layers = new ConcurrentHashMap<>();

  <L extends Layer> L get(
      Class<L> type, Membership membership, Function<? super Membership, ? extends L> make) {
    return Objects.requireNonNull(
        type.cast(layers.computeIfAbsent(type, _ -> make.apply(membership))));
  }

  void participantDied(long handle) {
    eachOrLog(layer -> layer.participantDied(handle));
  }

  void tick() {
    eachOrLog(Layer::tick);
  }

  /** The steps that close them. */
  List<Runnable> closes() {
    return layers.values().stream().<Runnable>map(layer -> layer::close).toList();
  }

  private void eachOrLog(Consumer<Layer> call) {
    for (Layer layer : layers.values()) {
      try {
        call.accept(layer);
      } catch (RuntimeException e) {
        LOG.log(System.Logger.Level.WARNING, "a layer of the space failed: " + layer, e);
      }
    }
  }
}
