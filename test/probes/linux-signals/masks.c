/* Masks, what is pending, in which order it comes, and who gets it. */
#include "probe.h"

static char order[64];
static void append(int signal, siginfo_t *info, void *context) {
  (void)info, (void)context;
  size_t length = strlen(order);
  snprintf(order + length, sizeof order - length, " %d", signal);
}

CASE(mask_in_handler) {
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR2);
  on_masked(SIGUSR1, note, 0, &mask);
  raise(SIGUSR1);
  say("afterwards %d %d", is_blocked(SIGUSR1), is_blocked(SIGUSR2));
}
static void say_mask(int signal, siginfo_t *info, void *context) {
  (void)info, (void)context;
  say("in %d: usr1 %d usr2 %d term %d kill %d", signal, is_blocked(SIGUSR1), is_blocked(SIGUSR2),
      is_blocked(SIGTERM), is_blocked(SIGKILL));
}
CASE(mask_of_action) {
  sigset_t mask;
  sigfillset(&mask);
  sigdelset(&mask, SIGTERM);
  on_masked(SIGUSR1, say_mask, 0, &mask);
  raise(SIGUSR1);
  say("afterwards %d %d", is_blocked(SIGUSR1), is_blocked(SIGUSR2));
}
CASE(mask_nodefer) {
  on(SIGUSR1, say_mask, SA_NODEFER);
  raise(SIGUSR1);
}
CASE(mask_kill_and_stop) {
  sigset_t set;
  sigfillset(&set);
  sigprocmask(SIG_SETMASK, &set, NULL);
  say("kill %d stop %d hup %d rt %d", is_blocked(SIGKILL), is_blocked(SIGSTOP),
      is_blocked(SIGHUP), is_blocked(SIGRTMAX));
}
CASE(mask_bad_how) {
  sigset_t set, old;
  sigemptyset(&set);
  SAY(RAW(SYS_rt_sigprocmask, 3, &set, &old, 8), "");
  SAY(RAW(SYS_rt_sigprocmask, 99, NULL, &old, 8), "");
}
CASE(mask_bad_size) {
  sigset_t set;
  sigemptyset(&set);
  SAY(RAW(SYS_rt_sigprocmask, 0, &set, NULL, 4), "");
  SAY(RAW(SYS_rt_sigprocmask, 0, &set, NULL, 16), "");
}
CASE(mask_bad_address) {
  SAY(RAW(SYS_rt_sigprocmask, 0, (void *)8, NULL, 8), "");
  SAY(RAW(SYS_rt_sigprocmask, 0, NULL, (void *)8, 8), "");
}
CASE(pending_once) {
  on(SIGUSR1, note, 0);
  block(SIGUSR1);
  raise(SIGUSR1);
  raise(SIGUSR1);
  say("pending %d seen %d", is_pending(SIGUSR1), seen_count);
  unblock(SIGUSR1);
  say("pending %d seen %d", is_pending(SIGUSR1), seen_count);
}
CASE(pending_real_time_queue) {
  on(SIGRTMIN, note, 0);
  block(SIGRTMIN);
  for (int n = 0; n < 5; n++) sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = n});
  unblock(SIGRTMIN);
  say("seen %d last %d", seen_count, seen_info.si_value.sival_int);
}
static void append_value(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  size_t length = strlen(order);
  snprintf(order + length, sizeof order - length, " %d", info->si_value.sival_int);
}
CASE(pending_real_time_order) {
  on(SIGRTMIN, append_value, 0);
  block(SIGRTMIN);
  for (int n = 0; n < 5; n++) sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = n});
  unblock(SIGRTMIN);
  say("values%s", order);
}
CASE(pending_order_of_numbers) {
  static const int signals[] = {SIGUSR2, SIGHUP, SIGTERM, SIGUSR1, SIGINT};
  sigset_t set, old;
  sigemptyset(&set);
  for (int n = 0; n < 5; n++) {
    on(signals[n], append, 0);
    sigaddset(&set, signals[n]);
  }
  sigprocmask(SIG_BLOCK, &set, &old);
  for (int n = 0; n < 5; n++) raise(signals[n]);
  sigprocmask(SIG_SETMASK, &old, NULL);
  say("ran%s", order);
}
CASE(pending_order_with_full_masks) {
  static const int signals[] = {SIGUSR2, SIGHUP, SIGTERM};
  sigset_t set, old;
  sigfillset(&set);
  for (int n = 0; n < 3; n++) on_masked(signals[n], append, 0, &set);
  sigprocmask(SIG_BLOCK, &set, &old);
  for (int n = 0; n < 3; n++) raise(signals[n]);
  sigprocmask(SIG_SETMASK, &old, NULL);
  say("ran%s", order);
}
CASE(pending_synchronous_first) {
  sigset_t set, old;
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  on(SIGHUP, append, 0);
  on(SIGTRAP, append, 0);
  sigprocmask(SIG_BLOCK, &set, &old);
  raise(SIGHUP);
  __asm__ volatile("int3");
  sigprocmask(SIG_SETMASK, &old, NULL);
  say("ran%s", order);
}
CASE(pending_dropped_when_ignored) {
  on(SIGUSR1, note, 0);
  block(SIGUSR1);
  raise(SIGUSR1);
  signal(SIGUSR1, SIG_IGN);
  say("pending %d", is_pending(SIGUSR1));
  on(SIGUSR1, note, 0);
  unblock(SIGUSR1);
  say("seen %d", seen_count);
}
CASE(pending_ignored_but_blocked) {
  signal(SIGUSR1, SIG_IGN);
  block(SIGUSR1);
  raise(SIGUSR1);
  say("pending %d", is_pending(SIGUSR1));
}
CASE(pending_default_ignored) {
  raise(SIGCHLD);
  raise(SIGURG);
  raise(SIGWINCH);
  raise(SIGCONT);
  say("still there");
}
CASE(pending_is_not_inherited) {
  block(SIGUSR1);
  raise(SIGUSR1);
  pid_t child = fork();
  if (child == 0) _exit(is_pending(SIGUSR1) * 2 + is_blocked(SIGUSR1));
  say_end("child", child);
}
CASE(pending_small_set) {
  block(SIGUSR1);
  raise(SIGUSR1);
  unsigned char set[8] = {0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa};
  say("%s", result_of(RAW(SYS_rt_sigpending, set, 4)));
  say("%02x %02x %02x %02x %02x", set[0], set[1], set[3], set[4], set[7]);
  say("%s", result_of(RAW(SYS_rt_sigpending, set, 9)));
}

