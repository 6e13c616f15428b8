/*
 * The mutex: acquire the word, withdraw, release, declare consistent, take over from the dead, recover.
 *
 * N contexts, each of a participant of its own, acquire and release ROUNDS times; a reaper kills up to CRASHES of them at
 * any step of anything; with LIVES=2 the context of a dead one is claimed by a new participant. Every statement outside
 * atomic is one access to shared memory. Who is best among the waiters is chosen freely, which stands for all priorities.
 *
 * Without CAPPED a sleep ends by a signal alone: a lost wake-up shows as a deadlock. With CRASHES it takes CAPPED.
 * With TIMEOUTS a waiter may be one that gives up, at any time (time-out, interrupt, cancel).
 *
 * Checked: one inside at a time; nobody owns without knowing; after a death inside the next ones are told until one
 * declares the data consistent, and nobody gets in once it was released without that; nobody inside meets a grant that
 * somebody dead left behind.
 */
#ifndef N
#define N 2
#endif
#ifndef ROUNDS
#define ROUNDS 1
#endif
#ifndef CRASHES
#define CRASHES 0
#endif
#ifndef LIVES
#define LIVES 1
#endif
#ifndef TRIALS
#define TRIALS 2
#endif
#ifndef DEFECT
#define DEFECT 0
#endif

#define FREE (owner == 0 && !lost)
#define DEAD(o) (o != 0 && (killed[CONTEXT(o)] || handle[CONTEXT(o)] != o))
#define CONTEXT(o) ((o - 1) % N)
#define ME (me + 1 + N * life)       /* an identity is never used twice */
#define CLAIMING 100

#define WAITS 1
#define GRANTED 2

mtype = { NOT_YET, MINE, GAVE_UP, LOST };

/* The word: owner 0 when free, W, D, and not recoverable. Each atomic below is one CAS on it. */
byte owner = 0;
bool W = false, D = false, lost = false;

byte waits[N];                       /* wait words */
bool signalled[N];                   /* park: bit 2; the futex around it is left out */
byte handle[N];                      /* bytes 0-7 of the context: whose it is, + CLAIMING while it is being claimed */

/* Ghosts. */
bool killed[N];
bool done[N];
byte inside = 0;                     /* identity of who is inside */
bool broken = false;                 /* somebody died inside, and nobody declared the data consistent since */
bool condemned = false;              /* released without that */
byte crashes = 0;

/* best = a waiter that seems to live, any; N when there is none */
inline scan() {
  best = N; i = 0;
  do
  :: i < N ->
     if
     :: atomic { waits[i] != 0 && i != me -> skip };
        atomic {
          if
          :: handle[i] != 0 && handle[i] < CLAIMING && best == N -> best = i; seen = handle[i]
          :: handle[i] != 0 && handle[i] < CLAIMING && best != N -> best = i; seen = handle[i]
          :: best != N || killed[i] || handle[i] == 0 || handle[i] >= CLAIMING   /* another is better, or it is known to be dead */
          fi
        }
     :: else
     fi;
     i++
  :: i == N -> i = 0; break
  od
}

inline signal_best() {
  scan();
  if
  :: best != N -> signalled[best] = true
  :: else
  fi
}

/* After a CAS that won a word with D: what a dead releaser granted and did not finish. */
inline take_back_grants() {
  i = 0;
  do
  :: i < N ->
     if
     :: atomic { waits[i] == GRANTED && i != me -> waits[i] = WAITS }; signalled[i] = true
     :: atomic { else -> skip }
     fi;
     i++
  :: i == N -> i = 0; break
  od
}

inline look() {
  if
  :: atomic { FREE ->
       owner = ME; got = MINE;
#if DEFECT == 3
       W = false                                           /* the taker of a free word drops W */
#endif
     }
  :: atomic { owner == ME -> got = MINE }
  :: atomic { lost -> got = LOST }
  :: atomic { !lost && DEAD(owner) && owner != ME ->
       owner = ME; got = MINE; W = true;
#if DEFECT != 7
       D = true
#endif
     }
  :: atomic { else -> W = true }
  fi
}

inline acquire() {
  got = NOT_YET;
  if
  :: atomic { FREE && !W && !D -> owner = ME; got = MINE }
  :: atomic { FREE && (W || D) -> owner = ME; got = MINE }  /* barging */
  :: atomic { lost -> got = LOST }
  :: atomic { !(FREE && !W && !D) -> skip }                /* not free, or strictly fair, or the CAS failed */
  fi;
  if
  :: got == NOT_YET ->
#ifdef TIMEOUTS
     if
     :: hasty = true
     :: hasty = false
     fi;
#endif
     signalled[me] = false;
     waits[me] = WAITS;
     do
     :: look();
        if
        :: got != NOT_YET -> break
        :: else
        fi;
        if
        :: hasty ->
           withdraw();
           if
           :: got != NOT_YET -> break
           :: else
           fi
        :: true
        fi;
        if
        :: atomic { signalled[me] -> signalled[me] = false }
#ifdef CAPPED
        :: true
#endif
        fi
     od;
     hasty = false;
     waits[me] = 0
  :: else
  fi;
  told = false;
  if
  :: got == MINE && D ->
     told = true;
#if DEFECT != 2
     take_back_grants()
#endif
  :: else
  fi
}

