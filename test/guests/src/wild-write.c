/* A store to an address where nothing is, with start-up's default handler, which names the
 * exception and exits with 125. */
#include <stdint.h>

#include "console.h"

#if __riscv
#define NOWHERE 0x40000000u
#else
#define NOWHERE 0xb0000000u
#endif

__attribute__((noinline)) static void store(volatile uint32_t *at, uint32_t value) { *at = value; }

int main(void) {
  say("storing to where nothing is\n");
  store((volatile uint32_t *)NOWHERE, 1);
  say("still here\n");
  return 0;
}
