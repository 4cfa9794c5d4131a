/* Programs in the place of programs. */
#include "probe.h"

static const char SELF[] = "/proc/self/exe";
static char *const no_environment[] = {NULL};

/* Runs this program again in a child, as `mode` says; how the child ended is told. */
static void execute(const char *mode, char *const environment[]) {
  pid_t child = fork();
  if (child == 0) {
    char *const arguments[] = {"again", (char *)mode, "more words", "", NULL};
    execve(SELF, arguments, environment);
    say("execve %s", result_of(-errno));
    _exit(1);
  }
  say_end("child", child);
}

extern char **environ;

/* What the program does when its first argument is one of these. */
static void tell_words(int count, char **words) {
  for (int n = 0; n < count; n++) say("word %d '%s'", n, words[n]);
  for (char **line = environ; *line; line++) say("environment '%s'", *line);
}
static void tell_signals(int count, char **words) {
  (void)count, (void)words;
  static const int signals[] = {SIGUSR1, SIGUSR2, SIGCHLD};
  for (int n = 0; n < 3; n++) {
    struct sigaction action;
    sigaction(signals[n], NULL, &action);
    say("%d: default %d ignored %d blocked %d pending %d flags %x", signals[n],
        action.sa_handler == SIG_DFL, action.sa_handler == SIG_IGN, is_blocked(signals[n]),
        is_pending(signals[n]), action.sa_flags);
  }
  stack_t stack;
  sigaltstack(NULL, &stack);
  say("stack size %zu flags %x", stack.ss_size, stack.ss_flags);
}
static void tell_files(int count, char **words) {
  (void)count, (void)words;
  for (int n = 3; n < 7; n++) say("%d %s", n, result_of(raw(fcntl(n, F_GETFD))));
}
static void tell_time(int count, char **words) {
  (void)count, (void)words;
  say("alarm goes on %d", alarm(0) > 0);
  say("timer %s", result_of(RAW(SYS_timer_getoverrun, 0)));
}
static void tell_name(int count, char **words) {
  (void)count, (void)words;
  char name[17] = "";
  prctl(PR_GET_NAME, name);
  say("name %s", name);
}
static void tell_ids(int count, char **words) {
  (void)count;
  say("thread is process %d", getpid() == (int)RAW(SYS_gettid));
  say("same process %d", getpid() == atoi(words[2]));
}

void run_random(const char *from, const char *to);
void run_hostile(const char *kind);

int run_program(int count, char **words) {
  if (count > 2 && strcmp(words[1], "@random") == 0) run_random(words[2], words[3]);
  if (count > 2 && strcmp(words[1], "@hostile") == 0) run_hostile(words[2]);
  static const struct {
    const char *mode;
    void (*run)(int, char **);
  } modes[] = {{"@words", tell_words}, {"@signals", tell_signals}, {"@files", tell_files},
               {"@time", tell_time},   {"@name", tell_name},       {"@ids", tell_ids}};
  for (size_t n = 0; n < sizeof modes / sizeof *modes; n++)
    if (strcmp(words[1], modes[n].mode) == 0) modes[n].run(count, words);
  return 3;
}

