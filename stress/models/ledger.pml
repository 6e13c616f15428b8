/*
 * The hold ledger of one region slot: create, hold, release, retire, force, reclaim, recover, sweep.
 *
 * N participants run ROUNDS operations each, chosen freely; a reaper kills up to CRASHES of them, at any
 * step of anything, recoveries included. A killed participant's slot is taken again while its LIVES last.
 * When all have ended, one more participant joins, sweeps once, and looks whether anything is left over.
 * Every statement outside atomic is one access to shared memory, or one system call.
 *
 * Beside the slot's state word stand the row (read bit by bit, the worst case), the participants' words and
 * liveness bytes, and the shared memory objects by generation. `believes` is what no process can see: the
 * generation a living participant thinks it holds.
 *
 * With PROMPT nothing may be left over even before the sweep (for runs without a crash, and trials without a bound).
 * Left out: the catalog section and its sums (catalog.pml), the control segment's own life (space.pml).
 */
#ifndef N
#define N 2
#endif
#ifndef ROUNDS
#define ROUNDS 1
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef LIVES
#define LIVES 1
#endif
#ifndef GENS
#define GENS 2
#endif
#ifndef TRIALS
#define TRIALS 2
#endif
#ifndef DEFECT
#define DEFECT 0
#endif

#define FREE 0
#define CREATING 1
#define LIVE 2
#define RECLAIMING 3

#define LAST N                      /* the participant that sweeps at the end */
#define THERE (state == LIVE || state == RECLAIMING)

/* The region slot: its state word, its row of bits, its entry. */
byte state = FREE;
byte gen = 0;
bool retired = false;
byte actor = 0;
bit row[N + 1];
bool counted = false;               /* reference-counted with grace 0; else manual, retired when its owner dies */
byte owner = 0;                     /* slot + 1 and life of the creator */
byte ownerLife = 0;
bool forced = false;

/* Participants and the kernel's part. */
bool joined[N + 1];                 /* the participant's word is LIVE */
byte life[N + 1];                   /* its generation */
byte locked[N + 1];                 /* liveness byte: the process that holds it, + 1 */
bool object[GENS + 1];              /* shared memory objects, by generation */

/* Ghosts. */
bool alive[N + 1];
bool killed[N];
byte lost[N];                       /* lives that ended before they had joined */
bool done[N];
byte believes[N + 1];
byte crashes = 0;

inline unbelieved(g) {
  assert(believes[0] != g && believes[1] != g && believes[N - 1] != g)
}

/* zero = no bit is set, read one after the other */
inline read_row() {
  i = 0; zero = true;
  do
  :: i < N && row[i] -> zero = false; break
  :: i < N && !row[i] -> i++
  :: i == N -> break
  od;
  i = 0
}

inline give_back(g) {
#if DEFECT != 1
  retired = true;                                          /* no way back to a state that can be held */
#endif
  if
  :: atomic { !forced -> unbelieved(g); object[g] = false }
  :: atomic { else -> object[g] = false }
  fi;
  atomic { assert(state == RECLAIMING && actor == me + 1 && gen == g); unbelieved(g);
           state = FREE; actor = 0; retired = false }
}

/* mine: the slot is RECLAIMING(me) already, taken over from a dead participant */
inline try_reclaim(g, mine) {
  trial = 0; zero = true;
  do
  :: if
     :: !(mine && trial == 0) ->
        read_row();
        if
        :: !zero -> break
        :: else
        fi;
        if
        :: atomic { state == LIVE && gen == g -> state = RECLAIMING; actor = me + 1 }
        :: atomic { else -> break }
        fi
     :: else
     fi;
#if DEFECT != 4
     read_row();
#endif
     if
     :: zero -> give_back(g); break
     :: else
     fi;
     atomic { assert(state == RECLAIMING && actor == me + 1); state = LIVE; actor = 0 };
#if DEFECT == 8
     break;
#endif
#ifdef PROMPT
     trial = 1                                             /* as often as it takes */
#else
     trial++;
     if
     :: trial == TRIALS -> break
     :: else
     fi
#endif
  od;
  trial = 0; zero = false
}

