/*
 * Runs cases of memory calls on the kernel it stands on and prints what each call gave.
 *
 * The language (also interpreted by packages/conformance/src/posix-program.ts): one statement a
 * line, `[name =] operation arguments`; `case NAME` begins a case, which runs in a process of its
 * own. An argument is a sum (`+`, `-`, `|`, from left to right) of numbers (suffixes p for pages,
 * k, m, g), names of constants and of results. M is the end of the space that mmap hands out from,
 * 2 MiB aligned and free below; B is where the break started; S and D are the bytes mapped and the
 * bytes of data (as RLIMIT_AS and RLIMIT_DATA count them) that the case begins with. Addresses are printed as distances
 * from them, so that address-space randomisation does not show.
 *
 * It runs as nobody, with limits of its own, and calls nothing of the C library that allocates.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define PAGE 4096ul
#define HUGE_BYTES (2ul << 20)
#define FENCE_BYTES (4ul << 20)
#define NOBODY 65534
#define MAX_NAMES 256
#define MAX_ARGUMENTS 8

typedef struct { const char *name; long value; } Constant;

static const Constant CONSTANTS[] = {
  {"none", 0}, {"r", 1}, {"w", 2}, {"x", 4}, {"rw", 3}, {"rx", 5}, {"wx", 6}, {"rwx", 7},
  {"growsdown_prot", PROT_GROWSDOWN}, {"growsup_prot", PROT_GROWSUP},
  {"shared", MAP_SHARED}, {"priv", MAP_PRIVATE}, {"validate", MAP_SHARED_VALIDATE},
  {"droppable", 8}, {"fixed", MAP_FIXED}, {"anon", MAP_ANONYMOUS}, {"low32", MAP_32BIT},
  {"growsdown", MAP_GROWSDOWN}, {"denywrite", MAP_DENYWRITE}, {"executable", MAP_EXECUTABLE},
  {"locked", MAP_LOCKED}, {"noreserve", MAP_NORESERVE}, {"populate", MAP_POPULATE},
  {"nonblock", MAP_NONBLOCK}, {"stack", MAP_STACK}, {"sync", MAP_SYNC}, {"hugetlb", MAP_HUGETLB},
  {"noreplace", MAP_FIXED_NOREPLACE},
  {"maymove", MREMAP_MAYMOVE}, {"mfixed", MREMAP_FIXED}, {"dontunmap", MREMAP_DONTUNMAP},
  {"normal", 0}, {"random", 1}, {"sequential", 2}, {"willneed", 3}, {"dontneed", 4}, {"free", 8},
  {"remove", 9}, {"dontfork", 10}, {"dofork", 11}, {"mergeable", 12}, {"unmergeable", 13},
  {"hugepage", 14}, {"nohugepage", 15}, {"dontdump", 16}, {"dodump", 17}, {"wipeonfork", 18},
  {"keeponfork", 19}, {"cold", 20}, {"pageout", 21}, {"populate_read", 22},
  {"populate_write", 23}, {"dontneed_locked", 24}, {"collapse", 25}, {"hwpoison", 100},
  {"soft_offline", 101}, {"guard_install", 102}, {"guard_remove", 103},
  {"as", RLIMIT_AS}, {"data", RLIMIT_DATA}, {"rstack", RLIMIT_STACK}, {"memlock", RLIMIT_MEMLOCK},
  {"inf", -1}, {"current", MCL_CURRENT}, {"future", MCL_FUTURE}, {"onfault", MCL_ONFAULT},
  {"async", MS_ASYNC}, {"invalidate", MS_INVALIDATE}, {"syncflag", MS_SYNC},
  {"lock_onfault", 1}, {"ro", O_RDONLY}, {"wo", O_WRONLY}, {"rdwr", O_RDWR},
  {"append", O_WRONLY | O_APPEND}, {"both", O_RDWR | O_APPEND},
};

typedef struct { const char *name; long number; int address; int arguments; } Call;

/* System calls as they are; the result of some is an address. */
static const Call CALLS[] = {
  {"mmap", SYS_mmap, 1, 6}, {"munmap", SYS_munmap, 0, 2}, {"mprotect", SYS_mprotect, 0, 3},
  {"mremap", SYS_mremap, 1, 5}, {"brk", SYS_brk, 1, 1}, {"madvise", SYS_madvise, 0, 3},
  {"mincore", SYS_mincore, 0, 3}, {"mlock", SYS_mlock, 0, 2}, {"mlock2", SYS_mlock2, 0, 3},
  {"munlock", SYS_munlock, 0, 2}, {"mlockall", SYS_mlockall, 0, 1},
  {"munlockall", SYS_munlockall, 0, 0}, {"msync", SYS_msync, 0, 3},
  {"membarrier", SYS_membarrier, 0, 3}, {"trunc", SYS_ftruncate, 0, 2}, {"close", SYS_close, 0, 1},
  {"pread", SYS_pread64, 0, 4}, {"pwrite", SYS_pwrite64, 0, 4}, {"mseal", 462, 0, 3},
  {"pkey_mprotect", SYS_pkey_mprotect, 0, 4}, {"pkey_alloc", SYS_pkey_alloc, 0, 2},
  {"pkey_free", SYS_pkey_free, 0, 1},
  {"getrlimit", SYS_getrlimit, 0, 2}, {"setrlimit", SYS_setrlimit, 0, 2},
  {"prlimit64", SYS_prlimit64, 0, 4}, {"memfd_create", SYS_memfd_create, 0, 2},
};

