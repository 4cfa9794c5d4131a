/* Calls that wait when a signal comes, and signals that come at a time. */
#include "probe.h"

#include <sys/epoll.h>
#include <sys/signalfd.h>

static int ends[2];

static void open_pipe(void) {
  if (pipe(ends) != 0) say("pipe failed");
}

/* A child that sends a signal, and then writes a byte to the pipe. */
static void interrupt(int signal) {
  last_child = fork();
  if (last_child != 0) return;
  sleep_ms(3);
  kill(getppid(), signal);
  sleep_ms(3);
  if (write(ends[1], "x", 1) != 1) _exit(1);
  _exit(0);
}

CASE(restart_read) {
  open_pipe();
  on(SIGUSR1, note, SA_RESTART);
  interrupt(SIGUSR1);
  char byte = 0;
  SAY(RAW(SYS_read, ends[0], &byte, 1), " byte %c seen %d", byte, seen_count);
}
CASE(interrupt_read) {
  open_pipe();
  on(SIGUSR1, note, 0);
  interrupt(SIGUSR1);
  char byte = 0;
  SAY(RAW(SYS_read, ends[0], &byte, 1), " seen %d", seen_count);
  SAY(RAW(SYS_read, ends[0], &byte, 1), " byte %c", byte);
}
CASE(ignored_does_not_interrupt) {
  open_pipe();
  signal(SIGUSR1, SIG_IGN);
  interrupt(SIGUSR1);
  char byte = 0;
  SAY(RAW(SYS_read, ends[0], &byte, 1), " byte %c", byte);
}
CASE(blocked_does_not_interrupt) {
  open_pipe();
  on(SIGUSR1, note, 0);
  block(SIGUSR1);
  interrupt(SIGUSR1);
  char byte = 0;
  SAY(RAW(SYS_read, ends[0], &byte, 1), " byte %c seen %d", byte, seen_count);
}
CASE(default_ends_read) {
  open_pipe();
  interrupt(SIGUSR2);
  char byte;
  say("%s", result_of(RAW(SYS_read, ends[0], &byte, 1)));
}
CASE(restart_wait) {
  on(SIGUSR1, note, SA_RESTART);
  pid_t slow = fork();
  if (slow == 0) {
    sleep_ms(10);
    _exit(3);
  }
  send_later(SIGUSR1, 2);
  int status = 0;
  say("%s %x seen %d", RAW(SYS_wait4, slow, &status, 0, NULL) == slow ? "slow" : "other", status,
      seen_count);
}
CASE(interrupt_wait) {
  on(SIGUSR1, note, 0);
  pid_t slow = fork();
  if (slow == 0) {
    sleep_ms(10);
    _exit(3);
  }
  send_later(SIGUSR1, 2);
  int status = 0;
  SAY(RAW(SYS_wait4, slow, &status, 0, NULL), " seen %d", seen_count);
  say_end("slow", slow);
}
CASE(interrupt_poll) {
  on(SIGUSR1, note, SA_RESTART);
  send_later(SIGUSR1, 2);
  SAY(RAW(SYS_poll, NULL, 0, 1000), " seen %d", seen_count);
}
CASE(interrupt_select) {
  on(SIGUSR1, note, SA_RESTART);
  send_later(SIGUSR1, 2);
  struct timeval time = {5, 0};
  SAY(RAW(SYS_select, 0, NULL, NULL, NULL, &time), " seen %d", seen_count);
  say("left %d", time.tv_sec < 5);
}
CASE(interrupt_pause) {
  on(SIGUSR1, note, SA_RESTART);
  send_later(SIGUSR1, 2);
  SAY(RAW(SYS_pause), " seen %d", seen_count);
}
CASE(interrupt_nanosleep) {
  on(SIGUSR1, note, SA_RESTART);
  send_later(SIGUSR1, 5);
  struct timespec time = {3, 0}, left = {77, 77};
  SAY(RAW(SYS_nanosleep, &time, &left), " seen %d", seen_count);
  say("left %d", left.tv_sec < 3 && left.tv_sec >= 0);
}
CASE(interrupt_clock_nanosleep_absolute) {
  on(SIGUSR1, note, SA_RESTART);
  send_later(SIGUSR1, 5);
  struct timespec time, left = {77, 77};
  clock_gettime(CLOCK_MONOTONIC, &time);
  time.tv_sec += 3;
  long result = RAW(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &time, &left);
  say("%s seen %d left %ld", result_of(result), seen_count, left.tv_sec);
}
CASE(nanosleep_ignores_default_ignored) {
  send_later(SIGURG, 2);
  struct timespec time = {0, 20000000};
  say("%s", result_of(RAW(SYS_nanosleep, &time, NULL)));
}
CASE(interrupt_futex_wait) {
  static int word = 5;
  on(SIGUSR1, note, 0);
  send_later(SIGUSR1, 2);
  SAY(RAW(SYS_futex, &word, FUTEX_WAIT, 5, NULL), " seen %d", seen_count);
}
CASE(interrupt_futex_wait_timeout) {
  static int word = 5;
  on(SIGUSR1, note, SA_RESTART);
  send_later(SIGUSR1, 2);
  struct timespec time = {2, 0};
  SAY(RAW(SYS_futex, &word, FUTEX_WAIT, 5, &time), " seen %d", seen_count);
}
CASE(restart_write_full_pipe) {
  open_pipe();
  on(SIGUSR1, note, SA_RESTART);
  static char block[65536];
  if (write(ends[1], block, sizeof block) != sizeof block) say("short");
  last_child = fork();
  if (last_child == 0) {
    sleep_ms(3);
    kill(getppid(), SIGUSR1);
    sleep_ms(3);
    char drain[65536];
    _exit(read(ends[0], drain, sizeof drain) == sizeof drain ? 0 : 1);
  }
  SAY(RAW(SYS_write, ends[1], block, 4096), " seen %d", seen_count);
  say_end("child", last_child);
}
CASE(interrupt_partial_write) {
  open_pipe();
  on(SIGUSR1, note, SA_RESTART);
  static char block[65536 + 5000];
  last_child = fork();
  if (last_child == 0) {
    sleep_ms(3);
    kill(getppid(), SIGUSR1);
    _exit(0);
  }
  SAY(RAW(SYS_write, ends[1], block, sizeof block), " seen %d", seen_count);
}
CASE(pipe_without_readers) {
  open_pipe();
  close(ends[0]);
  on(SIGPIPE, note, 0);
  say("%s", result_of(RAW(SYS_write, ends[1], "x", 1)));
  say("seen %d code %d from %s", seen, seen_info.si_code, who(seen_info.si_pid));
}
CASE(pipe_without_readers_default) {
  open_pipe();
  close(ends[0]);
  say("%s", result_of(RAW(SYS_write, ends[1], "x", 1)));
}
CASE(pipe_without_readers_ignored) {
  open_pipe();
  close(ends[0]);
  signal(SIGPIPE, SIG_IGN);
  say("%s", result_of(RAW(SYS_write, ends[1], "x", 1)));
}
static sigjmp_buf back;
static void jump(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info, (void)context;
  siglongjmp(back, 1);
}
CASE(jump_out_of_read) {
  open_pipe();
  on(SIGALRM, jump, 0);
  if (sigsetjmp(back, 1) == 0) {
    ualarm(2000, 0);
    char byte;
    say("%s", result_of(RAW(SYS_read, ends[0], &byte, 1)));
  }
  say("jumped, blocked %d", is_blocked(SIGALRM));
}

