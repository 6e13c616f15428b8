/*
 * A space's own life: open (create or join) and leave (and remove) under the creation byte of the liveness file.
 *
 * N processes open the space, may leave a region behind or take it away, and leave; each does so ROUNDS times. A reaper
 * kills up to CRASHES of them at any step. Files are counted: `path` is the inode that the name `live` stands for,
 * 0 when it has none; a kernel lock belongs to an inode, not to a name.
 *
 * Checked: all living members share one liveness file and one control segment, both still the ones that the names stand
 * for; a segment is only made where none is; when all have left, nothing remains without a region.
 */
#ifndef N
#define N 2
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif
#ifndef DEFECT
#define DEFECT 0
#endif

#define FILES (N * ROUNDS + 2)

bool directory = false;
byte path = 0;                      /* inode that `live` names */
byte files = 0;                     /* inodes made so far */
byte creation[FILES];               /* creation byte, by inode: process + 1 */
byte segment = 0;                   /* the control segment: which one, 0 when there is none */
byte segments = 0;
bool ready = false;
bool region = false;                /* a region slot of the segment is not FREE */
bool word[N];                       /* participant words of the segment */

byte locked[N];                     /* inode on which process i holds its participant byte */
byte member[N];                     /* ghost: the segment it is joined to */
bool killed[N];
bool done[N];
byte crashes = 0;

#define OTHER_LOCKED(f) ((me != 0 && locked[0] == f) || (me != 1 && locked[1] == f) || (me != N - 1 && locked[N - 1] == f))
#define ANY_LOCKED(f) (locked[0] == f || locked[1] == f || locked[N - 1] == f)

inline make_segment() {
  atomic {
    assert(segment == 0);                                  /* O_EXCL */
    segments++; segment = segments; ready = false; region = false; word[0] = false; word[1] = false; word[N - 1] = false
  };
  ready = true
}

inline open_space() {
  do
  :: directory = true;
     if
     :: atomic { !directory -> skip }                      /* removed since: start again */
     :: atomic { directory && path != 0 -> file = path }
     :: atomic { directory && path == 0 -> files++; path = files; file = path }
     fi;
     if
     :: file == 0
     :: file != 0 ->
        atomic { creation[file] == 0 -> creation[file] = me + 1 };
#if DEFECT == 1
        break
#else
        if
        :: path == file -> break
        :: else -> creation[file] = 0; file = 0            /* `live` was unlinked meanwhile */
        fi
#endif
     fi
  od;
  if
  :: segment == 0 -> assert(!ANY_LOCKED(file)); make_segment()
  :: segment != 0 && !ready -> segment = 0; make_segment()
  :: segment != 0 && ready
  fi;
  locked[me] = file;
  if
  :: word[me] -> word[me] = false                          /* recover whoever had the slot */
  :: else
  fi;
  word[me] = true;
  member[me] = segment;
  creation[file] = 0
}

inline check_member() {
  assert(segment == member[me] && path == file && ready && directory)
}

inline leave_space() {
  atomic { creation[file] == 0 -> creation[file] = me + 1 };
  if
  :: atomic { OTHER_LOCKED(file) -> alone = false }
  :: atomic { else -> alone = true }
  fi;
  if
  :: alone -> atomic { word[0] = false; word[1] = false; word[N - 1] = false }   /* recover every slot that is not FREE */
  :: else
  fi;
  member[me] = 0;
  word[me] = false;
  locked[me] = 0;
#if DEFECT == 2
  creation[file] = 0;                                      /* unlocks before it removes */
#endif
  if
  :: alone && !region ->
#if DEFECT == 3
     path = 0;                                             /* the liveness file first */
     segment = 0;
#else
     segment = 0;
     path = 0;
#endif
     if
     :: atomic { path == 0 -> directory = false }          /* rmdir refuses a directory that is not empty */
     :: atomic { else -> skip }
     fi
  :: else
  fi;
#if DEFECT != 2
  creation[file] = 0;
#endif
  file = 0; alone = false
}

proctype Process(byte me) {
  byte file, round;
  bool alone;
  {
    do
    :: round < ROUNDS ->
       round++;
       open_space();
       check_member();
       if
       :: region = true
       :: region = false
       :: skip
       fi;
       check_member();
       leave_space()
    :: round == ROUNDS -> break
    od;
    atomic { done[me] = true; round = 0 }
  } unless {
    atomic { killed[me] -> file = 0; round = 0; alone = false; done[me] = true }
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
       crashes++; killed[v] = true; locked[v] = 0; member[v] = 0;
       j = 0;
       do
       :: j < FILES -> if :: creation[j] == v + 1 -> creation[j] = 0 :: else fi; j++
       :: j == FILES -> break
       od;
       j = 0;
       v = 0
     }
  od
}

/* One more comes and goes: what the dead left behind must not keep it out, nor stay. */
proctype Last() {
  byte me = 0;
  byte file;
  bool alone;
  atomic { done[0] && done[1] && done[N - 1] -> skip };
  open_space();
  check_member();
  leave_space();
  assert(region || (segment == 0 && path == 0 && !directory));
  assert(!region || (segment != 0 && path != 0 && directory && ready))
}

init {
  atomic {
    byte k = 0;
    do
    :: k < N -> run Process(k); k++
    :: k == N -> break
    od;
    run Reaper(); run Last()
  }
}
