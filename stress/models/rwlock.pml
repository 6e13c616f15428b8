/*
 * The read-write lock: read, write, update, upgrade, downgrade, batch admission, draining, dead readers and writers,
 * and read-biased cells.
 *
 * N contexts, each of a participant of its own with a cell of its own, do ROUNDS operations each, chosen from what its
 * role (A, B, C for the first, second and last) allows; a reaper kills up to CRASHES of them at any step; with LIVES=2 a
 * new participant takes the dead one's slot, cell and context. With SHARED all but the last are threads of one
 * participant, which share its cell; nobody is killed then. Every statement outside atomic is one access to shared
 * memory. What mutex.pml searches is done here in one step: looking for the best waiter for the word.
 *
 * Without CAPPED a sleep ends by a signal alone: a lost wake-up shows as a deadlock. With TIMEOUTS who waits or drains
 * may give up. With INHERITED a writer died inside before all this. With BIASED a reader's cell stays set until a writer rings; each process has a reactor that answers.
 *
 * Checked: a writer is inside alone, at most one updates; nobody owns without knowing; nobody reads what a dead writer
 * left before somebody declared it consistent; when all have ended, no word and no cell names a living one, except
 * read-biased ones.
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
#define TRIALS 1
#endif
#ifndef DEFECT
#define DEFECT 0
#endif

/* Roles: sums of these. */
#define READS 1
#define WRITES 2
#define UPDATES 4
#ifndef A
#define A 7
#endif
#ifndef B
#define B 7
#endif
#ifndef C
#define C 7
#endif
#define ROLE (me == 0 -> A : (me == 1 -> B : C))
#define MAY(r) ((ROLE / r) % 2 == 1)

#define FREE (owner == 0 && !lost)
#define CONTEXT(o) ((o - 1) % N)
#define DEAD(o) (o != 0 && (killed[CONTEXT(o)] || handle[CONTEXT(o)] != o))
#define ME (me + 1 + N * life)       /* an identity is never used twice */
#define CLAIMING 100
#define ALIVE(k) (handle[k] != 0 && handle[k] < CLAIMING)
#define OPEN (!X && !D && !lost)     /* to readers */

#define EXCLUSIVE 1
#define UPDATE 2
#define READ 3
#define DRAIN 4
#define G 8                          /* added to the mode */
#define FOR_WORD(w) (w == EXCLUSIVE || w == UPDATE)

mtype = { NOT_YET, MINE, GAVE_UP, LOST, AGAIN, TOOK_OVER };

/* The word; each atomic below is one CAS on it. */
byte owner = 0;
bool W = false, X = false, D = false, lost = false;

byte cell[N];                        /* 0 or the handle of a participant that reads; only it writes there while it lives */
byte waits[N];                       /* wait words */
bool signalled[N];                   /* park: bit 2 */
byte handle[N];                      /* bytes 0-7 of the context: whose it is, + CLAIMING while it is being claimed */

#ifdef SHARED
#define PARTICIPANT (me < N - 1 -> 0 : me)
#define HANDLE (PARTICIPANT + 1)
/* One local word a process, and a lock. */
byte readers[N];
bool entered[N], entry[N];
#else
#define PARTICIPANT me
#define HANDLE ME
#endif

#ifdef BIASED
/* One local word a process. */
bool reads[N], biased[N], revoked[N], gate[N];
bool bell[N];                        /* its doorbell */
#endif

/* Ghosts. */
#define NOTHING 0
byte inside[N];                      /* NOTHING, READ, UPDATE, EXCLUSIVE */
bool killed[N];
bool done[N];
bool broken = false;                 /* a writer died inside, and nobody declared the data consistent since */
byte crashes = 0;

