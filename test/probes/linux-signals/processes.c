/* Processes: how they are made, how they end, who they are. */
#include "probe.h"

CASE(wait_exit_codes) {
  static const int codes[] = {0, 1, 127, 255, 256, -1};
  for (int n = 0; n < 6; n++) {
    pid_t child = fork();
    if (child == 0) _exit(codes[n]);
    say_end("child", child);
  }
}
CASE(wait_signals) {
  const int signals[] = {SIGKILL, SIGTERM, SIGABRT, SIGRTMIN + 3};
  for (int n = 0; n < 4; n++) {
    pid_t child = fork();
    if (child == 0) {
      kill(getpid(), signals[n]);
      _exit(0);
    }
    say_end("child", child);
  }
}
CASE(wait_nobody) {
  int status;
  say("%s", result_of(RAW(SYS_wait4, -1, &status, 0, NULL)));
  say("%s", result_of(RAW(SYS_wait4, getppid(), &status, 0, NULL)));
  say("%s", result_of(RAW(SYS_wait4, -1, &status, 0x1234, NULL)));
  say("%s", result_of(RAW(SYS_wait4, INT_MIN, &status, 0, NULL)));
}
CASE(wait_no_hang) {
  int ends[2];
  if (pipe(ends) != 0) return;
  pid_t child = fork();
  if (child == 0) {
    char byte;
    _exit(read(ends[0], &byte, 1) == 1 ? 6 : 7);
  }
  int status = 0x55;
  SAY(RAW(SYS_wait4, child, &status, WNOHANG, NULL), " %x", status);
  if (write(ends[1], "x", 1) != 1) return;
  say_end("child", child);
}
CASE(wait_bad_status_address) {
  pid_t child = fork();
  if (child == 0) _exit(1);
  say("%s", result_of(RAW(SYS_wait4, child, (void *)8, 0, NULL)));
  say("%s", result_of(RAW(SYS_wait4, child, NULL, 0, NULL)));
}
CASE(wait_group) {
  pid_t child = fork();
  if (child == 0) {
    setpgid(0, 0);
    _exit(2);
  }
  setpgid(child, child);
  int status;
  say("own group %s", result_of(RAW(SYS_wait4, 0, &status, 0, NULL)));
  say("its group %s", RAW(SYS_wait4, -child, &status, 0, NULL) == child ? "child" : "other");
}
CASE(waitid_exit) {
  last_child = fork();
  if (last_child == 0) _exit(9);
  siginfo_t info;
  memset(&info, 0x77, sizeof info);
  say("%s", result_of(RAW(SYS_waitid, P_PID, last_child, &info, WEXITED | WNOWAIT, NULL)));
  say("signal %d errno %d code %d from %s status %d", info.si_signo, info.si_errno, info.si_code,
      who(info.si_pid), info.si_status);
  say("%s", result_of(RAW(SYS_waitid, P_ALL, 0, &info, WEXITED, NULL)));
  say("%s", result_of(RAW(SYS_waitid, P_ALL, 0, &info, WEXITED, NULL)));
}
CASE(waitid_nothing_yet) {
  pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  siginfo_t info;
  memset(&info, 0x77, sizeof info);
  say("%s", result_of(RAW(SYS_waitid, P_PID, child, &info, WEXITED | WNOHANG, NULL)));
  say("signal %d code %d pid %d", info.si_signo, info.si_code, info.si_pid);
  kill(child, SIGKILL);
  SAY(RAW(SYS_waitid, P_PID, child, &info, WEXITED, NULL), " code %d", info.si_code);
}
CASE(waitid_bad) {
  siginfo_t info;
  say("%s", result_of(RAW(SYS_waitid, P_ALL, 0, &info, 0, NULL)));
  say("%s", result_of(RAW(SYS_waitid, 77, 0, &info, WEXITED, NULL)));
  say("%s", result_of(RAW(SYS_waitid, P_PID, 0, &info, WEXITED, NULL)));
  say("%s", result_of(RAW(SYS_waitid, P_ALL, 0, &info, WEXITED | 0x100, NULL)));
}
CASE(wait_stopped_and_continued) {
  pid_t child = fork();
  if (child == 0) {
    raise(SIGSTOP);
    _exit(12);
  }
  int status;
  waitpid(child, &status, WUNTRACED);
  say("stopped %d by %d", WIFSTOPPED(status), WSTOPSIG(status));
  say("again %s", result_of(RAW(SYS_wait4, child, &status, WUNTRACED | WNOHANG, NULL)));
  kill(child, SIGCONT);
  waitpid(child, &status, WCONTINUED);
  if (WIFCONTINUED(status)) say("continued %x", status), waitpid(child, &status, 0);
  else say("continued ffff");
  say("exit %d", WEXITSTATUS(status));
}
CASE(stop_tells_parent) {
  on(SIGCHLD, note, 0);
  last_child = fork();
  if (last_child == 0) {
    raise(SIGTSTP);
    _exit(0);
  }
  while (seen_count == 0) usleep(500);
  say("code %d status %d from %s", seen_info.si_code, seen_info.si_status, who(seen_info.si_pid));
  kill(last_child, SIGKILL);
  say_end("child", last_child);
}
CASE(stop_is_not_told) {
  on(SIGCHLD, note, SA_NOCLDSTOP);
  pid_t child = fork();
  if (child == 0) {
    raise(SIGSTOP);
    _exit(0);
  }
  int status;
  waitpid(child, &status, WUNTRACED);
  say("seen %d", seen_count);
  kill(child, SIGKILL);
  say_end("child", child);
}
CASE(stopped_takes_signals_later) {
  pid_t child = fork();
  if (child == 0) {
    on(SIGUSR1, note, 0);
    raise(SIGSTOP);
    _exit(30 + seen_count);
  }
  int status;
  waitpid(child, &status, WUNTRACED);
  kill(child, SIGUSR1);
  sleep_ms(2);
  say("%s", result_of(RAW(SYS_wait4, child, &status, WNOHANG, NULL)));
  kill(child, SIGCONT);
  say_end("child", child);
}
CASE(children_ignored) {
  signal(SIGCHLD, SIG_IGN);
  pid_t child = fork();
  if (child == 0) _exit(3);
  int status;
  say("%s", result_of(RAW(SYS_wait4, child, &status, 0, NULL)));
}
CASE(children_not_waited_for) {
  on(SIGCHLD, note, SA_NOCLDWAIT | SA_RESTART);
  pid_t child = fork();
  if (child == 0) _exit(3);
  int status;
  say("%s", result_of(RAW(SYS_wait4, child, &status, 0, NULL)));
  say("seen %d", seen_count);
}
CASE(fork_copies_memory) {
  static int word = 1;
  int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pid_t child = fork();
  if (child == 0) {
    word = 2;
    *shared = 2;
    _exit(word + *shared);
  }
  say_end("child", child);
  say("own %d shared %d", word, *shared);
}
CASE(fork_ids) {
  pid_t self = getpid();
  pid_t child = fork();
  if (child == 0) {
    say("parent %d group same %d session same %d tid is pid %d", getppid() == self,
        getpgid(0) == getpgid(self), getsid(0) == getsid(self),
        getpid() == (int)RAW(SYS_gettid));
    _exit(0);
  }
  waitpid(child, NULL, 0);
}
CASE(fork_keeps_float) {
  double value = 2.5, after;
  unsigned mxcsr = 0x3f80, mxcsr_after;
  __asm__ volatile("ldmxcsr %0; movsd %1, %%xmm7" ::"m"(mxcsr), "m"(value) : "xmm7");
  pid_t child = RAW(SYS_fork);
  __asm__ volatile("movsd %%xmm7, %0; stmxcsr %1" : "=m"(after), "=m"(mxcsr_after));
  if (child == 0) _exit(after == 2.5 && (mxcsr_after & ~0x3f) == 0x3f80 ? 1 : 0);
  say_end("child", child);
}
CASE(fork_many) {
  int sum = 0;
  pid_t children[8];
  for (int n = 0; n < 8; n++)
    if ((children[n] = fork()) == 0) _exit(n);
  for (int n = 0; n < 8; n++) {
    int status;
    waitpid(children[n], &status, 0);
    sum += WEXITSTATUS(status);
  }
  say("sum %d", sum);
}
CASE(fork_pipe) {
  int ends[2];
  if (pipe(ends) != 0) return;
  pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    for (int n = 0; n < 5; n++) dprintf(ends[1], "%d,", n);
    _exit(0);
  }
  close(ends[1]);
  char text[64];
  size_t length = 0;
  ssize_t count;
  while ((count = read(ends[0], text + length, sizeof text - 1 - length)) > 0) length += count;
  text[length] = 0;
  say("%s", text);
  say_end("child", child);
}
CASE(orphan_gets_another_parent) {
  int ends[2];
  if (pipe(ends) != 0) return;
  pid_t self = getpid();
  pid_t child = fork();
  if (child == 0) {
    pid_t middle = getpid();
    if (fork() == 0) {
      while (getppid() == middle) usleep(500);
      char text[32];
      int length = snprintf(text, sizeof text, "%d", getppid() != self && getppid() != middle);
      _exit(write(ends[1], text, length) != length);
    }
    _exit(0);
  }
  say_end("child", child);
  char text[8] = "";
  if (read(ends[0], text, 1) != 1) return;
  say("another parent %s", text);
  say("%s", result_of(RAW(SYS_wait4, -1, NULL, 0, NULL)));
}
CASE(parent_death_signal) {
  int ends[2];
  if (pipe(ends) != 0) return;
  pid_t child = fork();
  if (child == 0) {
    if (fork() == 0) {
      on(SIGUSR1, note, 0);
      prctl(PR_SET_PDEATHSIG, SIGUSR1);
      if (write(ends[1], "r", 1) != 1) _exit(1);
      while (seen_count == 0) usleep(500);
      _exit(write(ends[1], "s", 1) != 1);
    }
    char byte;
    _exit(read(ends[0], &byte, 1) != 1);
  }
  say_end("child", child);
  char byte = 0;
  if (read(ends[0], &byte, 1) == 1) say("%c", byte);
}
CASE(vfork_shares_memory) {
  volatile int word = 1;
  pid_t child = vfork();
  if (child == 0) {
    word = 5;
    _exit(4);
  }
  say("word %d", word);
  say_end("child", child);
}
static char child_stack[65536] __attribute__((aligned(16)));
static int child_word;
static int clone_child(void *argument) {
  child_word = (int)(long)argument;
  return 17;
}
CASE(clone_with_memory) {
  pid_t child = clone(clone_child, child_stack + sizeof child_stack, CLONE_VM | SIGCHLD, (void *)6);
  say_end("child", child);
  say("word %d", child_word);
}
CASE(clone_without_memory) {
  pid_t child = clone(clone_child, child_stack + sizeof child_stack, SIGCHLD, (void *)6);
  say_end("child", child);
  say("word %d", child_word);
}
CASE(clone_other_signal) {
  on(SIGUSR1, note, 0);
  pid_t child = clone(clone_child, child_stack + sizeof child_stack, SIGUSR1, NULL);
  int status = 0;
  say("%s", result_of(RAW(SYS_wait4, child, &status, 0, NULL)));
  while (seen_count == 0) usleep(500);
  say("%s %x", RAW(SYS_wait4, child, &status, (int)0x80000000, NULL) == child ? "child" : "other",
      status);
  say("seen %d", seen);
}
CASE(clone_ids_stored) {
  int in_parent = 0;
  static int in_child;
  pid_t child = RAW(SYS_clone, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, 0, &in_parent,
                    &in_child, 0);
  if (child == 0) _exit(in_child == (int)RAW(SYS_gettid) && in_child == (int)RAW(SYS_getpid));
  say("parent %d", in_parent == child);
  say_end("child", child);
}
CASE(clone_bad) {
  say("%s", result_of(RAW(SYS_clone, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0)));
  say("%s", result_of(RAW(SYS_clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0)));
  unsigned long arguments[8] = {0};
  say("%s", result_of(RAW(SYS_clone3, arguments, 8)));
  say("%s", result_of(RAW(SYS_clone3, arguments, 5000)));
  say("%s", result_of(RAW(SYS_clone3, (void *)8, 64)));
  arguments[4] = 65;
  say("%s", result_of(RAW(SYS_clone3, arguments, 64)));
  arguments[4] = SIGCHLD;
  arguments[5] = 4096;
  say("%s", result_of(RAW(SYS_clone3, arguments, 64)));
  arguments[0] = CLONE_THREAD | CLONE_VM | CLONE_SIGHAND;
  arguments[5] = 0;
  say("%s", result_of(RAW(SYS_clone3, arguments, 64)));
}
CASE(clone3_process) {
  unsigned long arguments[8] = {0};
  arguments[4] = SIGCHLD;
  pid_t child = RAW(SYS_clone3, arguments, 64);
  if (child == 0) _exit(14);
  say_end("child", child);
}
CASE(clone3_clears_handlers) {
  on(SIGUSR1, note, 0);
  signal(SIGUSR2, SIG_IGN);
  unsigned long arguments[8] = {0x100000000};
  arguments[4] = SIGCHLD;
  pid_t child = RAW(SYS_clone3, arguments, 64);
  if (child == 0) {
    struct sigaction first, second;
    sigaction(SIGUSR1, NULL, &first);
    sigaction(SIGUSR2, NULL, &second);
    _exit((first.sa_handler == SIG_DFL) * 2 + (second.sa_handler == SIG_IGN));
  }
  say_end("child", child);
}
CASE(group_of_its_own) {
  say("%s", result_of(RAW(SYS_setpgid, 0, 0)));
  say("group is pid %d", getpgrp() == getpid());
  say("session %s", result_of(RAW(SYS_setsid)));
  say("negative %s", result_of(RAW(SYS_setpgid, 0, -1)));
  say("nobody %s", result_of(RAW(SYS_setpgid, 4194303, 0)));
  say("no group %s", result_of(RAW(SYS_setpgid, 0, 4194303)));
  say("getpgid nobody %s", result_of(RAW(SYS_getpgid, 4194303)));
  say("getsid nobody %s", result_of(RAW(SYS_getsid, 4194303)));
}
CASE(session_of_its_own) {
  pid_t self = getpid();
  say("%d", RAW(SYS_setsid) == self);
  say("group %d session %d", getpgrp() == self, getsid(0) == self);
  say("again %s", result_of(RAW(SYS_setsid)));
  say("leader %s", result_of(RAW(SYS_setpgid, 0, 0)));
}
CASE(name_of_thread) {
  char name[17] = "";
  prctl(PR_SET_NAME, "a name longer than it may be");
  say("%s", result_of(RAW(SYS_prctl, PR_GET_NAME, name)));
  say("%s", name);
  SAY(RAW(SYS_prctl, PR_SET_NAME, (void *)8), "");
  SAY(RAW(SYS_prctl, 0x7777, 0), "");
}
CASE(no_new_privileges) {
  say("%s", result_of(RAW(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)));
  say("%s", result_of(RAW(SYS_prctl, PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0)));
  say("%s", result_of(RAW(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)));
  say("%s", result_of(RAW(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)));
}
CASE(usage_of_children) {
  struct rusage usage;
  pid_t child = fork();
  if (child == 0) {
    for (volatile long n = 0; n < 2000000; n++) continue;
    _exit(0);
  }
  waitpid(child, NULL, 0);
  say("%s", result_of(RAW(SYS_getrusage, RUSAGE_CHILDREN, &usage)));
  say("some time %d", usage.ru_utime.tv_usec + usage.ru_stime.tv_usec > 0);
  SAY(RAW(SYS_getrusage, 5, &usage), "");
  SAY(RAW(SYS_getrusage, 0, (void *)8), "");
}
CASE(limit_of_processes) {
  int made = 0;
  long result = 0;
  setrlimit(RLIMIT_NPROC, &(struct rlimit){1, 1});
  for (int n = 0; n < 5 && result >= 0; n++) {
    result = RAW(SYS_fork);
    if (result == 0) _exit(0);
    made += result > 0;
  }
  say("made %d %s", made, result < 0 ? result_of(result) : "all");
}
CASE(process_niceness) {
  SAY(RAW(SYS_getpriority, PRIO_PROCESS, 0), "");
  SAY(RAW(SYS_setpriority, PRIO_PROCESS, 0, 5), "");
  SAY(RAW(SYS_getpriority, PRIO_PROCESS, getpid()), "");
  SAY(RAW(SYS_setpriority, PRIO_PROCESS, 0, 4), "");
  SAY(RAW(SYS_setpriority, PRIO_PROCESS, 0, 99), "");
  SAY(RAW(SYS_getpriority, PRIO_PROCESS, 0), "");
  SAY(RAW(SYS_setpriority, PRIO_PROCESS, 0, 19), "");
  SAY(RAW(SYS_setpriority, 3, 0, 19), "");
  SAY(RAW(SYS_getpriority, -1, 0), "");
  SAY(RAW(SYS_getpriority, PRIO_PROCESS, 9999999), "");
  pid_t child = fork();
  if (child == 0) {
    SAY(RAW(SYS_getpriority, PRIO_PROCESS, 0), " of the child");
    _exit(0);
  }
  waitpid(child, NULL, 0);
}