CASE(exec_words) {
  char *const environment[] = {"FIRST=1", "SECOND=two words", NULL};
  execute("@words", environment);
}
CASE(exec_without_words) {
  pid_t child = fork();
  if (child == 0) {
    SAY(RAW(SYS_execve, "/proc/self/nothing", NULL, NULL), "");
    _exit(0);
  }
  say_end("child", child);
}
CASE(exec_bad) {
  char *const words[] = {"x", NULL};
  SAY(RAW(SYS_execve, "/nowhere/at all", words, no_environment), "");
  SAY(RAW(SYS_execve, "", words, no_environment), "");
  SAY(RAW(SYS_execve, "/tmp", words, no_environment), "");
  SAY(RAW(SYS_execve, (void *)8, words, no_environment), "");
  SAY(RAW(SYS_execve, SELF, (void *)8, no_environment), "");
  SAY(RAW(SYS_execve, SELF, words, (void *)8), "");
}
static char *write_script(const char *text, int mode) {
  static char path[] = "/tmp/script-XXXXXX";
  strcpy(path, "/tmp/script-XXXXXX");
  int file = mkstemp(path);
  if (write(file, text, strlen(text)) != (ssize_t)strlen(text)) say("write failed");
  fchmod(file, mode);
  close(file);
  return path;
}
CASE(exec_not_a_program) {
  char *path = write_script("no program at all", 0755);
  char *const words[] = {"x", NULL};
  SAY(RAW(SYS_execve, path, words, no_environment), "");
  unlink(path);
  path = write_script("", 0755);
  SAY(RAW(SYS_execve, path, words, no_environment), "");
  unlink(path);
  path = write_script("#!/proc/self/exe\n", 0644);
  SAY(RAW(SYS_execve, path, words, no_environment), "");
  unlink(path);
  path = write_script("#!\n", 0755);
  SAY(RAW(SYS_execve, path, words, no_environment), "");
  unlink(path);
  path = write_script("#! /nowhere\n", 0755);
  SAY(RAW(SYS_execve, path, words, no_environment), "");
  unlink(path);
}
CASE(exec_script) {
  char *path = write_script("#! /proc/self/exe  @words \nrest", 0755);
  pid_t child = fork();
  if (child == 0) {
    char *const words[] = {"forgotten", "one", "two", NULL};
    char *link = "/tmp/probe-script";
    unlink(link);
    if (symlink(path, link) != 0) _exit(9);
    execve(link, words, no_environment);
    say("execve %s", result_of(-errno));
    _exit(1);
  }
  say_end("child", child);
  unlink(path);
  unlink("/tmp/probe-script");
}
CASE(exec_too_many_words) {
  static char *words[40000];
  for (int n = 0; n < 39999; n++) words[n] = "a word of some length that is repeated and repeated"
                                             " until there is no room left for more of its kind,"
                                             " which comes after a while, since a quarter of the"
                                             " stack is a lot";
  SAY(RAW(SYS_execve, SELF, words, no_environment), "");
  static char longest[131073];
  memset(longest, 'x', sizeof longest - 1);
  char *const one[] = {longest, NULL};
  SAY(RAW(SYS_execve, SELF, one, no_environment), "");
}
CASE(exec_signals) {
  static char memory[16384];
  stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
  sigaltstack(&stack, NULL);
  on(SIGUSR1, note, SA_RESTART);
  signal(SIGUSR2, SIG_IGN);
  block(SIGUSR1);
  char *const words[] = {"again", "@signals", NULL};
  pid_t child = fork();
  if (child == 0) {
    raise(SIGUSR1);
    execve(SELF, words, no_environment);
    _exit(1);
  }
  say_end("child", child);
}
CASE(exec_files) {
  int first = open("/dev/null", O_RDONLY), second = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup3(first, 5, 0);
  dup3(second, 6, O_CLOEXEC);
  execute("@files", no_environment);
}
CASE(exec_time) {
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_NONE};
  timer_create(CLOCK_MONOTONIC, &event, &timer);
  alarm(50);
  char *const words[] = {"again", "@time", NULL};
  execve(SELF, words, no_environment);
}
CASE(exec_name) {
  prctl(PR_SET_NAME, "before");
  execute("@name", no_environment);
}
static void *execute_in_thread(void *words) {
  execve(SELF, words, no_environment);
  return NULL;
}
CASE(exec_in_thread) {
  char number[16];
  snprintf(number, sizeof number, "%d", getpid());
  char *const words[] = {"again", "@ids", number, NULL};
  pthread_t thread;
  pthread_create(&thread, NULL, execute_in_thread, (void *)words);
  pthread_join(thread, NULL);
  say("not reached");
}
CASE(exec_after_vfork) {
  char *const words[] = {"again", "@words", NULL};
  pid_t child = vfork();
  if (child == 0) {
    execve(SELF, words, no_environment);
    _exit(1);
  }
  say_end("child", child);
}
CASE(exec_fails_after_vfork) {
  char *const words[] = {"again", NULL};
  volatile int error = 0;
  pid_t child = vfork();
  if (child == 0) {
    execve("/nowhere", words, no_environment);
    error = errno;
    _exit(6);
  }
  say("%s", result_of(-error));
  say_end("child", child);
}
CASE(exec_at) {
  int file = open(SELF, O_RDONLY | O_CLOEXEC);
  int folder = open("/proc/self", O_RDONLY | O_DIRECTORY);
  char *const words[] = {"again", "@name", NULL};
  pid_t child = fork();
  if (child == 0) {
    syscall(SYS_execveat, folder, "exe", words, no_environment, 0);
    _exit(1);
  }
  say_end("from a folder", child);
  child = fork();
  if (child == 0) {
    syscall(SYS_execveat, file, "", words, no_environment, 0x1000);
    _exit(1);
  }
  say_end("by its descriptor", child);
  SAY(RAW(SYS_execveat, file, "", words, no_environment, 0), "");
  SAY(RAW(SYS_execveat, 99, "x", words, no_environment, 0), "");
  SAY(RAW(SYS_execveat, file, "x", words, no_environment, 0), "");
  SAY(RAW(SYS_execveat, file, "x", words, no_environment, 0x10), "");
}
CASE(exec_group_of_child) {
  int ends[2];
  if (pipe(ends) != 0) return;
  pid_t child = fork();
  if (child == 0) {
    char *const words[] = {"again", "@nothing", NULL};
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    execve(SELF, words, no_environment);
    _exit(1);
  }
  close(ends[1]);
  char byte;
  if (read(ends[0], &byte, 1) != 0) say("a byte");
  siginfo_t info;
  waitid(P_PID, child, &info, WEXITED | WNOWAIT);
  SAY(RAW(SYS_setpgid, child, child), "");
  say_end("child", child);
}
