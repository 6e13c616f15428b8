package dev.holdfast.resource.file;

import static java.lang.invoke.MethodType.methodType;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle.AccessMode;
import java.lang.reflect.RecordComponent;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Binds a record type to memory: lays its components out as C would (each at a multiple of its own
 * alignment, the padding explicit), and makes one method handle that reads a whole record and one
 * that writes it.
 *
 * <p>Not done: zeroing the padding at each write. Its stores made writing a record with padding
 * several times as slow, and what Holdfast allocates is zero before it is written.
 */
final class RecordBinding {
  private static final Lookup LOOKUP = MethodHandles.lookup();
  private static final MethodHandle ADD =
      find(Long.class, "sum", methodType(long.class, long.class, long.class));
  private static final MethodType READ = methodType(Object.class, MemorySegment.class, long.class);
  private static final MethodType WRITE =
      methodType(void.class, MemorySegment.class, long.class, Object.class);

  private final Class<? extends Record> type;
  private final ByteOrder order;
  private final List<Class<?>> enclosing;
  private final Lookup inside;
  private final List<MemoryLayout> layouts = new ArrayList<>();
  private final List<MethodHandle> getters = new ArrayList<>();
  private final List<MethodHandle> takers = new ArrayList<>();
  private final List<MethodHandle> setters = new ArrayList<>();
  private final StringBuilder description = new StringBuilder();
  private final StructLayout layout;

  RecordBinding(Class<? extends Record> type, ByteOrder order) {
    this(type, order, List.of());
  }

  /**
   * @param around the types that {@code type} is a component of
   */
  private RecordBinding(Class<? extends Record> type, ByteOrder order, List<Class<?>> around) {
    if (!type.isRecord()) {
      throw new IllegalArgumentException("not a record: type=" + type.getName());
    }
    this.type = type;
    this.order = order;
    this.enclosing = Stream.concat(around.stream(), Stream.of(type)).toList();
    this.inside = lookupInside(type);
    long end = 0;
    long alignment = 1;
    for (RecordComponent component : type.getRecordComponents()) {
      end = place(member(component), component, end);
      alignment = Math.max(alignment, layouts.getLast().byteAlignment());
    }
    if (end == 0) {
      throw new IllegalArgumentException("a record without components: type=" + type.getName());
    }
    pad(end, alignment);
    this.layout =
        MemoryLayout.structLayout(layouts.toArray(MemoryLayout[]::new))
            .withName(type.getSimpleName());
    description.append("size:").append(layout.byteSize()).append(';').append(order);
  }

  /** Its size is that of an element of an array; it ends in padding where it must. */
  StructLayout layout() {
    return layout;
  }

  /** Name, type and offset of each component: what the layout hash is taken of. */
  String description() {
    return description.toString();
  }

  /** What the class of a type is made of. */
  record Parts(MethodHandle reader, MethodHandle writer, long recordBytes) {}

  /** A class of its own for this type. */
  RecordAccess access() {
    Parts parts = new Parts(reader().asType(READ), writer().asType(WRITE), layout.byteSize());
    try (InputStream file =
        Objects.requireNonNull(
            RecordBinding.class.getResourceAsStream("RecordAccessTemplate.class"))) {
      Lookup hidden = LOOKUP.defineHiddenClassWithClassData(file.readAllBytes(), parts, true);
      return (RecordAccess)
          hidden.findConstructor(hidden.lookupClass(), methodType(void.class)).invoke();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    } catch (Throwable impossible) {
      throw new LinkageError("own class cannot be defined", impossible);
    }
  }

  // ---- placing ---------------------------------------------------------------------------------

  private long place(RecordMember member, RecordComponent component, long end) {
    long at = pad(end, member.layout().byteAlignment());
    layouts.add(member.layout());
    getters.add(shifted(member.getter(), at));
    takers.add(MethodHandles.filterReturnValue(accessor(component), member.taker()));
    setters.add(shifted(member.setter(), at));
    description.append("%s:%s@%d;".formatted(component.getName(), member.description(), at));
    return at + member.layout().byteSize();
  }

  /** Adds padding up to the next multiple of {@code alignment}, which it returns. */
  private long pad(long end, long alignment) {
    long at = Math.ceilDiv(end, alignment) * alignment;
    if (at > end) {
      layouts.add(MemoryLayout.paddingLayout(at - end));
    }
    return at;
  }

  private static MethodHandle shifted(MethodHandle handle, long by) {
    return MethodHandles.filterArguments(handle, 1, MethodHandles.insertArguments(ADD, 1, by));
  }

  // ---- whole records ---------------------------------------------------------------------------

  /** {@code (MemorySegment, long)R}: the constructor, each argument read from its place. */
  private MethodHandle reader() {
    MethodHandle read = constructor();
    for (int i = getters.size() - 1; i >= 0; i--) {
      read = MethodHandles.collectArguments(read, i, getters.get(i));
    }
    int[] twice = new int[2 * getters.size()];
    Arrays.setAll(twice, i -> i % 2);
    return MethodHandles.permuteArguments(
        read, methodType(type, MemorySegment.class, long.class), twice);
  }