static struct { char name[16]; long value; } names[MAX_NAMES];
static int name_count;
static long mmap_end, break_start;
static char input[16 << 20], output[4 << 20];
static size_t input_length, output_length;
static sigjmp_buf recover;
static volatile int caught, caught_code, caught_trap, caught_error;
static volatile long caught_address;
static char signal_stack[1 << 16] __attribute__((aligned(16)));
static char file_text[1 << 20];
static long first_size, first_data;

static void die(const char *what, const char *which) {
  fprintf(stderr, "probe: %s %s\n", what, which);
  _exit(2);
}

static void say(const char *format, ...) {
  va_list list;
  va_start(list, format);
  int room = (int)(sizeof output - output_length);
  int length = vsnprintf(output + output_length, room, format, list);
  va_end(list);
  if (length >= room) die("too much", "output");
  output_length += length;
}

static void flush_output(void) {
  for (size_t done = 0; done < output_length;) {
    ssize_t count = write(1, output + done, output_length - done);
    if (count <= 0) _exit(3);
    done += count;
  }
  output_length = 0;
}

static const char *error_name(int number) {
  const char *name = strerrorname_np(number);
  return name ? name : "E?";
}

/* Distances up to 64 TiB below M, or 1 TiB above B, or the number itself. */
static void say_address(unsigned long value) {
  unsigned long m = mmap_end, b = break_start;
  if (value >= b && value - b < 1ul << 32) say("B+0x%lx", value - b);
  else if (value >= m && value - m < 1ul << 32) say("M+0x%lx", value - m);
  else if (value < m && m - value < 1ul << 44) say("M-0x%lx", m - value);
  else say("0x%lx", value);
}

static void say_result(long result, int address) {
  if (result < 0 && result > -4096) say("%s", error_name(-result));
  else if (address) say_address(result);
  else say("%ld", result);
}

static long find_name(const char *name, size_t length) {
  for (int i = name_count - 1; i >= 0; i--)
    if (strlen(names[i].name) == length && !memcmp(names[i].name, name, length))
      return names[i].value;
  for (size_t i = 0; i < sizeof CONSTANTS / sizeof *CONSTANTS; i++)
    if (strlen(CONSTANTS[i].name) == length && !memcmp(CONSTANTS[i].name, name, length))
      return CONSTANTS[i].value;
  die("unknown name", name);
  return 0;
}

static void set_name(const char *name, long value) {
  if (name_count == MAX_NAMES || strlen(name) >= sizeof names->name) die("too many names", name);
  strcpy(names[name_count].name, name);
  names[name_count++].value = value;
}

static long term(const char **at) {
  const char *start = *at;
  if (*start >= '0' && *start <= '9') {
    char *end;
    unsigned long value = strtoul(start, &end, 0);
    if (*end == 'p') value *= PAGE, end++;
    else if (*end == 'k') value <<= 10, end++;
    else if (*end == 'm') value <<= 20, end++;
    else if (*end == 'g') value <<= 30, end++;
    *at = end;
    return value;
  }
  while (**at && !strchr("+-|", **at)) ++*at;
  return find_name(start, *at - start);
}