CASE(alarm_left) {
  say("%u", alarm(100));
  say("%u", alarm(0));
  say("%u", alarm(0));
}
CASE(itimer_told) {
  struct itimerval set = {{0, 7000}, {50, 3000}}, told;
  say("%s", result_of(RAW(SYS_setitimer, ITIMER_REAL, &set, NULL)));
  getitimer(ITIMER_REAL, &told);
  say("interval %ld.%06ld left %d", told.it_interval.tv_sec, told.it_interval.tv_usec,
      (int)(told.it_value.tv_sec == 50 || told.it_value.tv_sec == 49));
  struct itimerval none = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &none, &told);
  say("interval %ld.%06ld", told.it_interval.tv_sec, told.it_interval.tv_usec);
  getitimer(ITIMER_REAL, &told);
  say("value %ld.%06ld", told.it_value.tv_sec, told.it_value.tv_usec);
}
CASE(itimer_bad) {
  struct itimerval bad = {{0, 1000000}, {1, 0}};
  say("%s", result_of(RAW(SYS_setitimer, ITIMER_REAL, &bad, NULL)));
  say("%s", result_of(RAW(SYS_setitimer, 3, NULL, NULL)));
  say("%s", result_of(RAW(SYS_getitimer, 3, &bad)));
  say("%s", result_of(RAW(SYS_getitimer, 0, (void *)8)));
}
CASE(itimer_repeats) {
  on(SIGALRM, note, 0);
  struct itimerval set = {{0, 3000}, {0, 3000}};
  setitimer(ITIMER_REAL, &set, NULL);
  while (seen_count < 4) pause();
  say("seen at least 4: %d", seen_count >= 4);
}
CASE(itimer_of_own_time) {
  on(SIGVTALRM, note, 0);
  on(SIGPROF, note, 0);
  struct itimerval set = {{0, 0}, {0, 2000}};
  setitimer(ITIMER_VIRTUAL, &set, NULL);
  for (volatile long n = 0; seen_count == 0; n++) continue;
  say("signal %d code %d", seen_info.si_signo, seen_info.si_code);
  setitimer(ITIMER_PROF, &set, NULL);
  for (volatile long n = 0; seen_count == 1; n++) continue;
  say("signal %d code %d", seen_info.si_signo, seen_info.si_code);
}
CASE(alarm_is_not_inherited) {
  alarm(50);
  pid_t child = fork();
  if (child == 0) _exit(alarm(0));
  say_end("child", child);
}
CASE(timer_created) {
  on(SIGRTMIN + 2, note, 0);
  block(SIGRTMIN + 2);
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 2};
  event.sigev_value.sival_int = 4242;
  timer_t timer;
  say("%d", timer_create(CLOCK_MONOTONIC, &event, &timer));
  struct itimerspec time = {{0, 0}, {0, 2000000}};
  timer_settime(timer, 0, &time, NULL);
  sleep_ms(5);
  unblock(SIGRTMIN + 2);
  say("seen %d code %d value %d", seen_count, seen_info.si_code, seen_info.si_value.sival_int);
  say("overrun %d", timer_getoverrun(timer));
  timer_gettime(timer, &time);
  say("left %ld %ld", (long)time.it_value.tv_sec, time.it_value.tv_nsec);
  say("%d", timer_delete(timer));
  say("%d", timer_delete(timer));
}
CASE(timer_overrun) {
  on(SIGUSR1, note, 0);
  block(SIGUSR1);
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  timer_t timer;
  timer_create(CLOCK_MONOTONIC, &event, &timer);
  struct itimerspec time = {{0, 1000000}, {0, 1000000}};
  timer_settime(timer, 0, &time, NULL);
  sleep_ms(20);
  unblock(SIGUSR1);
  int overrun = timer_getoverrun(timer);
  time.it_interval.tv_nsec = time.it_value.tv_nsec = 0;
  timer_settime(timer, 0, &time, NULL);
  say("seen %d overrun over 10: %d", seen_count > 0, overrun > 10);
  say("overrun of the signal: %d", seen_info.si_overrun > 10 || seen_count > 1);
}
CASE(timer_bad) {
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65};
  int id;
  say("%s", result_of(RAW(SYS_timer_create, CLOCK_MONOTONIC, &event, &id)));
  event.sigev_signo = SIGUSR1;
  say("%s", result_of(RAW(SYS_timer_create, 77, &event, &id)));
  say("%s", result_of(RAW(SYS_timer_create, CLOCK_MONOTONIC, &event, (void *)8)));
  say("%s", result_of(RAW(SYS_timer_settime, 7, 0, NULL, NULL)));
  say("%s", result_of(RAW(SYS_timer_getoverrun, 7)));
}