  /**
   * {@code (MemorySegment, long, R)void}: takes what is written of all components, and then writes
   * it; so a value that is refused leaves the memory as it was.
   */
  private MethodHandle writer() {
    MethodHandle write =
        MethodHandles.filterArguments(store(), 2, takers.toArray(MethodHandle[]::new));
    int[] one = new int[2 + takers.size()];
    Arrays.setAll(one, i -> Math.min(i, 2));
    return MethodHandles.permuteArguments(
        write, methodType(void.class, MemorySegment.class, long.class, type), one);
  }

  /** {@code (MemorySegment, long, P…)void}: what was taken of each component. */
  private MethodHandle store() {
    MethodType all =
        methodType(void.class, MemorySegment.class, long.class)
            .appendParameterTypes(
                takers.stream().map(taker -> taker.type().returnType()).toArray(Class<?>[]::new));
    MethodHandle store = MethodHandles.empty(all);
    for (int i = setters.size() - 1; i >= 0; i--) {
      store =
          MethodHandles.foldArguments(
              store, MethodHandles.permuteArguments(setters.get(i), all, 0, 1, 2 + i));
    }
    return store;
  }

  /** {@code (R)Object[]}: what is written of all components. */
  private MethodHandle taker() {
    int count = takers.size();
    MethodHandle collect =
        MethodHandles.identity(Object[].class)
            .asCollector(Object[].class, count)
            .asType(store().type().dropParameterTypes(0, 2).changeReturnType(Object[].class));
    return MethodHandles.permuteArguments(
        MethodHandles.filterArguments(collect, 0, takers.toArray(MethodHandle[]::new)),
        methodType(Object[].class, type),
        new int[count]);
  }

  /** Whether every value of it can be written, so that none has to be taken before. */
  private boolean isPlain() {
    return Arrays.stream(type.getRecordComponents())
        .allMatch(component -> component.getType().isPrimitive());
  }