inline set_retired(g) {
#if DEFECT == 7
  if
  :: atomic { state == LIVE && gen == g -> retired = true }
  :: atomic { !(THERE && gen == g) -> skip }               /* waits while RECLAIMING, and asks not whose */
  fi
#else
  if
  :: atomic { THERE && gen == g -> retired = true }
  :: atomic { else -> skip }
  fi
#endif
}

inline undo() {
  object[gen] = false;
  atomic { assert(state == CREATING && actor == me + 1); unbelieved(gen); state = FREE; actor = 0 }
}

inline recover(v) {
  if
  :: joined[v] ->
#if DEFECT == 5
     joined[v] = false;
#endif
     if
     :: atomic { state == CREATING && actor == v + 1 -> actor = me + 1 } -> undo()
     :: atomic { state == RECLAIMING && actor == v + 1 -> actor = me + 1; rg = gen } -> try_reclaim(rg, true)
     :: atomic { else -> skip }
     fi;
     row[v] = 0;
     if
     :: atomic { THERE && !counted && owner == v + 1 && ownerLife == life[v] -> rg = gen } -> set_retired(rg)
     :: atomic { else -> skip }
     fi;
     if
     :: atomic { state == LIVE && (retired || counted) -> rg = gen } -> try_reclaim(rg, false)
     :: atomic { else -> skip }
     fi;
     rg = 0;
     joined[v] = false
  :: else
  fi
}

inline recover_if_dead(v) {
  if
#if DEFECT == 6
  :: atomic { locked[v] == 0 -> skip } -> recover(v)       /* looks at the byte, but does not take it */
#else
  :: atomic { locked[v] == 0 -> locked[v] = me + 1 } -> recover(v); locked[v] = 0
#endif
  :: atomic { else -> skip }
  fi
}

inline sweep() {
  p = 0;
  do
  :: p < N && p != me && joined[p] -> recover_if_dead(p); p++
  :: p < N && (p == me || !joined[p]) -> p++
  :: p == N -> break
  od;
  p = 0;
  if
  :: atomic { state == LIVE && (retired || counted) -> rg = gen } -> try_reclaim(rg, false); rg = 0
  :: atomic { else -> skip }
  fi
}

inline use_and_release(g) {
  atomic { assert(THERE && gen == g && (object[g] || forced)) };   /* open and map the object */
  atomic { assert(THERE && gen == g && (object[g] || forced)); believes[me] = 0 };
  row[me] = 0;
  if
  :: atomic { state == LIVE && gen == g && (retired || counted) -> skip } -> try_reclaim(g, false)
  :: atomic { else -> skip }
  fi
}

inline create() {
  if
  :: atomic { state == FREE && gen < GENS -> gen++; state = CREATING; actor = me + 1; retired = false; forced = false;
              owner = me + 1; ownerLife = life[me]; target = gen };
     if :: counted = true :: counted = false fi;           /* a part of the entry */
     object[target] = true;
#if DEFECT == 2
     atomic { state = LIVE; actor = 0; believes[me] = target };
     row[me] = 1;
#else
     row[me] = 1;
     atomic { assert(state == CREATING && actor == me + 1); state = LIVE; actor = 0; believes[me] = target };
#endif
     use_and_release(target)
  :: atomic { else -> skip }
  fi
}