/* best = any waiter for the word that seems to live; N when there is none */
inline scan() {
  atomic {
    best = N;
    if
    :: FOR_WORD(waits[0] % G) && ALIVE(0) && me != 0 -> best = 0
    :: FOR_WORD(waits[1] % G) && ALIVE(1) && me != 1 -> best = 1
    :: FOR_WORD(waits[N - 1] % G) && ALIVE(N - 1) && me != N - 1 -> best = N - 1
    :: !((FOR_WORD(waits[0] % G) && ALIVE(0) && !killed[0] && me != 0)
      || (FOR_WORD(waits[1] % G) && ALIVE(1) && !killed[1] && me != 1)
      || (FOR_WORD(waits[N - 1] % G) && ALIVE(N - 1) && !killed[N - 1] && me != N - 1)) -> best = N
    fi;
    if
    :: best != N -> seen = handle[best]
    :: else
    fi
  }
}

inline signal_best() {
  scan();
  if
  :: best != N -> signalled[best] = true
  :: else
  fi;
  best = 0; seen = 0
}

/*
 * The owner's, while X still stands: who waits to read is inside from G on, and sets its cell before it takes G away. As
 * long as there is G, there is W in the word.
 */
inline admit_batch() {
  if
#if DEFECT == 11
  :: true ->
#else
  :: atomic { W -> skip };
#endif
     i = 0;
     do
     :: i < N ->
        if
        :: atomic { waits[i] == READ && i != me -> waits[i] = READ + G; admitted = true }
        :: atomic { else -> skip }
        fi;
        i++
     :: i == N -> i = 0; break
     od
  :: atomic { else -> skip }
  fi
}

/* After X went. */
inline signal_readers() {
  i = 0;
  do
  :: i < N ->
     if
     :: atomic { waits[i] % G == READ && i != me -> skip }; signalled[i] = true
     :: atomic { else -> skip }
     fi;
     i++
  :: i == N -> i = 0; break
  od
}

/* After a CAS that won a word with D: what a dead releaser granted and did not finish. */
inline take_back_grants() {
  i = 0;
  do
  :: i < N ->
     if
     :: atomic { FOR_WORD(waits[i] - G) && i != me -> waits[i] = waits[i] - G }; signalled[i] = true
     :: atomic { else -> skip }
     fi;
     i++
  :: i == N -> i = 0; break
  od
}

inline patience() {
#ifdef TIMEOUTS
  if
  :: hasty = true
  :: hasty = false
  fi
#else
  skip
#endif
}

inline sleep() {
  if
  :: atomic { signalled[me] -> signalled[me] = false }
#ifdef CAPPED
  :: true
#endif
  fi
}

inline acquire_word(mode) {
  got = NOT_YET;
  if
  :: atomic { FREE -> owner = ME; X = (mode == EXCLUSIVE); got = MINE }
  :: atomic { lost -> got = LOST }
  :: atomic { !(FREE && !W && !D) -> skip }
  fi;
  if
  :: got == NOT_YET ->
     patience();
     signalled[me] = false;
     waits[me] = mode;
     do
     :: if
        :: atomic { FREE -> owner = ME; X = (mode == EXCLUSIVE); got = MINE }
        :: atomic { owner == ME -> got = MINE }
        :: atomic { lost -> got = LOST }
        :: atomic { !lost && DEAD(owner) -> owner = ME; X = (mode == EXCLUSIVE); D = true; W = true; got = MINE }
        :: atomic { else -> W = true }
        fi;
        if
        :: got != NOT_YET -> break
        :: got == NOT_YET && hasty ->
           if
           :: atomic { waits[me] == mode -> waits[me] = 0; got = GAVE_UP }
           :: atomic { else -> skip }
           fi;
           if
           :: got == GAVE_UP ->
              if
              :: atomic { !lost && (owner == 0 || DEAD(owner)) -> skip }; signal_best()
              :: atomic { else -> skip }
              fi;
              break
           :: else
           fi
        :: got == NOT_YET
        fi;
        sleep()
     od;
     hasty = false;
     waits[me] = 0
  :: else
  fi;
  told = false;
  if
  :: got == MINE && D -> told = true; take_back_grants()
  :: else
  fi
}

