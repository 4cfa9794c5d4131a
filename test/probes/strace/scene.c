/*
 * A program of several processes without any library, to be traced whole: memory, a pipe between
 * parent and child, a handler, a sleep, a child that faults, one that a signal kills.
 * Made by tools/linux/strace-record.mjs: scene.elf, and scene.strace is what `strace -f` says.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

static long call(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  long result;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

#define CALL(name, a, b, c, d) call(SYS_##name, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

struct action {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)(void);
  unsigned long mask;
};

#define SA_RESTORER 0x04000000

void restore(void);
asm("restore: mov $15, %eax\n syscall");

static void handler(int signal) { CALL(write, 1, "handled\n", 8, signal); }

static void memory(void) {
  long end = CALL(brk, 0, 0, 0, 0);
  CALL(brk, end + 8192, 0, 0, 0);
  long at = call(SYS_mmap, 0, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CALL(mprotect, at, 4096, PROT_READ, 0);
  at = call(SYS_mremap, at, 16384, 4096, MREMAP_MAYMOVE, 0, 0);
  CALL(madvise, at, 4096, MADV_DONTNEED, 0);
  CALL(munmap, at, 4096, 0, 0);
  CALL(munmap, 1, 0, 0, 0);
  CALL(brk, end, 0, 0, 0);
}

static void child(long write_end, long number) {
  struct timespec short_time = {0, 20000000};
  CALL(nanosleep, &short_time, 0, 0, 0);
  if (number == 0) {
    CALL(write, write_end, "x", 1, 0);
    CALL(exit_group, 7, 0, 0, 0);
  }
  if (number == 1) *(volatile int *)8 = 1;
  CALL(kill, CALL(getpid, 0, 0, 0, 0), SIGKILL, 0, 0);
}

void _start(void) {
  memory();
  struct action action = {handler, SA_RESTORER | SA_RESTART, restore, 1 << (SIGINT - 1)};
  CALL(rt_sigaction, SIGUSR1, &action, 0, 8);
  CALL(kill, CALL(getpid, 0, 0, 0, 0), SIGUSR1, 0, 0);
  int ends[2], status;
  char byte;
  CALL(pipe2, ends, 0, 0, 0);
  for (int number = 0; number < 3; number++) {
    if (CALL(fork, 0, 0, 0, 0) == 0) child(ends[1], number);
    if (number == 0) CALL(read, ends[0], &byte, 1, 0);
    CALL(wait4, -1, &status, 0, 0);
  }
  CALL(openat, -100, "/nothing", 0, 0);
  CALL(close, 99, 0, 0, 0);
  CALL(exit_group, 3, 0, 0, 0);
}
