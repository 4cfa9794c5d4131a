/* What the benchmark guests share: fixed-width types, an entry, and the system's exit call. */
#include <stdint.h>

void start(void);

#if defined(__x86_64__)
__asm__(".globl _start\n_start: xor %ebp, %ebp\n and $-16, %rsp\n call start\n");
#elif defined(__riscv)
__asm__(".globl _start\n_start: j start\n");
#else
__asm__(".thumb\n.thumb_func\n.globl _start\n_start: b start\n");
#endif

#if defined(_WIN32)
__attribute__((dllimport, noreturn)) void ExitProcess(uint32_t status);
#endif

__attribute__((noreturn)) static void leave(uint32_t status) {
#if defined(_WIN32)
  ExitProcess(status);
#elif defined(__x86_64__)
  for (;;) __asm__ volatile("syscall" : : "D"(status), "a"(60) : "rcx", "r11", "memory");
#elif defined(__riscv)
  register uint32_t code __asm__("a0") = status;
  register uint32_t call __asm__("a7") = 93;
  for (;;) __asm__ volatile("ecall" : : "r"(code), "r"(call));
#else
  register uint32_t code __asm__("r0") = status;
  register uint32_t call __asm__("r7") = 1;
  for (;;) __asm__ volatile("svc 0" : : "r"(code), "r"(call));
#endif
}
