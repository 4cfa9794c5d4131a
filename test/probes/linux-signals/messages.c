/* Message queues of System V. */
#include "probe.h"
#include <sys/msg.h>

static struct {
  long type;
  char text[9000];
} message;
static struct msqid_ds record;

static int queue(void) { return msgget(IPC_PRIVATE, IPC_CREAT | 0600); }
static long put(int id, long type, const char *text, int flags) {
  message.type = type;
  strcpy(message.text, text);
  return RAW(SYS_msgsnd, id, &message, strlen(text), flags);
}
static void take(int id, size_t room, long type, int flags) {
  memset(&message, 0, sizeof message);
  SAY(RAW(SYS_msgrcv, id, &message, room, type, flags), " %ld %s", message.type, message.text);
}
static void say_queue(const char *name, int id) {
  SAY(RAW(SYS_msgctl, id, IPC_STAT, &record), " %s", name);
  say("%lu messages %lu bytes of %lu mode %o", record.msg_qnum, record.msg_cbytes,
      record.msg_qbytes, record.msg_perm.mode);
  say("sender %d receiver %d times %d %d %d", record.msg_lspid == getpid(),
      record.msg_lrpid == getpid(), record.msg_stime != 0, record.msg_rtime != 0,
      record.msg_ctime != 0);
}

CASE(message_types) {
  int id = queue();
  say_queue("new", id);
  SAY(put(id, 3, "three", 0), "");
  SAY(put(id, 1, "one", 0), "");
  SAY(put(id, 2, "two", 0), "");
  SAY(put(id, 1, "one again", 0), "");
  SAY(put(id, 5, "", 0), "");
  say_queue("filled", id);
  take(id, 100, 2, 0);
  take(id, 100, -2, 0);
  take(id, 100, -9, 0);
  take(id, 100, 3, MSG_EXCEPT);
  take(id, 2, 0, 0);
  take(id, 2, 0, MSG_NOERROR);
  take(id, 100, 0, IPC_NOWAIT);
  take(id, 100, 4, IPC_NOWAIT);
  say_queue("empty", id);
  SAY(RAW(SYS_msgctl, id, IPC_RMID, NULL), "");
  SAY(RAW(SYS_msgctl, id, IPC_RMID, NULL), "");
}
CASE(message_errors) {
  int id = queue();
  SAY(put(id, 0, "x", 0), "");
  SAY(put(id, -1, "x", 0), "");
  SAY(put(-1, 1, "x", 0), "");
  SAY(put(id + 999, 1, "x", 0), "");
  message.type = 1;
  SAY(RAW(SYS_msgsnd, id, &message, 8193, 0), "");
  SAY(RAW(SYS_msgsnd, id, &message, -1L, 0), "");
  SAY(RAW(SYS_msgsnd, id, 8, 1, 0), "");
  SAY(RAW(SYS_msgsnd, id + 999, 8, 1, 0), "");
  take(id, -1, 0, IPC_NOWAIT);
  take(-1, 1, 0, IPC_NOWAIT);
  take(id + 999, 1, 0, IPC_NOWAIT);
  SAY(put(id, 1, "lost", 0), "");
  SAY(RAW(SYS_msgrcv, id, 8, 10, 0, IPC_NOWAIT), "");
  take(id, 10, 0, IPC_NOWAIT);
  SAY(RAW(SYS_msgctl, id, 99, NULL), "");
  SAY(RAW(SYS_msgctl, -1, IPC_STAT, NULL), "");
  SAY(RAW(SYS_msgctl, id, IPC_STAT, 8), "");
  SAY(RAW(SYS_msgctl, id, IPC_SET, 8), "");
  msgctl(id, IPC_RMID, NULL);
}
CASE(message_keys) {
  key_t key = own_key();
  SAY(RAW(SYS_msgget, key, 0600), "");
  int id = msgget(key, IPC_CREAT | 0600);
  say("%d", id >= 0);
  SAY(RAW(SYS_msgget, key, IPC_CREAT | IPC_EXCL | 0600), "");
  say("%d", msgget(key, 0) == id);
  SAY(RAW(SYS_msgget, key, 07), "");
  msgctl(id, IPC_STAT, &record);
  record.msg_perm.mode = 0400;
  record.msg_qbytes = 100;
  SAY(RAW(SYS_msgctl, id, IPC_SET, &record), "");
  SAY(put(id, 1, "x", 0), "");
  take(id, 1, 0, IPC_NOWAIT);
  record.msg_perm.mode = 0200;
  SAY(RAW(SYS_msgctl, id, IPC_SET, &record), "");
  take(id, 1, 0, IPC_NOWAIT);
  SAY(RAW(SYS_msgctl, id, IPC_STAT, &record), "");
  record.msg_qbytes = 16385;
  SAY(RAW(SYS_msgctl, id, IPC_SET, &record), "");
  record.msg_perm.uid = -1;
  SAY(RAW(SYS_msgctl, id, IPC_SET, &record), "");
  record.msg_qbytes = 0;
  SAY(RAW(SYS_msgctl, id, IPC_SET, &record), "");
  SAY(RAW(SYS_msgctl, id, IPC_RMID, NULL), "");
  SAY(RAW(SYS_msgget, key, 0600), "");
}
CASE(message_room) {
  int id = queue();
  message.type = 1;
  SAY(RAW(SYS_msgsnd, id, &message, 8192, IPC_NOWAIT), "");
  SAY(RAW(SYS_msgsnd, id, &message, 8192, IPC_NOWAIT), "");
  SAY(RAW(SYS_msgsnd, id, &message, 1, IPC_NOWAIT), "");
  SAY(RAW(SYS_msgsnd, id, &message, 0, IPC_NOWAIT), "");
  pid_t child = fork();
  if (child == 0) {
    say("child %s", result_of(put(id, 7, "late", 0)));
    _exit(0);
  }
  wait_asleep(child);
  message.type = 0;
  long result = RAW(SYS_msgrcv, id, &message, sizeof message.text, 0, 0);
  waitpid(child, NULL, 0);
  SAY(result, "");
  take(id, 10, 7, 0);
  msgctl(id, IPC_RMID, NULL);
}
CASE(message_waiting) {
  int id = queue();
  pid_t child = fork();
  if (child == 0) {
    take(id, 100, 4, 0);
    take(id, 1, 9, 0);
    take(id, 100, 5, 0);
    _exit(0);
  }
  wait_asleep(child);
  SAY(put(id, 3, "not this", 0), "");
  put(id, 4, "this", 0);
  wait_asleep(child);
  say_queue("one left", id);
  take(id, 100, 3, 0);
  long result = put(id, 9, "too long", 0);
  wait_asleep(child);
  SAY(result, "");
  take(id, 100, 9, 0);
  result = RAW(SYS_msgctl, id, IPC_RMID, NULL);
  waitpid(child, NULL, 0);
  SAY(result, "");
}
CASE(message_signals) {
  int id = queue();
  on(SIGUSR1, note, SA_RESTART);
  send_asleep(SIGUSR1);
  SAY(RAW(SYS_msgrcv, id, &message, 10, 0, 0), " seen %d", seen);
  SAY(put(id, 1, "x", 0), "");
  say_queue("kept", id);
  struct msginfo info;
  say("%d", msgctl(id, IPC_INFO, (void *)&info) >= 0);
  say("%d %d %d %d", info.msgmax, info.msgmnb, info.msgmni, info.msgseg);
  say("%d %d %d", info.msgpool, info.msgmap, info.msgssz);
  msgctl(id, IPC_RMID, NULL);
}
