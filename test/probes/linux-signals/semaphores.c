/* Semaphores of System V. */
#include "probe.h"
#include <sys/sem.h>

static int sets(int count) { return semget(IPC_PRIVATE, count, IPC_CREAT | 0600); }
static long operate(int id, int number, int change, int flags) {
  struct sembuf one = {number, change, flags};
  return RAW(SYS_semop, id, &one, 1);
}
static long in_time(int id, int change, long nanoseconds) {
  struct sembuf one = {0, change, 0};
  struct timespec time = {0, nanoseconds};
  return RAW(SYS_semtimedop, id, &one, 1, &time);
}
static void say_values(const char *name, int id) {
  unsigned short values[4] = {9, 9, 9, 9};
  SAY(RAW(SYS_semctl, id, 0, GETALL, values), " %s: %d %d %d", name, values[0], values[1],
      values[2]);
}
static void wait_until(int id, int number, int command) {
  while (semctl(id, number, command) <= 0) sleep_ms(1);
}

CASE(semaphore_values) {
  struct semid_ds record;
  int id = sets(3);
  say_values("new", id);
  SAY(RAW(SYS_semctl, id, 1, SETVAL, 7), "");
  say_values("set", id);
  SAY(RAW(SYS_semctl, id, 1, GETVAL), "");
  say("pid %d %d", semctl(id, 1, GETPID) == getpid(), semctl(id, 0, GETPID));
  SAY(RAW(SYS_semctl, id, 3, SETVAL, 7), "");
  SAY(RAW(SYS_semctl, id, -1, SETVAL, 7), "");
  SAY(RAW(SYS_semctl, id, 0, SETVAL, -1), "");
  SAY(RAW(SYS_semctl, id, 0, SETVAL, 32768), "");
  SAY(RAW(SYS_semctl, id + 999, 0, SETVAL, 32768), "");
  SAY(RAW(SYS_semctl, id, 3, GETVAL), "");
  SAY(RAW(SYS_semctl, -1, 0, GETVAL), "");
  SAY(RAW(SYS_semctl, id + 999, 0, GETVAL), "");
  SAY(RAW(SYS_semctl, id, 0, 99), "");
  unsigned short many[3] = {1, 2, 32767};
  SAY(RAW(SYS_semctl, id, 99, SETALL, many), "");
  say_values("all", id);
  many[1] = 32768;
  SAY(RAW(SYS_semctl, id, 0, SETALL, many), "");
  SAY(RAW(SYS_semctl, id, 0, SETALL, 8), "");
  SAY(RAW(SYS_semctl, id, 0, GETALL, 8), "");
  SAY(RAW(SYS_semctl, id, 0, IPC_STAT, &record), "");
  say("%lu of mode %o, changed %d operated %d", record.sem_nsems, record.sem_perm.mode,
      record.sem_ctime != 0, record.sem_otime != 0);
  operate(id, 0, -1, 0);
  semctl(id, 0, IPC_STAT, &record);
  say("operated %d", record.sem_otime != 0);
  SAY(RAW(SYS_semctl, id, 0, IPC_RMID), "");
  SAY(RAW(SYS_semctl, id, 0, IPC_RMID), "");
  SAY(operate(id, 0, 1, 0), "");
}
CASE(semaphore_keys) {
  key_t key = own_key();
  SAY(RAW(SYS_semget, key, 2, 0600), "");
  int id = semget(key, 2, IPC_CREAT | 0600);
  say("%d", id >= 0);
  SAY(RAW(SYS_semget, key, 2, IPC_CREAT | IPC_EXCL | 0600), "");
  SAY(RAW(SYS_semget, key, 3, 0), "");
  say("%d", semget(key, 0, 0) == id);
  say("%d", semget(key, 1, IPC_CREAT) == id);
  SAY(RAW(SYS_semget, key, 1, 07), "");
  SAY(RAW(SYS_semget, key, -1, 0), "");
  SAY(RAW(SYS_semget, key, 32001, 0), "");
  SAY(RAW(SYS_semget, IPC_PRIVATE, 0, IPC_CREAT), "");
  struct semid_ds record;
  semctl(id, 0, IPC_STAT, &record);
  say("key %d", record.sem_perm.__key == key);
  record.sem_perm.mode = 0400;
  SAY(RAW(SYS_semctl, id, 0, IPC_SET, &record), "");
  SAY(operate(id, 0, 1, 0), "");
  SAY(operate(id, 0, 0, 0), "");
  SAY(RAW(SYS_semctl, id, 0, SETVAL, 1), "");
  SAY(RAW(SYS_semctl, id, 0, GETVAL), "");
  record.sem_perm.mode = 0200;
  SAY(RAW(SYS_semctl, id, 0, IPC_SET, &record), "");
  SAY(RAW(SYS_semctl, id, 0, GETVAL), "");
  SAY(RAW(SYS_semctl, id, 0, IPC_STAT, &record), "");
  SAY(operate(id, 0, 1, 0), "");
  SAY(operate(id, 0, 0, IPC_NOWAIT), "");
  SAY(RAW(SYS_semctl, id, 0, IPC_SET, 8), "");
  record.sem_perm.uid = -1;
  SAY(RAW(SYS_semctl, id, 0, IPC_SET, &record), "");
  record.sem_perm.uid = getuid();
  record.sem_perm.gid = -1;
  SAY(RAW(SYS_semctl, id, 0, IPC_SET, &record), "");
  SAY(RAW(SYS_semctl, id, 0, IPC_RMID), "");
  SAY(RAW(SYS_semget, key, 2, 0600), "");
}
CASE(semaphore_operations) {
  int id = sets(2);
  SAY(operate(id, 0, 5, 0), "");
  SAY(operate(id, 0, -6, IPC_NOWAIT), "");
  SAY(operate(id, 0, 0, IPC_NOWAIT), "");
  SAY(operate(id, 0, 32767, 0), "");
  SAY(operate(id, 2, 1, 0), "");
  SAY(operate(id + 999, 0, 1, 0), "");
  SAY(operate(-1, 0, 1, 0), "");
  SAY(RAW(SYS_semop, id, 8, 1), "");
  SAY(RAW(SYS_semop, id, 8, 0), "");
  SAY(RAW(SYS_semop, id, 8, 501), "");
  struct sembuf both[3] = {{0, -5, 0}, {1, -1, IPC_NOWAIT}, {0, 1, 0}};
  SAY(RAW(SYS_semop, id, both, 3), "");
  say_values("none", id);
  both[1].sem_op = 1;
  SAY(RAW(SYS_semop, id, both, 3), "");
  say_values("all", id);
  struct sembuf twice[2] = {{1, 1, 0}, {1, -2, 0}};
  SAY(RAW(SYS_semop, id, twice, 2), "");
  say_values("twice", id);
  SAY(in_time(id, -9, 1000000), "");
  SAY(in_time(id, -9, -1), "");
  SAY(in_time(id, -9, 1000000000), "");
  SAY(RAW(SYS_semtimedop, id, both, 1, 8), "");
  SAY(RAW(SYS_semtimedop, id, 8, 1, 8), "");
  semctl(id, 0, IPC_RMID);
}
CASE(semaphore_undo) {
  int id = sets(2);
  semctl(id, 0, SETVAL, 3);
  pid_t child = fork();
  if (child == 0) {
    operate(id, 0, -2, SEM_UNDO);
    operate(id, 1, 4, SEM_UNDO);
    say_values("child", id);
    _exit(0);
  }
  waitpid(child, NULL, 0);
  say_values("undone", id);
  say("by the child %d", semctl(id, 0, GETPID) == child);
  child = fork();
  if (child == 0) {
    operate(id, 0, 5, SEM_UNDO);
    semctl(id, 0, SETVAL, 1);
    operate(id, 0, 1, SEM_UNDO);
    operate(id, 1, 1, SEM_UNDO);
    operate(id, 1, -1, 0);
    _exit(0);
  }
  waitpid(child, NULL, 0);
  say_values("forgotten", id);
  SAY(operate(id, 1, 32767, SEM_UNDO), "");
  SAY(operate(id, 1, -32767, 0), "");
  SAY(operate(id, 1, 2, SEM_UNDO), "");
  semctl(id, 0, IPC_RMID);
}
CASE(semaphore_waiting) {
  int id = sets(2);
  pid_t child = fork();
  if (child == 0) {
    struct sembuf both[2] = {{0, -3, 0}, {1, 0, 0}};
    say("child %s", result_of(RAW(SYS_semop, id, both, 2)));
    _exit(0);
  }
  wait_until(id, 0, GETNCNT);
  say("%d %d", semctl(id, 0, GETNCNT), semctl(id, 1, GETZCNT));
  operate(id, 0, 2, 0);
  semctl(id, 1, SETVAL, 1);
  say("%d %d", semctl(id, 0, GETNCNT), semctl(id, 1, GETZCNT));
  operate(id, 0, 2, 0);
  say("%d %d", semctl(id, 0, GETNCNT), semctl(id, 1, GETZCNT));
  say_values("before", id);
  semctl(id, 1, SETVAL, 0);
  waitpid(child, NULL, 0);
  say_values("after", id);
  child = fork();
  if (child == 0) {
    say("child %s", result_of(operate(id, 0, -9, 0)));
    _exit(0);
  }
  wait_until(id, 0, GETNCNT);
  long result = RAW(SYS_semctl, id, 0, IPC_RMID);
  waitpid(child, NULL, 0);
  SAY(result, "");
}
CASE(semaphore_order) {
  int id = sets(2);
  pid_t children[3];
  int takes[3] = {3, 1, 2};
  for (int n = 0; n < 3; n++) {
    children[n] = fork();
    if (children[n] == 0) {
      operate(id, 0, -takes[n], 0);
      operate(id, 1, 1, 0);
      _exit(n);
    }
    while (semctl(id, 0, GETNCNT) != n + 1) sleep_ms(1);
  }
  int status;
  operate(id, 0, 2, 0);
  waitpid(children[1], &status, 0);
  say_values("the second", id);
  operate(id, 0, 1, 0);
  waitpid(children[2], &status, 0);
  say_values("the third", id);
  operate(id, 0, 3, 0);
  waitpid(children[0], &status, 0);
  say_values("the first", id);
  semctl(id, 0, IPC_RMID);
}
CASE(semaphore_signals) {
  int id = sets(1);
  on(SIGUSR1, note, SA_RESTART);
  send_asleep(SIGUSR1);
  SAY(operate(id, 0, -1, 0), " seen %d", seen);
  SAY(operate(id, 0, 0, 0), " none left %d", semctl(id, 0, GETNCNT));
  semctl(id, 0, IPC_RMID);
}
CASE(semaphore_information) {
  struct seminfo info;
  union {
    int number;
    struct seminfo *info;
  } argument = {.info = &info};
  int id = sets(3);
  say("%d", semctl(id, 0, IPC_INFO, argument) >= 0);
  say("%d %d %d %d", info.semmsl, info.semmni, info.semopm, info.semvmx);
  say("%d %d %d", info.semmns, info.semaem, info.semume);
  semctl(id, 0, IPC_RMID);
}
