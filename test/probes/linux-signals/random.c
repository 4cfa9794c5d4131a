/* Random sequences of calls on signals: what they give, and what handlers see, as one number a seed. */
#include "probe.h"

static const int SEEDS = 12, STEPS = 150;
static uint64_t state, hash;
static int verbose, depth, steps_left;
static char stack_memory[65536];

static unsigned pick(unsigned below) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (state >> 20) % below;
}

static void keep(const char *what, long a, long b, long c) {
  for (const char *at = what; *at; at++) hash = (hash ^ (unsigned char)*at) * 1099511628211u;
  const long values[] = {a, b, c};
  for (int n = 0; n < 3; n++) hash = (hash ^ (uint64_t)values[n]) * 1099511628211u;
  if (verbose) say("%s %ld %ld %lx", what, a, b, c);
}

static int some_signal(void) {
  static const int standard[] = {SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGTERM, SIGCHLD, SIGURG};
  unsigned n = pick(11);
  return n < 7 ? standard[n] : SIGRTMIN + (int)n - 6;
}

static void some_set(sigset_t *set) {
  sigemptyset(set);
  for (unsigned n = pick(7); n > 0; n--) sigaddset(set, some_signal());
}

/* The signals that cases use, as bits. */
static long bits_of(const sigset_t *set) {
  long bits = 0;
  for (int signal = 1; signal < 60; signal++)
    if (sigismember(set, signal) == 1) bits |= 1L << signal;
  return bits;
}

static long mask(void) {
  sigset_t set;
  sigprocmask(SIG_BLOCK, NULL, &set);
  return bits_of(&set);
}

static void step(void);

static void handle(int signal, siginfo_t *info, void *context) {
  ucontext_t *user = context;
  uintptr_t here = (uintptr_t)&user;
  int on_stack = here - (uintptr_t)stack_memory < sizeof stack_memory;
  keep("handler", signal, info->si_code, mask());
  keep("frame", on_stack, info->si_code == SI_QUEUE ? info->si_value.sival_int : 0,
       bits_of(&user->uc_sigmask));
  if (depth < 4 && steps_left > 0 && pick(2)) {
    depth++;
    step();
    depth--;
  }
  if (pick(6) == 0) some_set(&user->uc_sigmask);
}

static void set_action(void) {
  static const int flags[] = {0, SA_NODEFER, SA_ONSTACK, SA_RESTART, SA_NODEFER | SA_ONSTACK};
  int signal = some_signal();
  struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | flags[pick(5)]};
  struct sigaction before;
  some_set(&action.sa_mask);
  unsigned kind = pick(8);
  if (kind == 0) action.sa_handler = SIG_IGN;
  if (kind == 1 && (signal == SIGCHLD || signal == SIGURG)) action.sa_handler = SIG_DFL;
  sigaction(signal, &action, &before);
  keep("action", signal, before.sa_flags & ~0x04000000, bits_of(&before.sa_mask));
  keep("was", before.sa_sigaction == handle, before.sa_handler == SIG_IGN, kind);
}

static void send(void) {
  int signal = some_signal();
  switch (pick(4)) {
  case 0:
    keep("raise", signal, raise(signal), mask());
    break;
  case 1:
    keep("kill", signal, kill(getpid(), signal), mask());
    break;
  case 2:
    keep("thread", signal, RAW(SYS_tgkill, getpid(), getpid(), signal), mask());
    break;
  default: {
    int value = (int)pick(1000);
    keep("queue", signal, sigqueue(getpid(), signal, (union sigval){.sival_int = value}), value);
  }
  }
}

static void look(void) {
  sigset_t set;
  sigpending(&set);
  keep("pending", 0, 0, bits_of(&set));
}

static void change_mask(void) {
  sigset_t set, before;
  some_set(&set);
  int how = (int)pick(3);
  sigprocmask(how, &set, &before);
  keep("mask", how, 0, bits_of(&before));
}

static void take(void) {
  sigset_t set;
  some_set(&set);
  siginfo_t info = {0};
  struct timespec none = {0, 0};
  long result = RAW(SYS_rt_sigtimedwait, &set, &info, &none, 8);
  keep("take", result, result > 0 ? info.si_code : 0,
       result > 0 && info.si_code == SI_QUEUE ? info.si_value.sival_int : 0);
}

static void suspend(void) {
  sigset_t pending, set;
  sigpending(&pending);
  some_set(&set);
  if ((bits_of(&pending) & ~bits_of(&set)) == 0) return;
  for (int signal = 1; signal < 60; signal++) {
    struct sigaction action;
    if (sigismember(&pending, signal) != 1 || sigismember(&set, signal) == 1) continue;
    sigaction(signal, NULL, &action);
    if (action.sa_sigaction != handle) return;
  }
  keep("suspend", RAW(SYS_rt_sigsuspend, &set, 8), 0, mask());
}

static void fork_child(void) {
  int status = -1;
  /* When the child ends is not told: its signal waits until it is waited for. */
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  pid_t child = fork();
  if (child == 0) {
    sigprocmask(SIG_SETMASK, &before, NULL);
    hash ^= 0x1234;
    look();
    send();
    send();
    _exit(hash & 0x7f);
  }
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  sigprocmask(SIG_SETMASK, &before, NULL);
  keep("child", status, 0, mask());
}

static void step(void) {
  steps_left--;
  switch (pick(12)) {
  case 0:
  case 1:
    set_action();
    break;
  case 2:
  case 3:
    change_mask();
    break;
  case 4:
    look();
    break;
  case 5:
    take();
    break;
  case 6:
    suspend();
    break;
  case 7:
    if (pick(12) == 0) fork_child();
    break;
  default:
    send();
  }
}

static void run_seed(int seed) {
  state = 0x9e3779b97f4a7c15u * (uint64_t)(seed + 1);
  hash = 14695981039346656037u;
  stack_t stack = {.ss_sp = stack_memory, .ss_size = sizeof stack_memory};
  sigaltstack(&stack, NULL);
  for (int n = 0; n < 60; n++) {
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO};
    if ((n > 0 && n < 32 && n != SIGKILL && n != SIGSTOP && n != SIGALRM && n != SIGSEGV) ||
        (n > SIGRTMIN && n < SIGRTMIN + 5))
      sigaction(n, &action, NULL);
  }
  for (steps_left = STEPS; steps_left > 0;) step();
  say("seed %d: %016lx", seed, (long)hash);
}


static void run_seeds(int from, int to) {
  for (int seed = from; seed < to; seed++) {
    pid_t child = fork();
    if (child == 0) {
      alarm(20);
      run_seed(seed);
      _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    if (status != 0) say("seed %d ended with %x", seed, status);
  }
}

/* Runs one seed and says all that it does: `@random SEED`; or many: `@random FROM TO`. */
void run_random(const char *from, const char *to) {
  verbose = to == NULL;
  if (to) run_seeds(atoi(from), atoi(to));
  else run_seed(atoi(from));
}

CASE(random_calls) { run_seeds(0, SEEDS); }
