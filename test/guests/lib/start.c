/* What happens between reset and main, in C: .data and .bss, thread-local storage of picolibc,
 * constructors, and exit with main's result. */
#include <stddef.h>
#include <stdlib.h>

extern char __data_start[], __data_end[], __data_load[];
extern char __bss_start[], __bss_end[];
extern void (*__preinit_array_start[])(void), (*__preinit_array_end[])(void);
extern void (*__init_array_start[])(void), (*__init_array_end[])(void);

int main(void);

#ifdef GUEST_PICOLIBC
extern char __tls_base[];
void _set_tls(void *tls);
#endif

/* Where .data is linked to run where it is loaded, the copy is onto itself. */
static void fill_sections(void) {
  const char *from = __data_load;
  for (char *to = __data_start; to < __data_end; to++) *to = *from++;
  for (char *to = __bss_start; to < __bss_end; to++) *to = 0;
}

static void run_constructors(void (**at)(void), void (**end)(void)) {
  for (; at < end; at++) (*at)();
}

#if GUEST_FPU && __riscv
/* mstatus.FS to "initial". */
static void enable_floating_point(void) {
  __asm__ volatile(".option push\n.option arch, +zicsr\ncsrs mstatus, %0\n.option pop"
                   :
                   : "r"(1u << 13));
}
#elif GUEST_FPU
/* CPACR: full access to coprocessors 10 and 11. */
static void enable_floating_point(void) {
  *(volatile unsigned *)0xe000ed88 |= 0xfu << 20;
  __asm__ volatile("dsb\n\tisb" : : : "memory");
}
#else
static void enable_floating_point(void) {}
#endif

__attribute__((noreturn)) void start(void) {
  enable_floating_point();
  fill_sections();
#ifdef GUEST_PICOLIBC
  _set_tls(__tls_base);
#endif
  run_constructors(__preinit_array_start, __preinit_array_end);
  run_constructors(__init_array_start, __init_array_end);
  exit(main());
}