CASE(clock_bad) {
  struct timespec time = {1, -1};
  say("%s", result_of(RAW(SYS_clock_gettime, 99, &time)));
  say("%s", result_of(RAW(SYS_clock_gettime, 0, (void *)8)));
  say("%s", result_of(RAW(SYS_nanosleep, &time, NULL)));
  say("%s", result_of(RAW(SYS_nanosleep, (void *)8, NULL)));
  say("%s", result_of(RAW(SYS_clock_nanosleep, 3, 0, &time, NULL)));
  say("%s", result_of(RAW(SYS_clock_nanosleep, 99, 0, &time, NULL)));
  time.tv_nsec = 1;
  say("%s", result_of(RAW(SYS_clock_nanosleep, 4, 0, &time, NULL)));
  say("%s", result_of(RAW(SYS_clock_settime, 1, &time)));
}
CASE(clock_resolution) {
  for (int id = 0; id < 8; id++) {
    struct timespec time = {9, 9};
    long result = RAW(SYS_clock_getres, id, &time);
    if (id == 5 || id == 6) say("%d %s coarse %d", id, result_of(result), time.tv_nsec > 1);
    else say("%d %s %ld %ld", id, result_of(result), (long)time.tv_sec, time.tv_nsec);
  }
}
CASE(clock_goes_on) {
  struct timespec before, after;
  clock_gettime(CLOCK_MONOTONIC, &before);
  sleep_ms(20);
  clock_gettime(CLOCK_MONOTONIC, &after);
  long passed = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
  say("at least 19 ms: %d", passed >= 19);
}
CASE(clock_of_day_agrees) {
  struct timeval day;
  struct timespec real;
  gettimeofday(&day, NULL);
  clock_gettime(CLOCK_REALTIME, &real);
  long apart = real.tv_sec - day.tv_sec;
  long now = RAW(SYS_time, NULL) - real.tv_sec;
  say("%d %d", apart >= 0 && apart <= 1, now >= -1 && now <= 1);
}