/* X is mine: wait until nobody living is granted to read, and no living participant's cell is set. */
inline drain() {
  patience();
  signalled[me] = false;
  waits[me] = DRAIN;
  do
  :: i = 0;
#if DEFECT == 6
     look_at_cells();
     if
     :: i == N -> i = 0; look_at_grants()
     :: else
     fi;
#elif DEFECT == 2
     look_at_cells();
#else
     look_at_grants();
     if
     :: i == N -> i = 0; look_at_cells()
     :: else
     fi;
#endif
     if
     :: i == N -> i = 0; break
     :: i < N && hasty -> i = 0; got = GAVE_UP; break
     :: i < N -> i = 0
     fi;
     sleep()
  od;
  hasty = false;
  waits[me] = 0
}

/* i == N: there are none */
inline look_at_grants() {
  if
  :: atomic { W -> skip };
     do
     :: i < N ->
        if
        :: atomic { waits[i] == READ + G && ALIVE(i) && !killed[i] -> skip };
#ifdef BIASED
           bell[i] = true;
#endif
           break
        :: atomic { else -> skip }
        fi;
        i++
     :: i == N -> break
     od
  :: atomic { else -> i = N }
  fi
}

/* i == N: none is set */
inline look_at_cells() {
  do
  :: i < N ->
     if
     :: atomic { cell[i] == 0 -> skip }
     :: atomic { DEAD(cell[i]) -> cell[i] = 0 }
     :: atomic { cell[i] != 0 && !DEAD(cell[i]) -> skip };
#ifdef BIASED
        bell[i] = true;
#endif
        break
     fi;
     i++
  :: i == N -> break
  od
}

inline release_word() {
  if
  :: D -> atomic { assert(owner == ME); owner = 0; X = false; lost = true; W = true };
     i = 0;
     do
     :: i < N && waits[i] != 0 -> signalled[i] = true; i++
     :: i < N && waits[i] == 0 -> i++
     :: i == N -> i = 0; break
     od
  :: else ->
     exclusive = X;
     if
     :: exclusive -> admit_batch()
     :: else
     fi;
     if
     :: atomic { !W -> assert(owner == ME); owner = 0; X = false }
     :: atomic { else -> skip };
        release_contended();
#if DEFECT != 3
        admitted = exclusive                               /* and who came too late for the batch */
#endif
     fi;
     if
     :: admitted -> signal_readers()
     :: else
     fi;
     exclusive = false; admitted = false
  fi
}

inline release_contended() {
  trial = 0; best = N;
  do
  :: trial < TRIALS ->
     W = false;
     scan();
     if
     :: best == N ->
        i = 0;
#if DEFECT != 7
        do
        :: i < N && waits[i] != READ + G -> i++
        :: i < N && waits[i] == READ + G -> break          /* W stays as long as there is G */
        :: i == N -> break
        od;
#else
        i = N;
#endif
        if
        :: atomic { i == N && !W -> assert(owner == ME); owner = 0; X = false; trial = TRIALS + 1 }
        :: atomic { else -> trial = TRIALS }
        fi;
        i = 0;
        break
     :: best != N ->                                       /* fair at has come, or it is strictly fair */
        if
        :: atomic { waits[best] == EXCLUSIVE -> waits[best] = EXCLUSIVE + G };
           atomic { assert(owner == ME); owner = seen; W = true; X = true; trial = TRIALS + 1 };
           signalled[best] = true;
           break
        :: atomic { waits[best] == UPDATE -> waits[best] = UPDATE + G };
           atomic { assert(owner == ME); owner = seen; W = true; X = false; trial = TRIALS + 1 };
           signalled[best] = true;
           break
        :: atomic { else -> trial++ }
        fi
     :: best != N -> trial = TRIALS; break                 /* not yet */
     fi
  :: else -> break
  od;
  if
  :: trial == TRIALS ->
     atomic { assert(owner == ME); owner = 0; X = false; W = true };
     signal_best()
  :: else
  fi;
  trial = 0; best = 0; seen = 0
}

