/* Programs that want more than there is: `@hostile KIND`. What a host's own limits are is not told,
   so these are no cases. */
#include "probe.h"
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>

static volatile long hits;
static void hit(int signal) {
  (void)signal;
  hits++;
}

static void forks(void) {
  int made = 0;
  pid_t child;
  while ((child = fork()) > 0) made++;
  if (child == 0) {
    pause();
    _exit(0);
  }
  say("%d %s", made, result_of(-errno));
  signal(SIGTERM, SIG_IGN);
  kill(0, SIGTERM);
}
/* Each copy has all mappings again. */
static void copies(void) {
  for (int n = 0; n < 50000; n++)
    mmap(NULL, 4096, n & 1 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  forks();
}
/* And a page table for each page that is far from others. */
static void far_copies(void) {
  for (int n = 0; n < 15000; n++) {
    char *page = mmap((void *)(0x100000000000 + n * 0x200000L), 4096, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    *page = 1;
  }
  forks();
}
static void fork_bomb(void) {
  for (;;) fork();
}
static void vforks(void) {
  if (vfork() < 0) {
    say("%s", result_of(-errno));
    _exit(0);
  }
  vforks();
}
static void *idle(void *unused) {
  pause();
  return unused;
}
static void threads(void) {
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 16384);
  int made = 0, error;
  pthread_t thread;
  while ((error = pthread_create(&thread, &small, idle, NULL)) == 0) made++;
  say("%d %s", made, result_of(-error));
  _exit(0);
}
static void again(int signal, siginfo_t *info, void *context) {
  (void)info, (void)context;
  raise(signal);
}
static void handlers(void) {
  on(SIGUSR1, again, SA_NODEFER);
  raise(SIGUSR1);
}
static void queue(void) {
  block(SIGRTMIN);
  int sent = 0;
  while (sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = sent}) == 0) sent++;
  say("%d %s", sent, result_of(-errno));
}
static void timers(void) {
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  struct itimerspec often = {{0, 1}, {0, 1}};
  signal(SIGUSR1, hit);
  int made = 0, id;
  while (RAW(SYS_timer_create, CLOCK_MONOTONIC, &event, &id) == 0) {
    RAW(SYS_timer_settime, id, 0, &often, NULL);
    made++;
  }
  say("%d %s some %d", made, result_of(-errno), hits > 0);
}
static void sleeps(void) {
  struct itimerval often = {{0, 1}, {0, 1}};
  signal(SIGALRM, hit);
  setitimer(ITIMER_REAL, &often, NULL);
  struct timespec day = {86400, 0};
  for (int n = 0; n < 5; n++) nanosleep(&day, NULL);
  say("woken %d", hits >= 5);
}
static void programs(void) {
  char *const words[] = {"again", "@hostile", "programs", NULL};
  execve("/proc/self/exe", words, NULL);
}
static void stacks(void) {
  stack_t stack = {.ss_sp = (void *)0x7ffffffff000, .ss_size = ~0ul >> 1};
  sigaltstack(&stack, NULL);
  struct sigaction action = {.sa_handler = hit, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR1, &action, NULL);
  raise(SIGUSR1);
}
static void frames(void) {
  __asm__ volatile("mov $0x7fffffffeff0, %%rsp; mov $15, %%eax; syscall" ::: "memory");
}
static void futexes(void) {
  struct timespec forever = {0x7fffffffffffffff, 999999999};
  int word = 0;
  on(SIGALRM, note, 0);
  alarm(1);
  SAY(RAW(SYS_futex, &word, FUTEX_WAIT, 0, &forever), "");
  SAY(RAW(SYS_futex, (void *)-4, FUTEX_WAKE, 1), "");
  SAY(RAW(SYS_set_robust_list, (void *)0xffffffff00000000, 24), "");
}
static void numbers(void) {
  int missing = 0;
  for (int number = 1000; number < 6000; number++)
    missing += RAW(number) == -ENOSYS;
  say("%d ENOSYS", missing);
}
/* What is done to every other page of a gigabyte until it fails. */
static void every_other_page(long (*act)(char *page)) {
  size_t length = 1 << 30;
  char *base = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  long result = 0, done = 0;
  for (char *page = base; page < base + length && result == 0; page += 8192) {
    result = act(page);
    done += result == 0;
  }
  say("%ld %s", done, result_of(result));
}
static int user_faults;
static long await_page(char *page) {
  struct uffdio_register request = {{(long)page, 4096}, UFFDIO_REGISTER_MODE_MISSING};
  return RAW(SYS_ioctl, user_faults, UFFDIO_REGISTER, &request);
}
static void user_pages(void) {
  struct uffdio_api api = {.api = UFFD_API};
  user_faults = RAW(SYS_userfaultfd, UFFD_USER_MODE_ONLY);
  RAW(SYS_ioctl, user_faults, UFFDIO_API, &api);
  every_other_page(await_page);
}
static long guard(char *page) { return RAW(SYS_madvise, page, 4096, 102); }
static void guards(void) { every_other_page(guard); }
static void stops(void) {
  for (;;) raise(SIGSTOP);
}

void run_hostile(const char *kind) {
  static const struct {
    const char *kind;
    void (*run)(void);
  } kinds[] = {{"forks", forks},       {"fork_bomb", fork_bomb}, {"vforks", vforks},
               {"threads", threads},   {"handlers", handlers},   {"queue", queue},
               {"timers", timers},     {"sleeps", sleeps},       {"programs", programs},
               {"stacks", stacks},     {"frames", frames},       {"futexes", futexes},
               {"copies", copies},     {"far_copies", far_copies},
               {"numbers", numbers},   {"user_pages", user_pages},
               {"guards", guards},     {"stops", stops}};
  for (size_t n = 0; n < sizeof kinds / sizeof *kinds; n++)
    if (strcmp(kind, kinds[n].kind) == 0) kinds[n].run();
}