  private MethodHandle constructor() {
    Class<?>[] types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      return inside.findConstructor(type, methodType(void.class, types));
    } catch (ReflectiveOperationException e) {
      throw notOpen(type, e);
    }
  }

  private MethodHandle accessor(RecordComponent component) {
    try {
      return inside.unreflect(component.getAccessor());
    } catch (IllegalAccessException e) {
      throw notOpen(type, e);
    }
  }

  private static Lookup lookupInside(Class<?> type) {
    try {
      RecordBinding.class.getModule().addReads(type.getModule());
      return MethodHandles.privateLookupIn(type, LOOKUP);
    } catch (IllegalAccessException e) {
      throw notOpen(type, e);
    }
  }

  private static IllegalArgumentException notOpen(Class<?> type, Throwable cause) {
    return new IllegalArgumentException(
        "record is not open to its layout: type=%s, module=%s; add to its module-info: opens %s to dev.holdfast.resource"
            .formatted(type.getName(), type.getModule(), type.getPackageName()),
        cause);
  }

  // ---- components ------------------------------------------------------------------------------

  private RecordMember member(RecordComponent component) {
    Class<?> componentType = component.getType();
    String name = component.getName();
    @Nullable ValueLayout number = number(componentType);
    if (number != null) {
      return number(number.withName(name));
    }
    if (componentType == boolean.class) {
      return flag(name);
    }
    if (componentType.isEnum()) {
      return constant(name, componentType);
    }
    if (componentType.isRecord()) {
      return nested(name, componentType.asSubclass(Record.class));
    }
    if (componentType == String.class || componentType == byte[].class) {
      return content(name, componentType, bytesMax(component));
    }
    throw new IllegalArgumentException(
        "component has no place in a mapped file: record=%s, component=%s, type=%s; numbers, boolean, char, enums, records, and with @MaxBytes String and byte[] have one"
            .formatted(type.getName(), name, componentType.getTypeName()));
  }

  private @Nullable ValueLayout number(Class<?> componentType) {
    if (componentType == byte.class) {
      return ValueLayout.JAVA_BYTE;
    } else if (componentType == short.class) {
      return ValueLayout.JAVA_SHORT.withOrder(order);
    } else if (componentType == char.class) {
      return ValueLayout.JAVA_CHAR.withOrder(order);
    } else if (componentType == int.class) {
      return ValueLayout.JAVA_INT.withOrder(order);
    } else if (componentType == long.class) {
      return ValueLayout.JAVA_LONG.withOrder(order);
    } else if (componentType == float.class) {
      return ValueLayout.JAVA_FLOAT.withOrder(order);
    } else if (componentType == double.class) {
      return ValueLayout.JAVA_DOUBLE.withOrder(order);
    }
    return null;
  }

  private static RecordMember number(ValueLayout layout) {
    var handle = layout.varHandle();
    return new RecordMember(
        layout,
        layout.carrier().getName(),
        handle.toMethodHandle(AccessMode.GET),
        MethodHandles.identity(layout.carrier()),
        handle.toMethodHandle(AccessMode.SET));
  }

  private static RecordMember flag(String name) {
    return new RecordMember(
        ValueLayout.JAVA_BYTE.withName(name),
        "boolean",
        bound("readBoolean", methodType(boolean.class), name),
        MethodHandles.identity(boolean.class),
        bound("writeBoolean", methodType(void.class, boolean.class)));
  }

  private RecordMember constant(String name, Class<?> enumType) {
    Object[] constants = enumType.getEnumConstants();
    ValueLayout.OfInt ordinals = ValueLayout.JAVA_INT.withOrder(order);
    String names =
        Arrays.stream(constants)
            .map(constant -> ((Enum<?>) constant).name())
            .collect(Collectors.joining(","));
    MethodHandle getter = bound("readEnum", methodType(Object.class), name, constants, ordinals);
    MethodHandle taker = taking("takeEnum", methodType(int.class, Enum.class), name);
    return new RecordMember(
        ordinals.withName(name),
        "enum(%s)".formatted(names),
        getter.asType(getter.type().changeReturnType(enumType)),
        taker.asType(methodType(int.class, enumType)),
        ordinals.varHandle().toMethodHandle(AccessMode.SET));
  }

  private RecordMember nested(String name, Class<? extends Record> recordType) {
    if (enclosing.contains(recordType)) {
      throw new IllegalArgumentException(
          "a record cannot contain itself: record=%s, component=%s, type=%s"
              .formatted(type.getName(), name, recordType.getName()));
    }
    RecordBinding binding = new RecordBinding(recordType, order, enclosing);
    MethodHandle present =
        taking("takeRecord", methodType(Record.class, Record.class), name)
            .asType(methodType(recordType, recordType));
    boolean plain = binding.isPlain();
    return new RecordMember(
        binding.layout.withName(name),
        "{%s}".formatted(binding.description()),
        binding.reader(),
        plain ? present : MethodHandles.filterReturnValue(present, binding.taker()),
        plain
            ? binding.writer()
            : binding.store().asSpreader(2, Object[].class, binding.takers.size()));
  }

  private RecordMember content(String name, Class<?> componentType, int bytesMax) {
    ValueLayout.OfInt lengths = ValueLayout.JAVA_INT.withOrder(order);
    boolean text = componentType == String.class;
    StructLayout content =
        MemoryLayout.structLayout(
            lengths.withName("length"),
            MemoryLayout.sequenceLayout(bytesMax, ValueLayout.JAVA_BYTE).withName("bytes"));
    long padding = -content.byteSize() & (Integer.BYTES - 1);
    return new RecordMember(
        (padding == 0
                ? content
                : MemoryLayout.structLayout(
                    content.memberLayouts().get(0),
                    content.memberLayouts().get(1),
                    MemoryLayout.paddingLayout(padding)))
            .withName(name),
        "%s(%d)".formatted(text ? "text" : "bytes", bytesMax),
        bound(text ? "readText" : "readBytes", methodType(componentType), name, bytesMax, lengths),
        taking(
            text ? "takeText" : "takeBytes",
            methodType(byte[].class, componentType),
            name,
            bytesMax),
        bound(
            "writeBytes", methodType(void.class, byte[].class), bytesMax + (int) padding, lengths));
  }

  private int bytesMax(RecordComponent component) {
    @Nullable MaxBytes limit = component.getAnnotation(MaxBytes.class);
    if (limit == null || limit.value() < 1) {
      throw new IllegalArgumentException(
          "component needs a limit: record=%s, component=%s; write @MaxBytes(n) %s %s, n at least 1"
              .formatted(
                  type.getName(),
                  component.getName(),
                  component.getType().getSimpleName(),
                  component.getName()));
    }
    return limit.value();
  }

  /** A method of {@link RecordValues} with its first arguments given; then segment and offset. */
  private static MethodHandle bound(String method, MethodType rest, Object... first) {
    return taking(method, rest.insertParameterTypes(0, MemorySegment.class, long.class), first);
  }

  /** A method of {@link RecordValues} with its first arguments given. */
  private static MethodHandle taking(String method, MethodType rest, Object... first) {
    MethodType whole =
        rest.insertParameterTypes(
            0, Arrays.stream(first).map(RecordBinding::declared).toArray(Class<?>[]::new));
    return MethodHandles.insertArguments(find(RecordValues.class, method, whole), 0, first);
  }

  private static Class<?> declared(Object argument) {
    return switch (argument) {
      case Integer _ -> int.class;
      case ValueLayout.OfInt _ -> ValueLayout.OfInt.class;
      default -> argument instanceof Object[] ? Object[].class : argument.getClass();
    };
  }

  private static MethodHandle find(Class<?> where, String name, MethodType methodType) {
    try {
      return LOOKUP.findStatic(where, name, methodType);
    } catch (ReflectiveOperationException impossible) {
      throw new LinkageError("own method is missing: " + name, impossible);
    }
  }
}
