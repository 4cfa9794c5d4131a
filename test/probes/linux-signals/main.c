#include "probe.h"

#include <stdarg.h>

extern const struct probe_case __start_cases[], __stop_cases[];

volatile sig_atomic_t seen;
volatile int seen_count;
siginfo_t seen_info;
pid_t last_child;

void say(const char *format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line, sizeof line - 1, format, arguments);
  va_end(arguments);
  line[length++] = '\n';
  if (write(1, line, length) != length) _exit(99);
}

static const struct {
  int number;
  const char *name;
} ERRORS[] = {
    {EPERM, "EPERM"},   {ENOENT, "ENOENT"},       {ESRCH, "ESRCH"},         {EINTR, "EINTR"},
    {ECHILD, "ECHILD"}, {EAGAIN, "EAGAIN"},       {ENOMEM, "ENOMEM"},       {EACCES, "EACCES"},
    {EFAULT, "EFAULT"}, {EINVAL, "EINVAL"},       {ENOSYS, "ENOSYS"},       {EDEADLK, "EDEADLK"},
    {EPIPE, "EPIPE"},   {ETIMEDOUT, "ETIMEDOUT"}, {EOPNOTSUPP, "EOPNOTSUPP"}, {EBUSY, "EBUSY"},
    {EOWNERDEAD, "EOWNERDEAD"}, {E2BIG, "E2BIG"}, {ENOEXEC, "ENOEXEC"},
    {EEXIST, "EEXIST"}, {ENOSPC, "ENOSPC"},       {ERANGE, "ERANGE"},       {EFBIG, "EFBIG"},
    {EIDRM, "EIDRM"},   {ENOMSG, "ENOMSG"},
};

const char *result_of(long result) {
  static char number[4][24];
  static int turn;
  for (size_t n = 0; n < sizeof ERRORS / sizeof *ERRORS; n++)
    if (result == -ERRORS[n].number) return ERRORS[n].name;
  turn = (turn + 1) & 3;
  snprintf(number[turn], sizeof *number, "%ld", result);
  return number[turn];
}

long raw(long result) { return result == -1 ? -errno : result; }

const char *who(pid_t id) {
  if (id == 0) return "0";
  if (id == getpid()) return "self";
  if (id == getppid()) return "parent";
  return id == last_child ? "child" : "other";
}

void on_masked(int signal, handler *handle, int flags, const sigset_t *mask) {
  struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | flags};
  if (mask) action.sa_mask = *mask;
  if (sigaction(signal, &action, NULL) != 0) say("sigaction: %s", result_of(-errno));
}

void on(int signal, handler *handle, int flags) { on_masked(signal, handle, flags, NULL); }

static void change(int how, int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  sigprocmask(how, &set, NULL);
}

void block(int signal) { change(SIG_BLOCK, signal); }
void unblock(int signal) { change(SIG_UNBLOCK, signal); }

int is_blocked(int signal) {
  sigset_t set;
  sigprocmask(SIG_BLOCK, NULL, &set);
  return sigismember(&set, signal);
}

int is_pending(int signal) {
  sigset_t set;
  sigpending(&set);
  return sigismember(&set, signal);
}

void say_end(const char *what, pid_t child) {
  int status = 0;
  pid_t ended;
  do ended = waitpid(child, &status, 0);
  while (ended < 0 && errno == EINTR);
  if (ended != child) say("%s: %s", what, result_of(-errno));
  else if (WIFEXITED(status)) say("%s: exit %d", what, WEXITSTATUS(status));
  else if (WIFSIGNALED(status)) say("%s: signal %d", what, WTERMSIG(status));
  else say("%s: status %x", what, status);
}

void sleep_ms(int milliseconds) {
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
  while (nanosleep(&time, &time) != 0 && errno == EINTR) continue;
}

pid_t send_later(int signal, int milliseconds) {
  pid_t child = fork();
  if (child != 0) return last_child = child;
  sleep_ms(milliseconds);
  kill(getppid(), signal);
  _exit(0);
}

pid_t send_asleep(int signal) {
  pid_t child = fork();
  if (child != 0) return last_child = child;
  wait_asleep(getppid());
  kill(getppid(), signal);
  _exit(0);
}

key_t own_key(void) { return 0x62610000 + getpid() % 60000; }

char *fenced_page(void) {
  char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(pages + 4096, 4096, PROT_NONE);
  return pages;
}

void note(int signal, siginfo_t *info, void *context) {
  (void)context;
  seen = signal;
  seen_count++;
  seen_info = *info;
}

static void run(const struct probe_case *test) {
  say("== %s", test->name);
  pid_t child = fork();
  if (child == 0) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    alarm(20);
    test->run();
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) say("ended by signal %d", WTERMSIG(status));
  else if (WEXITSTATUS(status) != 0) say("ended with %d", WEXITSTATUS(status));
}

/* What the program does when a case executes it: programs.c. */
int run_program(int count, char **words);

/* Runs every case, or those whose names begin with an argument. */
int main(int count, char **arguments) {
  if (count > 1 && arguments[1][0] == '@') return run_program(count, arguments);
  for (const struct probe_case *test = __start_cases; test < __stop_cases; test++) {
    int wanted = count == 1;
    for (int n = 1; n < count; n++)
      wanted |= strncmp(test->name, arguments[n], strlen(arguments[n])) == 0;
    if (wanted) run(test);
  }
  return 0;
}