inline clear_x() {
  if
#if DEFECT == 10
  :: true -> admit_batch()
#else
  :: !D -> admit_batch()
  :: else
#endif
  fi;
  atomic { assert(owner == ME); X = false; admitted = false };
#if DEFECT != 4
  signal_readers()
#else
  skip
#endif
}

inline enter_word(as) {
  atomic {
    assert(owner == ME && !lost && (!broken || told));
    check_alone(as);
    inside[me] = as
  }
}

inline check_alone(as) {
  i = 0;
  do
  :: i < N ->
     assert(i == me || inside[i] == NOTHING || (as == READ && inside[i] != EXCLUSIVE) || (as == UPDATE && inside[i] == READ));
     i++
  :: i == N -> i = 0; break
  od
}

inline declare_consistent() {
  atomic { assert(owner == ME); D = false; broken = false };
  if
  :: !X ->
#if DEFECT != 5
     signal_readers()
#else
     skip
#endif
  :: else
  fi
}

inline repair_or_not() {
  if
  :: told -> declare_consistent(); told = false
  :: true
  fi
}

inline do_write() {
  acquire_word(EXCLUSIVE);
  if
  :: got == MINE -> write_inside()
  :: else
  fi
}

inline write_inside() {
  drain();
  if
  :: got == MINE ->
     enter_word(EXCLUSIVE);
     repair_or_not();
     if
     :: inside[me] = NOTHING
#ifdef DOWNGRADES
     :: !D -> atomic { inside[me] = READ; cell[me] = ME }
     :: inside[me] = UPDATE; clear_x()
#endif
     fi
  :: else
  fi;
  if
  :: inside[me] == UPDATE -> enter_word(UPDATE); inside[me] = NOTHING; release_word()
  :: inside[me] == READ ->
     release_word();
     atomic { check_alone(READ) };
     leave_as_reader()
  :: inside[me] == NOTHING -> release_word()
  fi
}

inline do_update() {
  acquire_word(UPDATE);
  if
  :: got == MINE ->
     enter_word(UPDATE);
     repair_or_not();
     if
     :: X = true;                                          /* upgrade */
        drain();
        if
        :: got == MINE ->
           enter_word(EXCLUSIVE);
           inside[me] = UPDATE
        :: got == GAVE_UP -> skip
        fi;
        clear_x();
        enter_word(UPDATE)
     :: true
     fi;
     inside[me] = NOTHING;
     release_word()
  :: else
  fi
}

#ifdef SHARED
#define LOCK_ENTRY atomic { !entry[PARTICIPANT] -> entry[PARTICIPANT] = true }
#define UNLOCK_ENTRY entry[PARTICIPANT] = false
#define COUNT entered[PARTICIPANT] = true; readers[PARTICIPANT]++
#else
#define LOCK_ENTRY skip
#define UNLOCK_ENTRY skip
#define COUNT skip
#endif

/* MINE: inside; TOOK_OVER: it owns the word instead, and was told */
inline enter_as_reader() {
  got = NOT_YET;
  patience();
  do
  :: try_enter();
     if
     :: got != NOT_YET -> break
     :: else -> wait_as_reader()
     fi;
     if
     :: got != NOT_YET -> break
     :: else
     fi
  od;
  hasty = false
}

inline try_enter() {
#ifdef SHARED
  if
  :: atomic { entered[PARTICIPANT] -> readers[PARTICIPANT]++ }; look_inside()
  :: atomic { !entered[PARTICIPANT] && !OPEN -> skip }
  :: atomic { !entered[PARTICIPANT] && OPEN -> skip };
     LOCK_ENTRY;
     if
     :: atomic { entered[PARTICIPANT] -> readers[PARTICIPANT]++ }; UNLOCK_ENTRY; look_inside()
     :: atomic { else -> skip }; enter_first(); UNLOCK_ENTRY
     fi
  fi
#else
  if
  :: atomic { !OPEN -> skip }                              /* look before touching the cell */
  :: atomic { OPEN -> skip }; enter_first()
  fi
#endif
}

