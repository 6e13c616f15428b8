/*
 * Finding a deadlock and breaking it: two readings of the members, one victim.
 *
 * Two contexts take two mutexes ROUNDS times, the one or the other first, and look for a ring as long as they wait, which
 * stands for sleeping too. With LOOKER a third one looks, as another member of a longer ring would. With TIMEOUTS a waiter may
 * give up, which lets the other be granted between two readings. A release hands over or frees. Every statement
 * outside atomic is one access to shared memory.
 *
 * Checked: who is cancelled was in a ring with this very wait; one victim a ring; with PROGRESS: no ring stays.
 */
#ifndef ROUNDS
#define ROUNDS 1
#endif
#ifndef DEFECT
#define DEFECT 0
#endif

#define N 2
#define ME (me + 1)
#define NONE 9
#define KEY(w) (w % 4)               /* 1, 2: the mutex; 0 none */
#define G 4                          /* added to the wait word */

byte owner[N + 1];                   /* words of the mutexes 1, 2 */
byte waits[N];                       /* wait words */
byte sequence[N];
byte held[N];                        /* sum of the mutexes it owns, as its record says */
byte victims[N];                     /* how often it gave way */
byte cancel[N];                      /* the wait sequence that is to end, 0 none */

/* Ghosts. */
byte ring[N];                        /* sequences of the last real ring */
bool broken;                         /* it has had its victim */

#define IN_RING (KEY(waits[0]) != 0 && KEY(waits[1]) != 0 && waits[0] < G && waits[1] < G \
  && owner[KEY(waits[0])] == 2 && owner[KEY(waits[1])] == 1)

/* What a member was seen doing. */
inline read_member(k, s, w, h, v) {
  s = sequence[k];
  w = waits[k];
  atomic { h = held[k]; v = victims[k] }
}

inline look_for_ring() {
  read_member(0, s0, w0, h0, v0);
  read_member(1, s1, w1, h1, v1);
  if
  :: KEY(w0) != 0 && w0 < G && KEY(w1) != 0 && w1 < G && h1 == KEY(w0) && h0 == KEY(w1) ->
     same = true;
#if DEFECT != 1
     atomic { same = same && sequence[0] == s0 };
     atomic { same = same && waits[0] == w0 && held[0] == h0 && victims[0] == v0 };
     atomic { same = same && sequence[1] == s1 };
     atomic { same = same && waits[1] == w1 && held[1] == h1 && victims[1] == v1 };
#endif
#if DEFECT != 2
     atomic { same = same && cancel[0] != s0 };            /* or it is broken already */
     atomic { same = same && cancel[1] != s1 };
#endif
     if
     :: same && v0 < v1 -> cancel[0] = s0
     :: same && v0 >= v1 -> cancel[1] = s1
     :: !same
     fi
  :: else
  fi;
  atomic { s0 = 0; w0 = 0; h0 = 0; v0 = 0; s1 = 0; w1 = 0; h1 = 0; v1 = 0; same = false }
}

inline lock(m) {
  got = false;
  if
  :: atomic { owner[m] == 0 -> owner[m] = ME }; got = true
  :: atomic { else -> skip };
     sequence[me]++;
     atomic {
       waits[me] = m;
       if
       :: IN_RING -> ring[0] = sequence[0]; ring[1] = sequence[1]; broken = false
       :: else
       fi
     };
     do
     :: if
        :: atomic { owner[m] == 0 -> owner[m] = ME }; got = true
        :: atomic { owner[m] == ME -> got = true }
        :: atomic { else -> skip }
        fi;
        if
        :: got -> waits[me] = 0; sequence[me]++; break
#if DEFECT == 3
        :: !got && cancel[me] != 0 ->                      /* whatever wait was meant */
#else
        :: !got && cancel[me] == sequence[me] ->
#endif
#if DEFECT == 2
           victims[me]++;
#endif
           if
           :: atomic { waits[me] == m -> waits[me] = 0; assert(ring[me] == sequence[me] && !broken); broken = true };
              sequence[me]++;
#if DEFECT != 2
              victims[me]++;
#endif
              break
           :: atomic { else -> skip }                      /* granted meanwhile: it ignores the cancel */
           fi
#ifdef TIMEOUTS
        :: !got && hasty ->
           if
           :: atomic { waits[me] == m -> waits[me] = 0 }; sequence[me]++; break
           :: atomic { else -> skip }
           fi
#endif
        :: !got && cancel[me] != sequence[me] -> look_for_ring()
        fi
     od
  fi;
  if
  :: got -> held[me] = held[me] + m
  :: else
  fi
}

inline unlock(m) {
  held[me] = held[me] - m;
  if
  :: atomic { waits[1 - me] == m -> waits[1 - me] = m + G };
     owner[m] = 2 - me
  :: owner[m] = 0
  fi;
}

proctype Context(byte me) {
  byte round, first, s0, w0, h0, v0, s1, w1, h1, v1;
  bool got, same, hasty;
  do
  :: round < ROUNDS ->
     round++;
     if
     :: first = 1
     :: first = 2
     fi;
#ifdef TIMEOUTS
     if
     :: hasty = true
     :: hasty = false
     fi;
#endif
     lock(first);
     if
     :: got ->
        lock(3 - first);
        if
        :: got -> unlock(3 - first)
        :: else
        fi;
        unlock(first)
     :: else
     fi
  :: round == ROUNDS -> break
  od
}

proctype Looker() {
  byte s0, w0, h0, v0, s1, w1, h1, v1;
  bool same;
  look_for_ring()
}

init {
  atomic {
    run Context(0); run Context(1);
#ifdef LOOKER
    run Looker()
#endif
  }
}