CASE(action_told) {
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGHUP);
  sigaddset(&mask, SIGKILL);
  on_masked(SIGUSR1, note, SA_RESTART | SA_NOCLDSTOP, &mask);
  struct sigaction told;
  sigaction(SIGUSR1, NULL, &told);
  say("same %d flags %x hup %d kill %d", told.sa_sigaction == note, told.sa_flags & ~0x04000000,
      sigismember(&told.sa_mask, SIGHUP), sigismember(&told.sa_mask, SIGKILL));
}
CASE(action_unknown_flags) {
  unsigned long action[4] = {(unsigned long)note, 0x04000000 | 0x400 | 0x10 | 0x20 | 0x800, 0, 0};
  unsigned long told[4];
  say("%s", result_of(RAW(SYS_rt_sigaction, SIGUSR1, action, NULL, 8)));
  RAW(SYS_rt_sigaction, SIGUSR1, NULL, told, 8);
  say("flags %lx", told[1]);
}
CASE(action_bad) {
  unsigned long action[4] = {0};
  say("kill %s", result_of(RAW(SYS_rt_sigaction, SIGKILL, action, NULL, 8)));
  say("stop %s", result_of(RAW(SYS_rt_sigaction, SIGSTOP, action, NULL, 8)));
  say("kill asked %s", result_of(RAW(SYS_rt_sigaction, SIGKILL, NULL, action, 8)));
  say("0 %s", result_of(RAW(SYS_rt_sigaction, 0, NULL, action, 8)));
  say("65 %s", result_of(RAW(SYS_rt_sigaction, 65, NULL, action, 8)));
  say("size %s", result_of(RAW(SYS_rt_sigaction, SIGUSR1, NULL, action, 4)));
  say("address %s", result_of(RAW(SYS_rt_sigaction, SIGUSR1, (void *)8, NULL, 8)));
  say("address %s", result_of(RAW(SYS_rt_sigaction, SIGUSR1, NULL, (void *)8, 8)));
}
CASE(action_without_restorer) {
  unsigned long action[4] = {(unsigned long)note, 0, 0, 0};
  RAW(SYS_rt_sigaction, SIGUSR1, action, NULL, 8);
  raise(SIGUSR1);
}
CASE(action_reset) {
  on(SIGUSR1, note, SA_RESETHAND | SA_NODEFER);
  raise(SIGUSR1);
  struct sigaction told;
  sigaction(SIGUSR1, NULL, &told);
  say("default %d flags %x", told.sa_handler == SIG_DFL, (unsigned)told.sa_flags & ~0x04000000);
  raise(SIGUSR1);
}
CASE(action_inherited) {
  on(SIGUSR1, note, 0);
  signal(SIGUSR2, SIG_IGN);
  pid_t child = fork();
  if (child == 0) {
    raise(SIGUSR1);
    raise(SIGUSR2);
    _exit(seen_count);
  }
  say_end("child", child);
}

