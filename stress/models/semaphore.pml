/*
 * The semaphore: one cell a permit, acquire with giving back on shortage, best-waiter rule, withdraw, release, the dead.
 *
 * N contexts, each of a participant of its own, want A, B and C permits (the first, second and last) of PERMITS, ROUNDS
 * times; a reaper kills up to CRASHES of them at any step. The lower context is the better waiter. Every statement
 * outside atomic is one access to shared memory.
 *
 * Without CAPPED a sleep ends by a signal alone: a lost wake-up shows as a deadlock. With TIMEOUTS who waits may give
 * up. With STRICT nobody overtakes those who wait. With KEPT somebody else has one permit and keeps it; who then wants
 * more than there are (the last context: it must not stand before others) gives up when all others have ended.
 *
 * Checked: who is inside has its permits, in cells of its own; when all have ended, no cell names a living one.
 */
#ifndef N
#define N 3
#endif
#ifndef PERMITS
#define PERMITS 2
#endif
#ifndef A
#define A 1
#endif
#ifndef B
#define B 1
#endif
#ifndef C
#define C 2
#endif
#ifndef ROUNDS
#define ROUNDS 1
#endif
#ifndef CRASHES
#define CRASHES 0
#endif
#ifndef DEFECT
#define DEFECT 0
#endif

#define AMOUNT (me == 0 -> A : (me == 1 -> B : C))
#define ME (me + 1)
#define SOMEBODY 100                 /* has the kept permit */
#define DEAD(o) (o != 0 && o != SOMEBODY && killed[o - 1])
#ifdef KEPT
#define HOPELESS (AMOUNT == PERMITS && (me == 0 || done[0]) && (me == 1 || done[1]) && (me == N - 1 || done[N - 1]))
#endif

bool W = false;
byte cell[PERMITS];                  /* 0 or who has the permit */
bool waits[N];                       /* wait words */
bool signalled[N];                   /* park: bit 2 */

/* Ghosts. */
bool killed[N];
bool done[N];
byte crashes = 0;

/* best = the best waiter that seems to live, me included; N when there is none */
inline scan() {
  i = 0; best = N;
  do
  :: i < N ->
     if
     :: atomic { waits[i] -> best = i; i = N; break }
     :: atomic { !waits[i] || killed[i] -> i++ }
     fi
  :: i == N -> break
  od;
  i = 0
}

inline signal_best() {
  scan();
  if
  :: best < N && best != me -> signalled[best] = true
  :: else
  fi;
  best = 0
}

/* got = AMOUNT, or all given back */
inline try_once() {
  i = 0; got = 0;
  do
  :: i < PERMITS && got < AMOUNT ->
     if
     :: atomic { cell[i] == 0 || DEAD(cell[i]) -> cell[i] = ME; got++ }
     :: atomic { else -> skip }
     fi;
     i++
  :: else -> i = 0; break
  od;
  if
  :: got > 0 && got < AMOUNT -> put_back();
#if DEFECT == 1
     skip
#elif DEFECT == 2
     if
     :: waits[me]
     :: else -> if :: W -> signal_best() :: else fi
     fi
#else
     if
     :: W -> signal_best()
     :: else
     fi
#endif
  :: else
  fi
}

inline put_back() {
  i = 0; got = 0;
  do
  :: atomic { i < PERMITS && cell[i] == ME -> cell[i] = 0; i++ }
  :: atomic { i < PERMITS && cell[i] != ME -> i++ }           /* it knows which ones it has */
  :: i == PERMITS -> i = 0; break
  od
}

inline stop_waiting() {
  waits[me] = false;
#if DEFECT == 3
  skip
#elif DEFECT == 4
  if
  :: W -> signal_best()                                    /* only if W */
  :: else
  fi
#else
  signal_best()
#endif
}

inline acquire() {
  got = 0;
  if
#ifdef STRICT
  :: W
#endif
  :: true -> try_once()
  fi;
  if
  :: got < AMOUNT ->
#ifdef TIMEOUTS
     if
     :: hasty = true
     :: hasty = false
     fi;
#endif
     signalled[me] = false;
     waits[me] = true;
     do
     :: W = true;
        scan();
        if
        :: best == me -> best = 0; try_once()
        :: else -> best = 0
        fi;
        if
        :: got == AMOUNT || hasty -> break
        :: else
        fi;
        if
        :: atomic { signalled[me] -> signalled[me] = false }
#ifdef CAPPED
        :: true
#endif
#ifdef KEPT
        :: HOPELESS -> break
#endif
        fi
     od;
     hasty = false;
     stop_waiting()
  :: else
  fi
}

inline release() {
  put_back();
  if
  :: W ->
#if DEFECT == 5
     scan();
     W = false;                                            /* after looking */
#else
     W = false;
     scan();
#endif
     if
     :: best < N -> W = true; signalled[best] = true
     :: else
     fi;
     best = 0
  :: else
  fi
}

inline check_inside() {
  atomic {
    i = 0; best = 0;
    do
    :: i < PERMITS && cell[i] == ME -> best++; i++
    :: i < PERMITS && cell[i] != ME -> i++
    :: i == PERMITS -> i = 0; break
    od;
    assert(best == AMOUNT);
    best = 0
  }
}

proctype Context(byte me) {
  byte round, i, best, got;
  bool hasty;
  {
    do
    :: round < ROUNDS ->
       round++;
       acquire();
       if
       :: got == AMOUNT -> check_inside(); check_inside(); release()
       :: else
       fi
    :: round == ROUNDS -> break
    od;
    atomic { done[me] = true; round = 0 }
  } unless {
    atomic { killed[me] -> done[me] = true; round = 0; i = 0; best = 0; got = 0; hasty = false }
  }
}

/* Whoever recovers the dead and knows locks; it may die after each step. */
proctype Recoverer() {
  byte i, best;
  byte me = N;
end:
  do
  :: atomic { DEAD(cell[0]) -> cell[0] = 0 }; if :: signal_best() :: true fi
  :: atomic { DEAD(cell[PERMITS - 1]) -> cell[PERMITS - 1] = 0 }; if :: signal_best() :: true fi
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
       crashes++; killed[v] = true; v = 0
     }
  od
}

/* When all have ended, all permits are there again. */
proctype Last() {
  byte i;
  atomic {
    done[0] && done[1] && done[N - 1] ->
    do
    :: i < PERMITS -> assert(cell[i] == 0 || cell[i] == SOMEBODY || DEAD(cell[i])); i++
    :: i == PERMITS -> break
    od
  }
}

init {
  atomic {
    byte k = 0;
    do
    :: k < N -> run Context(k); k++
    :: k == N -> break
    od;
    k = 0;
#ifdef KEPT
    cell[PERMITS - 1] = SOMEBODY;
#endif
    run Last();
#if CRASHES > 0
    run Reaper(); run Recoverer()
#endif
  }
}
