/*
 * The catalog: names, sums, and the making and undoing of regions, with two region slots and one name.
 *
 * N participants create a region of that name, let it go, or look whether it can be given back. A reaper kills up
 * to CRASHES of them at any step; the kernel then drops the catalog lock and the liveness byte. At the end one
 * more participant sweeps and enters the section once; then names, sums, objects and slots must agree.
 *
 * Checked besides: inside the section the sum is right once the dirty word was honoured; no two regions that can
 * be held carry one name. Holds are one word a slot here; their own protocol is ledger.pml.
 */
#ifndef N
#define N 2
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef ROUNDS
#define ROUNDS 1
#endif
#ifndef DEFECT
#define DEFECT 0
#endif

#define R 2
#define FREE 0
#define CREATING 1
#define LIVE 2
#define RECLAIMING 3
#define NAMED(s) ((state[s] == LIVE || state[s] == RECLAIMING) && !retired[s])

byte state[R];
bool retired[R];
byte actor[R];
byte holder[R];                     /* the row: slot + 1 of who holds */
bool name[R];                       /* the name word */
bool object[R];
byte used = 0;                      /* regions in use, the sum */

byte catalog = 0;                   /* kernel lock: process + 1 */
byte dirty = 0;                     /* the word `actor` of the catalog */

byte locked[N + 1];
bool joined[N + 1];
bool killed[N + 1];
bool done[N];
byte crashes = 0;

inline count_used() {
  used = (state[0] != FREE) + (state[1] != FREE)
}

inline enter() {
  atomic { catalog == 0 -> catalog = me + 1 };
#if DEFECT != 1
  if
  :: dirty != 0 -> count_used()                            /* its participant died inside */
  :: else
  fi;
#endif
  dirty = me + 1;
  assert(used == (state[0] != FREE) + (state[1] != FREE))
}

inline leave() {
  dirty = 0;
  catalog = 0
}

inline set_free(s) {
  enter();
  name[s] = false;
  atomic { assert(!object[s] && actor[s] == me + 1); state[s] = FREE; actor[s] = 0; retired[s] = false };
  used--;
  leave()
}

inline try_reclaim(s) {
  if
  :: atomic { state[s] == LIVE && holder[s] == 0 -> state[s] = RECLAIMING; actor[s] = me + 1 };
     finish_reclaim(s)
  :: atomic { else -> skip }
  fi
}

inline finish_reclaim(s) {
  if
  :: atomic { holder[s] == 0 -> retired[s] = true };
     object[s] = false;
     set_free(s)
  :: atomic { else -> state[s] = LIVE; actor[s] = 0 }
  fi
}

inline undo(s) {
#if DEFECT != 3
  object[s] = false;
#endif
  holder[s] = 0;
  enter();
  name[s] = false;
  atomic { assert(actor[s] == me + 1); state[s] = FREE; actor[s] = 0 };
  used--;
  leave()
}

/* One hold that may come at any time between the two looks at the row; ledger.pml shows why that is enough. */
inline hold_and_release(s) {
  if
  :: atomic { state[s] == LIVE && !retired[s] && holder[s] == 0 -> holder[s] = me + 1 };
     holder[s] = 0;
     try_reclaim(s)
  :: atomic { else -> skip }
  fi
}

inline take(s) {
  name[s] = true;
  atomic { assert(state[s] == FREE); state[s] = CREATING; actor[s] = me + 1; retired[s] = false };
  used++;
  leave();
  if
  :: atomic { object[s] = true; holder[s] = me + 1 };
     atomic { state[s] = LIVE; actor[s] = 0; assert(!(NAMED(0) && NAMED(1))) };
     holder[s] = 0;
     try_reclaim(s)
  :: undo(s)                                               /* no space for the object */
  fi
}

#if DEFECT == 2
#define TAKEN(s) (state[s] == CREATING || (state[s] == LIVE && !retired[s]))   /* a trial hides the name */
#else
#define TAKEN(s) (state[s] == CREATING || NAMED(s))
#endif

inline create() {
  enter();
  if
  :: TAKEN(0) || TAKEN(1) -> leave()
  :: !(TAKEN(0) || TAKEN(1)) && state[0] == FREE -> take(0)
  :: !(TAKEN(0) || TAKEN(1)) && state[0] != FREE && state[1] == FREE -> take(1)
  :: !(TAKEN(0) || TAKEN(1)) && state[0] != FREE && state[1] != FREE -> leave()
  fi
}

inline recover_slot(v, s) {
  if
  :: atomic { state[s] == CREATING && actor[s] == v + 1 -> actor[s] = me + 1 } -> undo(s)
  :: atomic { state[s] == RECLAIMING && actor[s] == v + 1 -> actor[s] = me + 1 } -> finish_reclaim(s)
  :: atomic { else -> skip }
  fi;
  if
  :: atomic { holder[s] == v + 1 -> holder[s] = 0 }
  :: atomic { else -> skip }
  fi;
  try_reclaim(s)
}

inline sweep() {
  p = 0;
  do
  :: p < N ->
     if
     :: atomic { p != me && joined[p] && locked[p] == 0 -> locked[p] = me + 1 } ->
        if
        :: joined[p] -> recover_slot(p, 0); recover_slot(p, 1); joined[p] = false
        :: else
        fi;
        locked[p] = 0
     :: atomic { else -> skip }
     fi;
     p++
  :: p == N -> break
  od;
  p = 0;
  try_reclaim(0);
  try_reclaim(1)
}

proctype Participant(byte me) {
  byte p, round;
  {
    do
    :: round < ROUNDS ->
       round++;
       if
       :: create()
       :: hold_and_release(0)
       :: sweep()
       fi
    :: round == ROUNDS -> break
    od;
    atomic { done[me] = true; round = 0 }
  } unless {
    atomic { killed[me] -> p = 0; round = 0; done[me] = true }
  }
}

proctype Reaper() {
  byte v, j;
end:
  do
  :: atomic {
       if
       :: crashes < CRASHES && !killed[0] && !done[0] -> v = 0
       :: crashes < CRASHES && !killed[1] && !done[1] -> v = 1
       :: crashes < CRASHES && !killed[N - 1] && !done[N - 1] -> v = N - 1
       fi;
       crashes++; killed[v] = true;
       j = 0;
       do
       :: j < N -> if :: locked[j] == v + 1 -> locked[j] = 0 :: else fi; j++
       :: j == N -> break
       od;
       if :: catalog == v + 1 -> catalog = 0 :: else fi;
       j = 0;
       v = 0
     }
  od
}

proctype Last() {
  byte me = N;
  byte p;
  atomic {
    p = 0;
    do
    :: p < N && done[p] -> p++
    :: p == N -> break
    od;
    p = 0
  };
  sweep();
  enter();
  leave();
  atomic {
    assert(state[0] == FREE && state[1] == FREE);
    assert(!object[0] && !object[1]);
    assert(holder[0] == 0 && holder[1] == 0);
    assert(used == 0 && dirty == 0 && catalog == 0)
  }
}

init {
  atomic {
    byte k = 0;
    do
    :: k < N -> locked[k] = k + 1; joined[k] = true; run Participant(k); k++
    :: k == N -> break
    od;
    run Reaper(); run Last()
  }
}
