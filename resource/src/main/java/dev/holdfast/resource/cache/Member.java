package dev.holdfast.resource.cache;

/** The policies between which the adaptive one chooses. */
enum Member {
  S3_FIFO {
    @Override
    MarkedPolicy create(long maximumWeight) {
      return new S3FifoPolicy(maximumWeight);
    }
  },
  LRU {
    @Override
    MarkedPolicy create(long maximumWeight) {
      return new RecencyPolicy(maximumWeight);
    }
  },
  LFU {
    @Override
    MarkedPolicy create(long maximumWeight) {
      return new LfuPolicy();
    }
  },
  W_TINY_LFU {
    @Override
    MarkedPolicy create(long maximumWeight) {
      return new TinyLfuPolicy(maximumWeight);
    }
  };

  static final Member[] ALL = values();

  abstract MarkedPolicy create(long maximumWeight);
}
