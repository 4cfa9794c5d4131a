/* Shared memory of System V. */
#include "probe.h"
#include <sys/shm.h>

static struct shmid_ds record;

static int make(size_t bytes, int flags) {
  return shmget(IPC_PRIVATE, bytes, IPC_CREAT | flags);
}
static void say_segment(const char *name, int id) {
  SAY(RAW(SYS_shmctl, id, IPC_STAT, &record), " %s", name);
  say("size %zu attached %lu mode %o key %d", record.shm_segsz, record.shm_nattch,
      record.shm_perm.mode, record.shm_perm.__key);
  say("maker %d last %d times %d %d %d", record.shm_cpid == getpid(), record.shm_lpid == getpid(),
      record.shm_atime != 0, record.shm_dtime != 0, record.shm_ctime != 0);
}
static void say_attached(const char *name, int id, void *at, int flags) {
  long start = RAW(SYS_shmat, id, at, flags);
  say("%s %s", name, start > 0 && start < 1L << 47 ? "attached" : result_of(start));
  if (start > 0 && start < 1L << 47) RAW(SYS_shmdt, start);
}

CASE(segment_life) {
  int id = make(5000, 0640);
  say_segment("new", id);
  char *memory = shmat(id, NULL, 0);
  memory[8191] = 7;
  say_segment("attached", id);
  char *again = shmat(id, NULL, SHM_RDONLY);
  say("%d", again[8191]);
  SAY(RAW(SYS_mprotect, again, 4096, PROT_READ | PROT_WRITE), "");
  say_segment("twice", id);
  SAY(RAW(SYS_shmdt, again), "");
  SAY(RAW(SYS_shmdt, again), "");
  SAY(RAW(SYS_shmctl, id, IPC_RMID, NULL), "");
  say_segment("removed", id);
  SAY(RAW(SYS_shmctl, id, IPC_RMID, NULL), "");
  again = shmat(id, NULL, 0);
  say("%d", again[8191]);
  SAY(RAW(SYS_shmdt, again), "");
  SAY(RAW(SYS_shmdt, memory), "");
  SAY(RAW(SYS_shmctl, id, IPC_STAT, &record), "");
}
CASE(segment_keys) {
  key_t key = own_key();
  SAY(RAW(SYS_shmget, key, 100, 0600), "");
  int id = shmget(key, 100, IPC_CREAT | 0600);
  say("%d", id >= 0);
  SAY(RAW(SYS_shmget, key, 100, IPC_CREAT | IPC_EXCL | 0600), "");
  SAY(RAW(SYS_shmget, key, 101, 0), "");
  say("%d", shmget(key, 0, 0) == id);
  say("%d", shmget(key, 100, IPC_CREAT) == id);
  SAY(RAW(SYS_shmget, key, 100, 07), "");
  SAY(RAW(SYS_shmget, IPC_PRIVATE, 0, IPC_CREAT), "");
  SAY(RAW(SYS_shmget, IPC_PRIVATE, -1L, IPC_CREAT), "");
  SAY(RAW(SYS_shmctl, id, IPC_RMID, NULL), "");
  SAY(RAW(SYS_shmget, key, 100, 0600), "");
}
CASE(segment_places) {
  int id = make(8192, 0600);
  char *there = mmap(NULL, 4 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  say_attached("taken", id, there, 0);
  say_attached("taken again", id, there, SHM_REMAP);
  say_attached("crooked", id, there + 1, SHM_REMAP);
  say_attached("rounded", id, there + 4095, SHM_REMAP | SHM_RND);
  say_attached("free", id, there, 0);
  say_attached("nowhere", id, NULL, SHM_REMAP);
  say_attached("no segment", id + 1000, NULL, 0);
  say_attached("negative", -1, NULL, 0);
  RAW(SYS_shmctl, id, IPC_RMID, NULL);
  int closed = make(4096, 0200);
  say_attached("not readable", closed, NULL, 0);
  SAY(RAW(SYS_shmctl, closed, IPC_STAT, &record), "");
  record.shm_perm.mode = 0400;
  SAY(RAW(SYS_shmctl, closed, IPC_SET, &record), "");
  say_attached("not writable", closed, NULL, 0);
  say_attached("only read", closed, NULL, SHM_RDONLY);
  say_attached("executed", closed, NULL, SHM_RDONLY | SHM_EXEC);
  SAY(RAW(SYS_shmctl, closed, IPC_STAT, 8), "");
  SAY(RAW(SYS_shmctl, closed, 77, &record), "");
  RAW(SYS_shmctl, closed, IPC_RMID, NULL);
}
CASE(segment_parts) {
  int id = make(4 * 4096, 0600);
  char *memory = shmat(id, NULL, 0);
  munmap(memory + 4096, 4096);
  say("%lu", (shmctl(id, IPC_STAT, &record), record.shm_nattch));
  SAY(RAW(SYS_shmdt, memory + 8192), "");
  SAY(RAW(SYS_shmdt, memory + 1), "");
  SAY(RAW(SYS_shmdt, memory), "");
  say_segment("detached", id);
  memory = shmat(id, NULL, 0);
  munmap(memory, 4096);
  SAY(RAW(SYS_shmdt, memory), "");
  say("%lu", (shmctl(id, IPC_STAT, &record), record.shm_nattch));
  RAW(SYS_shmctl, id, IPC_RMID, NULL);
}
CASE(segment_forked) {
  int id = make(4096, 0600);
  int *memory = shmat(id, NULL, 0);
  pid_t child = fork();
  if (child == 0) {
    say("%lu", (shmctl(id, IPC_STAT, &record), record.shm_nattch));
    memory[0] = 5;
    RAW(SYS_shmctl, id, IPC_RMID, NULL);
    _exit(0);
  }
  say_end("child", child);
  say("%d", memory[0]);
  say("%lu", (shmctl(id, IPC_STAT, &record), record.shm_nattch));
  SAY(RAW(SYS_shmdt, memory), "");
  SAY(RAW(SYS_shmctl, id, IPC_STAT, &record), "");
}