/* counted: is it open still? */
inline look_inside() {
  if
  :: atomic { OPEN -> got = MINE }
  :: atomic { !OPEN -> skip }; leave_shared()
  fi
}

inline enter_first() {
  cell[PARTICIPANT] = HANDLE;
  if
  :: atomic { OPEN -> got = MINE; COUNT }
  :: atomic { !OPEN -> skip };
     cell[PARTICIPANT] = 0;
     if
     :: atomic { X && owner != 0 && !DEAD(owner) -> best = CONTEXT(owner) };
#if DEFECT != 1
        signalled[best] = true;
#endif
        best = 0
     :: atomic { else -> skip }
     fi
  fi
}

/* granted: inside; the cell first, then G goes */
inline enter_granted() {
#if DEFECT == 8
  waits[me] = 0;
#endif
  LOCK_ENTRY;
#ifdef SHARED
  if
  :: atomic { entered[PARTICIPANT] -> readers[PARTICIPANT]++ }
  :: atomic { else -> skip };
     cell[PARTICIPANT] = HANDLE;
     atomic { COUNT }
  fi;
#else
  cell[me] = ME;
#endif
  UNLOCK_ENTRY;
  waits[me] = 0;
  got = MINE
}

inline wait_as_reader() {
  signalled[me] = false;
  waits[me] = READ;
  do
  :: if
     :: atomic { waits[me] == READ + G -> skip }; enter_granted()
     :: atomic { else -> skip };
        if
        :: atomic { OPEN -> got = AGAIN }
        :: atomic { lost -> got = LOST }
        :: atomic { !lost && (DEAD(owner) || (owner == 0 && D)) -> owner = ME; X = true; D = true; W = true; got = TOOK_OVER }
        :: atomic { else -> W = true }
        fi
     fi;
     if
     :: got == AGAIN ->
        got = NOT_YET;
        if
        :: atomic { waits[me] == READ -> waits[me] = 0 }; break
        :: atomic { else -> skip }                         /* granted */
        fi
     :: got == TOOK_OVER -> waits[me] = 0; told = true; take_back_grants(); break
     :: got == LOST -> waits[me] = 0; break
     :: got == MINE -> break
     :: got == NOT_YET && hasty ->
        if
        :: atomic { waits[me] == READ -> waits[me] = 0; got = GAVE_UP }; break
        :: atomic { else -> skip }
        fi;
        sleep()
     :: got == NOT_YET -> sleep()
     fi
  od
}

inline clear_own_cell() {
  cell[PARTICIPANT] = 0;
  if
  :: atomic { X && owner != 0 && !DEAD(owner) -> best = CONTEXT(owner) }; signalled[best] = true; best = 0
  :: atomic { else -> skip }
  fi
}

inline leave_shared() {
#ifdef SHARED
  if
  :: atomic { readers[PARTICIPANT] == 1 -> readers[PARTICIPANT] = 0 };
     LOCK_ENTRY;
     if
#if DEFECT == 12
     :: atomic { entered[PARTICIPANT] -> entered[PARTICIPANT] = false }; clear_own_cell()
#else
     :: atomic { entered[PARTICIPANT] && readers[PARTICIPANT] == 0 -> entered[PARTICIPANT] = false }; clear_own_cell()
#endif
     :: atomic { else -> skip }
     fi;
     UNLOCK_ENTRY
  :: atomic { else -> readers[PARTICIPANT]-- }
  fi
#else
  skip
#endif
}

inline leave_as_reader() {
#ifdef BIASED
  if
  :: atomic { !revoked[me] -> reads[me] = false; biased[me] = true; inside[me] = NOTHING }
  :: atomic { revoked[me] && !gate[me] -> reads[me] = false; gate[me] = true; inside[me] = NOTHING };
     clear_own_cell();
     gate[me] = false
  fi
#elif defined(SHARED)
  inside[me] = NOTHING;
  leave_shared()
#else
  inside[me] = NOTHING;
  clear_own_cell()
#endif
}

