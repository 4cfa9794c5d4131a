/* Cases of signals, threads and processes: each runs in a process of its own and says what it saw. */
#define _GNU_SOURCE
#include "../asleep.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

struct probe_case {
  const char *name;
  void (*run)(void);
};

/* The linker puts them in a row. */
#define CASE(id)                                                                       \
  static void id(void);                                                                \
  static const struct probe_case id##_case                                             \
      __attribute__((used, section("cases"), aligned(8))) = {#id, id};                 \
  static void id(void)

/* Prints a line at once. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Prints what a call gave, and what is so after it. */
#define SAY(call, format, ...)                                                         \
  do {                                                                                 \
    long result_ = (call);                                                             \
    say("%s" format, result_of(result_), ##__VA_ARGS__);                               \
  } while (0)
/* The name of a negative errno, or the number. */
const char *result_of(long result);
/* A call with its own errno: negative on failure. */
#define RAW(...) raw(syscall(__VA_ARGS__))
long raw(long result);
/* Whose number it is: self, parent, child, 0 or other. */
const char *who(pid_t id);
extern pid_t last_child;

typedef void handler(int, siginfo_t *, void *);
/* Sets a handler; `flags` beside SA_SIGINFO. */
void on(int signal, handler *handle, int flags);
void on_masked(int signal, handler *handle, int flags, const sigset_t *mask);
void block(int signal);
void unblock(int signal);
int is_blocked(int signal);
int is_pending(int signal);
/* Waits for a child and says how it ended. */
void say_end(const char *what, pid_t child);
/* Forks a child that sends a signal to this process after some milliseconds. */
pid_t send_later(int signal, int milliseconds);
/* The same as soon as this process waits in a call. */
pid_t send_asleep(int signal);
/* A key of System V that no other run of the probe has. */
key_t own_key(void);
void sleep_ms(int milliseconds);
/* Two pages, the second of which cannot be accessed. */
char *fenced_page(void);

/* What the last handler saw. */
extern volatile sig_atomic_t seen;
extern volatile int seen_count;
extern siginfo_t seen_info;
/* Notes what it saw. */
handler note;