static long evaluate(const char *at) {
  long value = *at == '-' ? 0 : term(&at);
  while (*at) {
    char operator = *at++;
    long right = term(&at);
    if (operator == '+') value += right;
    else if (operator == '-') value -= right;
    else value |= right;
  }
  return value;
}

static void on_signal(int number, siginfo_t *info, void *context) {
  const greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  caught_trap = registers[REG_TRAPNO];
  caught_error = registers[REG_ERR];
  caught = number;
  caught_code = info->si_code;
  caught_address = (long)info->si_addr;
  siglongjmp(recover, 1);
}

static void say_signal(void) {
  const char *name = caught == SIGBUS           ? "BUS_ADRERR"
                     : caught_code == SI_KERNEL ? "SI_KERNEL"
                     : caught_code == SEGV_MAPERR ? "SEGV_MAPERR"
                     : caught_code == SEGV_ACCERR ? "SEGV_ACCERR"
                                                  : "signal";
  say("%s ", name);
  say_address(caught_address);
  say(" trap %d error %x", caught_trap, caught_error);
}

static unsigned hash(const volatile unsigned char *bytes, long length) {
  unsigned value = 2166136261u;
  for (long i = 0; i < length; i++) value = (value ^ bytes[i]) * 16777619u;
  return value;
}

typedef void Routine(void);

/* Accesses of the program itself; a signal is their result. */
static int access_memory(const char *operation, long *a, int count) {
  volatile unsigned char *bytes = (void *)a[0];
  long size = count > 1 && !strcmp(operation, "get") ? a[1] : count > 2 ? a[2] : 1;
  if (sigsetjmp(recover, 1)) {
    say_signal();
    return 1;
  }
  if (!strcmp(operation, "get"))
    say("%u", size == 4 ? *(volatile unsigned *)bytes : size == 2 ? *(volatile unsigned short *)bytes : *bytes);
  else if (!strcmp(operation, "set")) {
    if (size == 4) *(volatile unsigned *)bytes = a[1];
    else if (size == 2) *(volatile unsigned short *)bytes = a[1];
    else *bytes = a[1];
    say("ok");
  } else if (!strcmp(operation, "run")) {
    ((Routine *)a[0])();
    say("ok");
  } else if (!strcmp(operation, "fill")) {
    for (long i = 0; i < a[1]; i++) bytes[i] = a[2];
    say("ok");
  } else if (!strcmp(operation, "sum")) {
    say("%08x", hash(bytes, a[1]));
  } else {
    return 0;
  }
  return 1;
}

static void read_file(const char *path) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  size_t length = 0;
  ssize_t count;
  if (file < 0) die("cannot open", path);
  while ((count = read(file, file_text + length, sizeof file_text - 1 - length)) > 0) length += count;
  file_text[length] = 0;
  close(file);
}

/* The VMAs that overlap a range, as one line; what lies above M is not the case's. */
static void say_maps(unsigned long from, unsigned long length) {
  read_file("/proc/self/maps");
  const char *between = "";
  for (char *line = strtok(file_text, "\n"); line; line = strtok(NULL, "\n")) {
    unsigned long start, end, offset;
    char protection[8], path[256] = "";
    if (sscanf(line, "%lx-%lx %7s %lx %*s %*s %255[^\n]", &start, &end, protection, &offset, path) < 4)
      die("maps", line);
    if (end <= from || start >= from + length || start >= (unsigned long)mmap_end) continue;
    say("%s", between);
    say_address(start);
    say(" %lu %s", (end - start) / PAGE, protection);
    if (offset) say(" @%lx", offset / PAGE);
    if (strstr(path, "/memfd:")) say(" memfd");
    else if (strstr(path, "/dev/zero")) say(" zero");
    else if (strstr(path, "[heap]")) say(" heap");
    between = ", ";
  }
  if (!*between) say("empty");
}

/* What smaps has of the VMAs that overlap a range: their flags, or sums of their memory, KiB. */
static void say_smaps(unsigned long from, unsigned long length, int flags) {
  long resident = 0, anonymous = 0;
  int inside = 0;
  const char *between = "";
  read_file("/proc/self/smaps");
  for (char *line = strtok(file_text, "\n"); line; line = strtok(NULL, "\n")) {
    unsigned long start, end;
    long value = strchr(line, ':') ? strtol(strchr(line, ':') + 1, NULL, 10) : 0;
    if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
      inside = end > from && start < from + length && start < (unsigned long)mmap_end;
    else if (!inside) continue;
    else if (!strncmp(line, "Rss:", 4)) resident += value;
    else if (!strncmp(line, "Anonymous:", 10)) anonymous += value;
    else if (flags && !strncmp(line, "VmFlags:", 8)) {
      say("%s", between);
      /* Soft-dirty is the business of whoever traces. */
      for (char *at = line + 8; at[0] && at[1]; at += 3)
        if (strncmp(at + 1, "sd", 2) && at[1]) say("%s%.2s", at == line + 8 ? "" : " ", at + 1);
      between = ",";
    }
  }
  if (flags && !*between) say("empty");
  if (!flags) say("rss %ld anonymous %ld", resident, anonymous);
}

