package dev.holdfast.resource.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * What a hit reads and writes of an entry. A class of its own, and the first, so that the virtual
 * machine lays these fields side by side: most often one line of the processor's cache holds them.
 *
 * <p>Field | read | written: {@code chain} volatile | under the lock; {@code value} volatile |
 * under the lock; {@code expiresAt} volatile | under the lock, and by a hit that slides it, with a
 * compare-and-set; {@code mark} plain, by anybody.
 */
abstract sealed class TableNode permits PolicyNode {
  static final long NEVER = Long.MAX_VALUE;
  private static final VarHandle CHAIN = field("chain", TableNode.class);
  static final VarHandle EXPIRES_AT = field("expiresAt", long.class);

  final int keyHash;
  int mark; // plain: racing hits may lose one another
  volatile long expiresAt = NEVER;
  final Object key;
  volatile Object value;

  /** The next one of the same bucket. */
  volatile @Nullable TableNode chain;

  TableNode(int keyHash, Object key, Object value) {
    this.keyHash = keyHash;
    this.key = key;
    this.value = value;
  }

  /** Sets what comes after it, visible once it is visible itself, and before what comes next. */
  final void linkTo(@Nullable TableNode next) {
    CHAIN.setRelease(this, next);
  }

  private static VarHandle field(String name, Class<?> type) {
    try {
      return MethodHandles.lookup().findVarHandle(TableNode.class, name, type);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }
}