CASE(kill_bad) {
  say("signal 65 %s", result_of(RAW(SYS_kill, getpid(), 65)));
  say("signal -1 %s", result_of(RAW(SYS_kill, getpid(), -1)));
  say("none %s", result_of(RAW(SYS_kill, getpid(), 0)));
  say("nobody %s", result_of(RAW(SYS_kill, 4194303, 0)));
  say("least %s", result_of(RAW(SYS_kill, INT_MIN, 0)));
  say("no group %s", result_of(RAW(SYS_kill, -4194303, 0)));
  say("tkill 0 %s", result_of(RAW(SYS_tkill, 0, 0)));
  say("tkill nobody %s", result_of(RAW(SYS_tkill, 4194303, 0)));
  say("tgkill 0 %s", result_of(RAW(SYS_tgkill, 0, getpid(), 0)));
  say("tgkill other %s", result_of(RAW(SYS_tgkill, getppid(), getpid(), 0)));
  say("tgkill self %s", result_of(RAW(SYS_tgkill, getpid(), getpid(), 0)));
  say("tgkill signal %s", result_of(RAW(SYS_tgkill, getpid(), getpid(), 65)));
}
CASE(kill_group) {
  setpgid(0, 0);
  on(SIGUSR1, note, 0);
  block(SIGUSR1);
  pid_t child = fork();
  if (child == 0) {
    sigset_t none;
    sigemptyset(&none);
    while (seen_count == 0) sigsuspend(&none);
    _exit(seen_count + 10);
  }
  kill(0, SIGUSR1);
  say_end("child", child);
  unblock(SIGUSR1);
  say("seen %d", seen_count);
}
CASE(kill_zombie) {
  pid_t child = fork();
  if (child == 0) _exit(0);
  siginfo_t info;
  waitid(P_PID, child, &info, WEXITED | WNOWAIT);
  say("%s", result_of(RAW(SYS_kill, child, SIGTERM)));
  say_end("child", child);
  say("%s", result_of(RAW(SYS_kill, child, 0)));
}
CASE(kill_self_term) {
  kill(getpid(), SIGTERM);
  say("not reached");
}
CASE(kill_self_abort) {
  on(SIGABRT, note, 0);
  abort();
}

CASE(suspend_swaps_masks) {
  on(SIGUSR1, say_mask, 0);
  block(SIGUSR1);
  raise(SIGUSR1);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  SAY(RAW(SYS_rt_sigsuspend, &set, 8), "");
  say("usr1 %d term %d", is_blocked(SIGUSR1), is_blocked(SIGTERM));
}
CASE(suspend_bad) {
  SAY(RAW(SYS_rt_sigsuspend, (void *)8, 8), "");
  SAY(RAW(SYS_rt_sigsuspend, NULL, 4), "");
}
CASE(suspend_frame_mask) {
  on(SIGALRM, note, 0);
  block(SIGALRM);
  ualarm(1000, 0);
  sigset_t none;
  sigemptyset(&none);
  sigsuspend(&none);
  say("seen %d blocked %d", seen_count, is_blocked(SIGALRM));
}
CASE(wait_pending) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGRTMIN);
  sigprocmask(SIG_BLOCK, &set, NULL);
  sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 8});
  raise(SIGUSR1);
  siginfo_t info;
  say("%d", sigwaitinfo(&set, &info));
  int got = sigwaitinfo(&set, &info);
  say("%d value %d", got, info.si_value.sival_int);
}
CASE(wait_timeout) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  block(SIGUSR1);
  struct timespec none = {0, 0}, some = {0, 2000000}, bad = {0, 1000000000};
  say("%s", result_of(RAW(SYS_rt_sigtimedwait, &set, NULL, &none, 8)));
  say("%s", result_of(RAW(SYS_rt_sigtimedwait, &set, NULL, &some, 8)));
  say("%s", result_of(RAW(SYS_rt_sigtimedwait, &set, NULL, &bad, 8)));
  say("%s", result_of(RAW(SYS_rt_sigtimedwait, &set, NULL, &none, 4)));
  say("%s", result_of(RAW(SYS_rt_sigtimedwait, (void *)8, NULL, &none, 8)));
}
CASE(wait_for_child_signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  block(SIGUSR2);
  send_later(SIGUSR2, 3);
  siginfo_t info;
  say("%d", sigwaitinfo(&set, &info));
  say("code %d from %s", info.si_code, who(info.si_pid));
  say_end("child", last_child);
}
CASE(wait_interrupted) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  block(SIGUSR2);
  on(SIGUSR1, note, SA_RESTART);
  send_later(SIGUSR1, 3);
  SAY(RAW(SYS_rt_sigtimedwait, &set, NULL, NULL, 8), " seen %d", seen_count);
}