/* Calls that change the mask while they wait. */
static sigset_t none, only_usr1;
static void prepare_masks(void) {
  sigemptyset(&none);
  sigemptyset(&only_usr1);
  sigaddset(&only_usr1, SIGUSR1);
  block(SIGUSR1);
  on(SIGUSR1, note, SA_RESTART);
}
static void say_after(void) { say("seen %d blocked %d", seen_count, is_blocked(SIGUSR1)); }
CASE(masked_poll) {
  prepare_masks();
  struct timespec time = {5, 0};
  raise(SIGUSR1);
  SAY(RAW(SYS_ppoll, NULL, 0, &time, &none, 8), " pending before");
  say_after();
  send_later(SIGUSR1, 3);
  SAY(RAW(SYS_ppoll, NULL, 0, &time, &none, 8), " sent later");
  say_after();
  time.tv_sec = 0;
  time.tv_nsec = 1000000;
  raise(SIGUSR1);
  SAY(RAW(SYS_ppoll, NULL, 0, &time, &only_usr1, 8), " blocked, timeout");
  say_after();
}
CASE(masked_select) {
  prepare_masks();
  struct timespec time = {5, 0};
  struct {
    const sigset_t *set;
    size_t size;
  } mask = {&none, 8};
  send_later(SIGUSR1, 3);
  SAY(RAW(SYS_pselect6, 0, NULL, NULL, NULL, &time, &mask), "");
  say_after();
}
CASE(masked_epoll) {
  prepare_masks();
  int poll = epoll_create1(0);
  struct epoll_event event;
  send_later(SIGUSR1, 3);
  SAY(RAW(SYS_epoll_pwait, poll, &event, 1, 5000, &none, 8), "");
  say_after();
}
CASE(signal_file) {
  prepare_masks();
  int file = signalfd(-1, &only_usr1, 0);
  struct signalfd_siginfo info;
  send_later(SIGUSR1, 3);
  SAY(read(file, &info, sizeof info), " signal %u code %d from %s", info.ssi_signo, info.ssi_code,
      who(info.ssi_pid));
  send_later(SIGUSR1, 3);
  struct pollfd wanted = {file, POLLIN, 0};
  SAY(poll(&wanted, 1, 5000), " events %x", wanted.revents);
  say_after();
}