/* Fails when it was granted: the word will name me, or its giver is dead. */
inline withdraw() {
  if
#if DEFECT == 6
  :: atomic { waits[me] != 0 -> waits[me] = 0; got = GAVE_UP }
#else
  :: atomic { waits[me] == WAITS -> waits[me] = 0; got = GAVE_UP }
#endif
  :: atomic { else -> skip }
  fi;
  if
#if DEFECT == 1
  :: got == GAVE_UP && signalled[me] ->
#else
  :: got == GAVE_UP ->
#endif
     if
     :: atomic { !lost && (owner == 0 || DEAD(owner)) -> skip }; signal_best()
     :: atomic { else -> skip }
     fi
  :: else
  fi
}

inline release() {
  if
  :: D ->
     atomic { assert(owner == ME); owner = 0; lost = true; W = true; condemned = true };
     i = 0;
     do
     :: i < N && waits[i] != 0 -> signalled[i] = true; i++
     :: i < N && waits[i] == 0 -> i++
     :: i == N -> i = 0; break
     od
  :: else ->
     if
     :: atomic { !W -> assert(owner == ME); owner = 0 }
     :: atomic { else -> skip }; release_contended()
     fi
  fi
}

inline release_contended() {
  trial = 0; best = N;
  do
  :: trial < TRIALS ->
#if DEFECT != 5
     W = false;
#endif
     scan();
#if DEFECT == 5
     W = false;                                            /* after looking */
#endif
     if
     :: best == N ->
        if
        :: atomic { !W -> assert(owner == ME); owner = 0; trial = TRIALS + 1 }
        :: atomic { else -> trial = TRIALS }
        fi;
        break
     :: best != N ->                                       /* fair at has come, or it is strictly fair */
        if
        :: atomic { waits[best] == WAITS -> waits[best] = GRANTED };
#if DEFECT == 9
           seen = handle[best] % CLAIMING;
#endif
           atomic { assert(owner == ME); owner = seen; W = true };
           signalled[best] = true;
           trial = TRIALS + 1; break
        :: atomic { else -> trial++ }
        fi
     :: best != N -> trial = TRIALS; break                 /* not yet */
     fi
  :: else -> break
  od;
  if
  :: trial == TRIALS ->
#if DEFECT == 4
     scan();
     atomic { assert(owner == ME); owner = 0; W = true };
     if
     :: best != N -> signalled[best] = true
     :: else
     fi
#else
     atomic { assert(owner == ME); owner = 0; W = true };
     signal_best()
#endif
  :: else
  fi;
  trial = 0; best = N; seen = 0
}

inline enter() {
  atomic {
    assert(inside == 0 && owner == ME && !lost && !condemned);
    assert(!broken || told);
    i = 0;
    do
    :: i < N -> assert(waits[i] != GRANTED || killed[i]); i++
    :: i == N -> i = 0; break
    od;
    inside = ME
  }
}

inline claim() {
#if DEFECT == 8
  handle[me] = ME;
#else
  handle[me] = ME + CLAIMING;
#endif
  signalled[me] = false;
  waits[me] = 0;
  handle[me] = ME
}

proctype Context(byte me) {
  byte life, round, i, best, seen, trial;
  mtype got;
  bool hasty, told;
  do
  :: {
       claim();
       do
       :: round < ROUNDS ->
          round++;
          assert(owner != ME);
          acquire();
          if
          :: got == MINE ->
             enter();
             if
             :: told -> atomic { assert(owner == ME); D = false; broken = false }
             :: true
             fi;
             inside = 0;
             release()
          :: got == GAVE_UP -> assert(owner != ME)
          :: got == LOST -> assert(condemned)
          fi
       :: round == ROUNDS -> break
       od;
       atomic { done[me] = true; round = 0; got = 0; told = false; break }
     } unless {
       atomic {
         killed[me] ->
         round = 0; i = 0; best = 0; seen = 0; trial = 0; got = 0; hasty = false; told = false;
         if
         :: life + 1 < LIVES -> life++; killed[me] = false; handle[me] = handle[me] % CLAIMING
         :: else -> done[me] = true; break
         fi
       }
     }
  od
}

/* Whoever recovers the dead and knows locks; it may die after each step. */
proctype Recoverer() {
  byte i, best, seen;
  byte me = N;
end:
  do
  :: atomic { DEAD(owner) && !lost -> owner = 0; D = true; W = true };
     if
     :: signal_best()
     :: true
     fi;
     best = 0; seen = 0
  od
}

proctype Reaper() {
  byte v;
end:
  do
  :: atomic {
       if
       :: crashes < CRASHES && !killed[0] && !done[0] -> v = 0
       :: crashes < CRASHES && !killed[1] && !done[1] -> v = 1
       :: crashes < CRASHES && !killed[N - 1] && !done[N - 1] -> v = N - 1
       fi;
       crashes++; killed[v] = true;
       if
       :: inside != 0 && CONTEXT(inside) == v -> inside = 0; broken = true
       :: else
       fi;
       v = 0
     }
  od
}

/* When all have ended, no living context owns the word. */
proctype Last() {
  atomic { done[0] && done[1] && done[N - 1] -> assert(owner == 0 || DEAD(owner)) }
}

init {
  atomic {
    byte k = 0;
    do
    :: k < N -> run Context(k); k++
    :: k == N -> break
    od;
    k = 0;
    run Last();
#if CRASHES > 0
    run Reaper(); run Recoverer()
#endif
  }
}
