/*
 * The condition: wait, signal, signal all, time-out, death. The mutex is taken in one step (mutex.pml has the rest).
 *
 * TAKERS contexts wait until there is an item and take it; one more makes ITEMS of them, and signals once for each, or
 * all. A sleep ends by a grant, or because the mutex is not recoverable: a cap only makes it look at these again. A reaper
 * kills up to CRASHES of them at any step; each death is noticed some time. With TIMEOUTS the first taker may give up waiting.
 *
 * Checked: nobody sleeps for ever beside an item, or for a mutex that nobody can get.
 */
#ifndef TAKERS
#define TAKERS 2
#endif
#ifndef ITEMS
#define ITEMS 1
#endif
#ifndef CRASHES
#define CRASHES 0
#endif
#ifndef DEFECT
#define DEFECT 0
#endif

#define N (TAKERS + 1)
#define MAKER TAKERS
#define ME (me + 1)
#define DEAD(o) (o != 0 && killed[o - 1])
#if DEFECT == 5
#define LIVE(k) true                 /* noticed, but not recovered yet */
#else
#define LIVE(k) !noticed[k]          /* its participant's word: not LIVE any more when a death is noticed */
#endif
#define SLEEPS(k) (waits[k] == WAITS && !killed[k])
#define WAITS 1
#define GRANTED 2

/* The mutex. */
byte owner = 0;
bool D = false, lost = false;

byte waits[N];                       /* wait words that stand for the condition */
byte items = 0;                      /* the data under the mutex */

/* Ghosts. */
bool killed[N];
bool noticed[N];
bool done[N];
byte crashes = 0;

inline lock() {
  if
  :: atomic { !lost && owner == 0 -> owner = ME }
  :: atomic { !lost && DEAD(owner) -> owner = ME; D = true }
  :: atomic { lost -> gone = true }
  fi;
  if
  :: !gone && D ->
     if
     :: D = false                                          /* declared consistent */
     :: atomic { owner = 0; lost = true }; gone = true     /* released without */
     fi
  :: else
  fi
}

inline unlock() {
  atomic { assert(owner == ME && !lost); owner = 0 }
}

/* As owner of the mutex; afterwards again, or gone. timedOut: nobody had signalled. */
inline await() {
#if DEFECT == 1
  unlock();
  waits[me] = WAITS;
#else
  waits[me] = WAITS;
  unlock();
#endif
  timedOut = false;
end:
  if
  :: atomic { waits[me] == GRANTED -> skip }
  :: atomic { lost -> skip }
#ifdef TIMEOUTS
  :: me == 0 ->
     if
#if DEFECT == 2
     :: waits[me] = 0; timedOut = true
#else
     :: atomic { waits[me] == WAITS -> waits[me] = 0; timedOut = true }
     :: atomic { waits[me] == GRANTED -> skip }            /* signalled after all */
#endif
     fi
#endif
  fi;
  waits[me] = 0;
  lock()
}

/* As owner: somebody who waits and seems to live. */
inline signal_one() {
  do
  :: i = N;
     atomic {
       if
       :: waits[0] == WAITS && LIVE(0) -> i = 0
       :: waits[1] == WAITS && LIVE(1) -> i = 1
       :: waits[TAKERS - 1] == WAITS && LIVE(TAKERS - 1) -> i = TAKERS - 1
       :: !((waits[0] == WAITS && !killed[0]) || (waits[1] == WAITS && !killed[1])
          || (waits[TAKERS - 1] == WAITS && !killed[TAKERS - 1]))
       fi
     };
     if
     :: i == N -> break
     :: atomic { i < N && waits[i] == WAITS -> waits[i] = GRANTED }; break
     :: atomic { i < N && waits[i] != WAITS -> skip };     /* it gave up: the next */
#if DEFECT == 3
        break
#endif
     fi
  od;
  i = 0
}

inline signal_all() {
  i = 0;
  do
  :: i < N ->
     if
     :: atomic { waits[i] == WAITS -> waits[i] = GRANTED }
     :: atomic { else -> skip }
     fi;
     i++
  :: i == N -> i = 0; break
  od
}

proctype Taker(byte me) {
  bool gone, timedOut;
  {
    lock();
    do
    :: gone -> break
    :: !gone && items == 0 ->
       await();
       if
       :: timedOut && !gone -> unlock(); break             /* as it was told: nobody signalled */
       :: else
       fi
    :: !gone && items > 0 -> items--; unlock(); break
    od;
    atomic { done[me] = true; gone = false; timedOut = false }
  } unless {
    atomic { killed[me] -> done[me] = true; gone = false; timedOut = false }
  }
}

proctype Maker(byte me) {
  byte made, i;
  bool gone;
  {
    do
    :: made < ITEMS && !gone ->
       made++;
       lock();
       if
       :: !gone ->
          items++;
          if
          :: signal_one()
          :: signal_all()
          fi;
          unlock()
       :: else
       fi
    :: else -> break
    od;
    atomic { done[me] = true; made = 0; gone = false }
  } unless {
    atomic { killed[me] -> done[me] = true; made = 0; i = 0; gone = false }
  }
}

/* What the living do about a death: wake everybody who waits for a condition that the dead one had open. */
proctype Noticer() {
  byte i, v;
end:
  do
  :: atomic {
       if
       :: killed[0] && !noticed[0] -> v = 0
       :: killed[1] && !noticed[1] -> v = 1
       :: killed[N - 1] && !noticed[N - 1] -> v = N - 1
       fi;
       noticed[v] = true
     };
#if DEFECT == 4
     if
     :: waits[v] != 0 -> signal_all()                      /* only when it waited itself */
     :: else
     fi;
#else
     signal_all();
#endif
     v = 0
  od
}

/* When nothing moves any more. */
proctype Last() {
end:
  timeout ->
  assert((items == 0 && !lost) || !(SLEEPS(0) || SLEEPS(1) || SLEEPS(TAKERS - 1)))
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

init {
  atomic {
    byte k = 0;
    do
    :: k < TAKERS -> run Taker(k); k++
    :: k == TAKERS -> break
    od;
    k = 0;
    run Maker(MAKER); run Last();
#if CRASHES > 0
    run Reaper(); run Noticer()
#endif
  }
}
