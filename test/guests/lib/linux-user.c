/* The same programs as Linux user-mode processes, without a C library: QEMU's user mode runs
 * them beside the bare-metal builds. System calls by number: write and exit. */
#include <string.h>

#include "console.h"

int main(void);

#if __riscv
enum { SYS_WRITE = 64, SYS_EXIT = 93 };

static long call(long number, long first, const void *second, long third) {
  register long a0 __asm__("a0") = first;
  register const void *a1 __asm__("a1") = second;
  register long a2 __asm__("a2") = third;
  register long a7 __asm__("a7") = number;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
  return a0;
}
#else
enum { SYS_WRITE = 4, SYS_EXIT = 1 };

/* r7 is the frame pointer of Thumb code: the number is moved there for the call alone. */
static long call(long number, long first, const void *second, long third) {
  register long r0 __asm__("r0") = first;
  register const void *r1 __asm__("r1") = second;
  register long r2 __asm__("r2") = third;
  __asm__ volatile("push {r7}\n\tmov r7, %3\n\tsvc #0\n\tpop {r7}"
                   : "+r"(r0)
                   : "r"(r1), "r"(r2), "r"(number)
                   : "memory");
  return r0;
}
#endif

void console_write(const char *text) { call(SYS_WRITE, 1, text, (long)strlen(text)); }

__attribute__((noreturn)) void exit(int status) {
  for (;;) call(SYS_EXIT, status, NULL, 0);
}

__attribute__((noreturn)) void abort(void) { exit(134); }

__attribute__((noreturn)) void _start(void) { exit(main()); }
