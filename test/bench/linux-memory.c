/* What calls of Linux cost, those for memory above all: linux-memory WHAT COUNT [VMAS]. The time of
 * the whole process is measured from outside; what a smaller COUNT takes is to be taken off. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul
#define FORK_BYTES (100ul << 20)

static char *map(size_t bytes, int protection) {
  char *memory = mmap(0, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) _exit(1);
  return memory;
}

/* Every other page readable, so that no two mappings merge. */
static void crowd(long vmas) {
  char *memory = map(vmas * PAGE, PROT_NONE);
  for (long n = 0; n < vmas; n += 2) mprotect(memory + n * PAGE, PAGE, PROT_READ);
}

static void touch(long count) {
  char *memory = map((count + 1) * PAGE, PROT_READ | PROT_WRITE);
  for (long n = 0; n < count; n++) memory[n * PAGE] = 1;
}

static void pairs(long count, long vmas) {
  crowd(vmas);
  for (long n = 0; n < count; n++) munmap(map(PAGE, PROT_READ | PROT_WRITE), PAGE);
}

static void protect(long count, long vmas) {
  crowd(vmas);
  char *memory = map(2 * PAGE, PROT_READ | PROT_WRITE);
  for (long n = 0; n < count; n++) {
    mprotect(memory, PAGE, PROT_READ);
    mprotect(memory, PAGE, PROT_READ | PROT_WRITE);
  }
}

static void forks(long count) {
  char *memory = map(FORK_BYTES, PROT_READ | PROT_WRITE);
  for (size_t at = 0; at < FORK_BYTES; at += PAGE) memory[at] = 1;
  for (long n = 0; n < count; n++) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, 0, 0);
  }
}

static void calls(long count) {
  for (long n = 0; n < count; n++) syscall(SYS_getppid);
}

static void pipes(long count) {
  int ends[2];
  char byte = 1;
  if (pipe(ends) != 0) _exit(1);
  for (long n = 0; n < count; n++) {
    if (write(ends[1], &byte, 1) != 1 || read(ends[0], &byte, 1) != 1) _exit(1);
  }
}

/* Each child is this program again, with nothing to do. */
static void programs(long count, char *path) {
  char *words[] = {path, "call", "0", 0};
  for (long n = 0; n < count; n++) {
    pid_t child = fork();
    int status = 0;
    if (child == 0) _exit(execv(path, words));
    if (waitpid(child, &status, 0) != child || status != 0) _exit(1);
  }
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  long count = atol(argv[2]), vmas = argc > 3 ? atol(argv[3]) : 0;
  if (!strcmp(argv[1], "touch")) touch(count);
  else if (!strcmp(argv[1], "map")) pairs(count, vmas);
  else if (!strcmp(argv[1], "protect")) protect(count, vmas);
  else if (!strcmp(argv[1], "fork")) forks(count);
  else if (!strcmp(argv[1], "call")) calls(count);
  else if (!strcmp(argv[1], "pipe")) pipes(count);
  else if (!strcmp(argv[1], "program")) programs(count, "/proc/self/exe");
  else return 2;
  return 0;
}
