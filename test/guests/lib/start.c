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

__attribute__((noreturn)) void start(void) {
  fill_sections();
#ifdef GUEST_PICOLIBC
  _set_tls(__tls_base);
#endif
  run_constructors(__preinit_array_start, __preinit_array_end);
  run_constructors(__init_array_start, __init_array_end);
  exit(main());
}