static void say_resident(long address, long length) {
  static unsigned char vector[1 << 16];
  long result = syscall(SYS_mincore, address, length, vector);
  if (result < 0) {
    say("%s", error_name(errno));
    return;
  }
  for (long i = 0; i < (long)((length + PAGE - 1) / PAGE); i++) say("%d", vector[i] & 1);
}

static void read_sizes(long *size, long *data) {
  read_file("/proc/self/statm");
  if (sscanf(file_text, "%ld %*d %*d %*d %*d %ld", size, data) != 2) die("statm", file_text);
}

/* A figure of /proc/self/status, KiB. */
static long read_status(const char *name) {
  read_file("/proc/self/status");
  char *line = strstr(file_text, name);
  if (!line) die("no such status:", name);
  return strtol(line + strlen(name), NULL, 10);
}

static long reopen(int file, int flags) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  long result = open(path, flags | O_CLOEXEC);
  return result < 0 ? -errno : result;
}

/* What is no system call, or takes structures; returns 0 when it knows none of that name. */
static int observe(const char *operation, long *a, long *result) {
  struct rlimit limit = {a[1], a[2]};
  *result = 0;
  if (!strcmp(operation, "maps")) say_maps(a[0], a[1]);
  else if (!strcmp(operation, "res")) say_resident(a[0], a[1]);
  else if (!strcmp(operation, "smaps")) say_smaps(a[0], a[1], 0);
  else if (!strcmp(operation, "vmflags")) say_smaps(a[0], a[1], 1);
  else if (!strcmp(operation, "locked_kib")) say("%ld", read_status("VmLck:"));
  else if (!strcmp(operation, "sizes")) {
    long size, data;
    read_sizes(&size, &data);
    say("size%+ld data%+ld", size - first_size, data - first_data);
  } else if (!strcmp(operation, "limit"))
    say_result(syscall(SYS_setrlimit, a[0], &limit) < 0 ? -errno : 0, 0);
  else if (!strcmp(operation, "getlimit")) {
    if (syscall(SYS_getrlimit, a[0], &limit) < 0) say("%s", error_name(errno));
    else say("%ld %ld", (long)limit.rlim_cur, (long)limit.rlim_max);
  } else if (!strcmp(operation, "memfd") || !strcmp(operation, "reopen") || !strcmp(operation, "pipe")) {
    int ends[2];
    if (*operation == 'm') *result = memfd_create("probe", MFD_CLOEXEC);
    else if (*operation == 'r') *result = reopen(a[0], a[1]);
    else *result = pipe(ends) < 0 ? -errno : ends[0];
    if (*result < 0) say_result(*result, 0);
    else say("fd");
  } else if (!strcmp(operation, "let")) {
    *result = a[0];
    say("ok");
  } else if (!strcmp(operation, "fork")) {
    pid_t child = fork();
    if (child < 0) die("fork", "");
    if (child > 0) {
      int status;
      waitpid(child, &status, 0);
      _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    }
    say("ok");
  } else {
    return 0;
  }
  return 1;
}