inline do_read() {
#ifdef BIASED
  if
  :: atomic { biased[me] && !revoked[me] -> reads[me] = true; biased[me] = false; got = MINE; inside[me] = READ; check_alone(READ); assert(!broken) }
  :: atomic { !(biased[me] && !revoked[me]) && !gate[me] -> gate[me] = true; revoked[me] = false; got = NOT_YET }
  fi;
  if
  :: got == NOT_YET ->
     enter_as_reader();
     if
     :: got == MINE -> atomic { assert(!broken); check_alone(READ); inside[me] = READ; reads[me] = true; gate[me] = false }
     :: else -> gate[me] = false
     fi
  :: else
  fi;
#else
  enter_as_reader();
  if
  :: got == MINE -> atomic { assert(!broken); check_alone(READ); inside[me] = READ }
  :: else
  fi;
#endif
  if
  :: got == MINE -> leave_as_reader()
  :: got == TOOK_OVER -> got = MINE; write_inside()
  :: else
  fi
}

inline claim() {
  if
  :: life > 0 ->
     handle[me] = ME + CLAIMING;
     signalled[me] = false;
     waits[me] = 0
  :: else
  fi;
  handle[me] = ME
}

proctype Context(byte me) {
  byte life, round, i, best, seen, trial;
  mtype got;
  bool hasty, told, exclusive, admitted;
  do
  :: {
       claim();
       do
       :: round < ROUNDS ->
          round++;
          assert(owner != ME);
          if
          :: MAY(READS) -> do_read()
          :: MAY(WRITES) -> do_write()
          :: MAY(UPDATES) -> do_update()
          fi;
          got = 0; told = false
       :: round == ROUNDS -> break
       od;
       atomic { done[me] = true; round = 0; break }
     } unless {
       atomic {
         killed[me] ->
         round = 0; i = 0; best = 0; seen = 0; trial = 0; got = 0; hasty = false; told = false; exclusive = false; admitted = false;
         if
         :: life + 1 < LIVES -> life++; killed[me] = false; handle[me] = handle[me] % CLAIMING
         :: else -> done[me] = true; break
         fi
       }
     }
  od
}

#ifdef BIASED
proctype Reactor(byte me) {
  byte life, best;
  {
end:
    do
    :: atomic { bell[me] -> bell[me] = false };
       if
       :: atomic { biased[me] && !gate[me] -> biased[me] = false; gate[me] = true };
          clear_own_cell();
          gate[me] = false
       :: atomic { !(biased[me] && !gate[me]) -> 
#if DEFECT != 9
            revoked[me] = true
#endif
          }
       fi
    od
  } unless { killed[me] }
}
#endif

/* Whoever recovers the dead and knows locks; it may die after each step. */
proctype Recoverer() {
  byte best, seen;
  byte me = N;
end:
  do
  :: atomic { DEAD(owner) && !lost -> owner = 0; X = false; D = true; W = true };
     if
     :: signal_best()
     :: true
     fi
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
       broken = broken || inside[v] == EXCLUSIVE;
       inside[v] = NOTHING;
       v = 0
     }
  od
}

/* When all have ended, no living context owns the word or seems to read. */
proctype Last() {
  byte i;
  atomic {
    done[0] && done[1] && done[N - 1] ->
    assert(owner == 0 || DEAD(owner));
#ifndef BIASED
    do
    :: i < N -> assert(cell[i] == 0 || DEAD(cell[i])); i++
    :: i == N -> break
    od
#endif
  }
}

init {
  atomic {
    byte k = 0;
    do
    :: k < N ->
#ifdef SHARED
       handle[k] = k + 1;
#endif
       run Context(k);
#ifdef BIASED
       run Reactor(k);
#endif
       k++
    :: k == N -> break
    od;
    k = 0;
#ifdef INHERITED
    D = true; W = true; broken = true;
#endif
    run Last();
#if CRASHES > 0
    run Reaper(); run Recoverer()
#endif
  }
}