inline hold(g) {
  do
#if DEFECT == 3
  :: if
     :: atomic { state == LIVE && !retired && gen == g -> skip } -> row[me] = 1; believes[me] = g; break
     :: atomic { else -> skip } -> break
     fi
#else
  :: row[me] = 1;
     if
     :: atomic { state == LIVE && !retired && gen == g -> believes[me] = g } -> break
     :: atomic { state == RECLAIMING && gen == g -> skip } ->
        row[me] = 0;
        if
        :: atomic { !(state == RECLAIMING && gen == g) -> skip }
        :: atomic { state == RECLAIMING && gen == g && locked[actor - 1] == 0 -> p = actor - 1 } ->
           recover_if_dead(p); p = 0
        fi
     :: atomic { else -> before = (state == LIVE && retired); rg = gen } ->
        row[me] = 0;
#if DEFECT == 10
        if                                                 /* trusts the state read before the bit was cleared */
        :: before -> try_reclaim(rg, false)
        :: else
        fi;
#elif DEFECT != 9
        if
        :: atomic { state == LIVE && (retired || counted) -> rg = gen } -> try_reclaim(rg, false)
        :: atomic { else -> skip }
        fi;
#endif
        before = false; rg = 0;
        break
     fi
#endif
  od;
  if
  :: believes[me] == g -> use_and_release(g)
  :: else
  fi
}

inline force(g) {
  if
  :: atomic { THERE && retired && gen == g -> forced = true } -> object[g] = false   /* looked at in the catalog section */
  :: atomic { else -> skip }
  fi
}

proctype Participant(byte me) {
  byte i, p, rg, trial, target, round;
  bool zero, before;
again:
  {
    atomic { locked[me] == 0 -> locked[me] = me + 1; alive[me] = true };
    recover(me);                                           /* whoever had the slot before died */
    atomic { life[me]++; joined[me] = true };
    do
    :: round < ROUNDS ->
       round++;
       if
       :: create()
       :: atomic { gen > 0 -> target = gen } -> hold(target)
       :: atomic { gen > 0 -> target = gen } -> set_retired(target); try_reclaim(target, false)
       :: atomic { gen > 0 -> target = gen } -> set_retired(target); force(target); try_reclaim(target, false)
#if CRASHES > 0
       :: sweep()
#endif
       :: skip
       fi;
       target = 0
    :: round == ROUNDS -> break
    od;
    atomic { done[me] = true; round = 0 }
  } unless {
    atomic {
      killed[me] ->
      killed[me] = false; i = 0; p = 0; rg = 0; trial = 0; target = 0; zero = false; before = false;
      if
      :: life[me] + lost[me] < LIVES -> goto again
      :: else -> done[me] = true; round = 0
      fi
    }
  }
}

/* kill -9: the kernel drops the victim's locks, everything else stays as it is */
proctype Reaper() {
  byte v, j;
end:
  do
  :: atomic {
       if
       :: crashes < CRASHES && alive[0] && !done[0] -> v = 0
       :: crashes < CRASHES && alive[1] && !done[1] -> v = 1
       :: crashes < CRASHES && alive[N - 1] && !done[N - 1] -> v = N - 1
       fi;
       crashes++; alive[v] = false; killed[v] = true; believes[v] = 0;
       if :: !joined[v] -> lost[v]++ :: else fi;
       j = 0;
       do
       :: j < N -> if :: locked[j] == v + 1 -> locked[j] = 0 :: else fi; j++
       :: j == N -> break
       od;
       j = 0;
       v = 0
     }
  od
}

/* Joins after all others have ended, sweeps once, and finds nothing left over. */
proctype Last() {
  byte me = N;
  byte i, p, rg, trial;
  bool zero;
  atomic {
    i = 0;
    do
    :: i < N && done[i] -> i++
    :: i == N -> break
    od;
    i = 0
  };
#ifdef PROMPT
  assert(!(state == LIVE && (retired || counted)));        /* without a crash nothing waits for the sweep */
#endif
  sweep();
  atomic {
    assert(state == FREE || state == LIVE);
    assert(actor == 0);
    assert(!(state == LIVE && (retired || counted)));      /* nobody holds: it must be reclaimed */
    i = 0;
    do
    :: i < N -> assert(!row[i]); assert(joined[i] == (locked[i] == i + 1)); i++
    :: i == N -> break
    od;
    i = 1;
    do
    :: i <= GENS -> assert(object[i] == (state == LIVE && gen == i)); i++
    :: i > GENS -> break
    od
  }
}

init {
  atomic {
    byte k = 0;
    do
    :: k < N -> run Participant(k); k++
    :: k == N -> break
    od;
    run Reaper(); run Last()
  }
}