static void perform(char *line) {
  char *words[MAX_ARGUMENTS + 3], *name = NULL, **word = words;
  int count = 0;
  for (char *w = strtok(line, " "); w; w = strtok(NULL, " ")) {
    if (count == MAX_ARGUMENTS + 3) die("too many words", line);
    words[count++] = w;
  }
  if (count > 2 && !strcmp(words[1], "=")) name = words[0], word += 2, count -= 2;
  const char *operation = word[0];
  long a[MAX_ARGUMENTS] = {0}, result = 0;
  for (int i = 1; i < count; i++) a[i - 1] = evaluate(word[i]);
  const Call *call = NULL;
  for (size_t i = 0; i < sizeof CALLS / sizeof *CALLS; i++)
    if (!strcmp(CALLS[i].name, operation)) call = &CALLS[i];
  if (call) {
    if (count - 1 != call->arguments) die("wrong number of arguments of", operation);
    result = syscall(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (result == -1) result = -errno;
    say_result(result, call->address);
  } else if (!access_memory(operation, a, count - 1) && !observe(operation, a, &result)) {
    die("unknown operation", operation);
  }
  say("\n");
  if (name) set_name(name, result);
}

/*
 * M: everything below is free, down to the middle of the space, and it is 2 MiB aligned. At least
 * FENCE_BYTES of shared memory without access lie above.
 */
static void find_places(void) {
  char *page = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  unsigned long end = (unsigned long)page + PAGE, rest = end % HUGE_BYTES + FENCE_BYTES;
  munmap(page, PAGE);
  if (mmap((void *)(end - rest), rest, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED,
                   -1, 0) == MAP_FAILED)
    die("cannot align", "M");
  mmap_end = end - rest;
  break_start = syscall(SYS_brk, 0);
  set_name("M", mmap_end);
  set_name("B", break_start);
  set_name("S", read_status("VmSize:") << 10);
  set_name("D", read_status("VmData:") << 10);
}

/* Grows the stack once, so that limits which a case sets meet the case and not the probe. */
static void grow_stack(void) {
  volatile char room[128 << 10];
  for (size_t i = 0; i < sizeof room; i += PAGE) room[i] = 0;
}

static void run_case(char *text) {
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  stack_t stack = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
  sigaltstack(&stack, NULL);
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
  grow_stack();
  find_places();
  read_sizes(&first_size, &first_data);
  while (*text) {
    size_t length = strcspn(text, "\n");
    char *line = text, *next = text + length + (text[length] == '\n');
    char last = text[length];
    text[length] = 0;
    if (!strncmp(line, "case ", 5) && last) break;
    if (*line) {
      char copy[512];
      if (length >= sizeof copy) die("long line", line);
      memcpy(copy, line, length + 1);
      perform(copy);
    }
    text = next;
  }
  flush_output();
  _exit(0);
}

/* Limits that every case starts from, whatever the shell has. */
static void settle(void) {
  const struct rlimit stack = {8 << 20, RLIM_INFINITY}, memlock = {8 << 20, 8 << 20};
  const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY}, core = {0, 0};
  setrlimit(RLIMIT_STACK, &stack);
  setrlimit(RLIMIT_MEMLOCK, &memlock);
  setrlimit(RLIMIT_AS, &none);
  setrlimit(RLIMIT_DATA, &none);
  setrlimit(RLIMIT_CORE, &core);
  if (getuid() == 0 && (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
                        setresuid(NOBODY, NOBODY, NOBODY)))
    die("cannot become", "nobody");
  prctl(PR_SET_DUMPABLE, 1);
}

/*
 * The C library takes its thread's data from the break, unless a limit forbids: the break is to be
 * where the kernel put it. Such a limit lets mmap pass.
 */
static void start_again(char **arguments) {
  const struct rlimit no_break = {0, RLIM_INFINITY};
  setrlimit(RLIMIT_DATA, &no_break);
  execve("/proc/self/exe", (char *[]){arguments[0], "again", NULL}, (char *[]){NULL});
  die("cannot start", "again");
}

int main(int argument_count, char **arguments) {
  ssize_t count;
  if (argument_count < 2) start_again(arguments);
  while ((count = read(0, input + input_length, sizeof input - 1 - input_length)) > 0)
    input_length += count;
  settle();
  struct sysinfo system;
  sysinfo(&system);
  printf("memory %lu\n", (system.totalram + system.totalswap) * system.mem_unit);
  fflush(stdout);
  for (char *at = input; (at = strstr(at, "case "));) {
    char *end = at + strcspn(at, "\n");
    if (at != input && at[-1] != '\n') {
      at = end;
      continue;
    }
    dprintf(1, "%.*s\n", (int)(end - at), at);
    pid_t child = fork();
    if (child < 0) die("fork", "");
    if (child == 0) run_case(*end ? end + 1 : end);
    int status;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) dprintf(1, "killed %d\n", WTERMSIG(status));
    else if (WEXITSTATUS(status)) dprintf(1, "exit %d\n", WEXITSTATUS(status));
    at = end;
  }
  return 0;
}
