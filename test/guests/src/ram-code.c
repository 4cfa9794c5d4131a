/* Code that is written, run, and written again: a function of two instructions in a heap block,
 * then another in the same bytes, then a patched constant. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"

typedef unsigned (*function)(unsigned);

#if __riscv
typedef uint32_t instruction;
/* addi a0, a0, n ; ret */
#define ADD(n) (0x00050513u | (uint32_t)(n) << 20)
#define RETURN 0x00008067u
#define ENTRY(code) ((function)(uintptr_t)(code))
static void publish(void) { __asm__ volatile(".option push\n.option arch, +zifencei\nfence.i\n.option pop" : : : "memory"); }
#else
typedef uint16_t instruction;
/* adds r0, #n ; bx lr */
#define ADD(n) (0x3000u | (n))
#define RETURN 0x4770u
#define ENTRY(code) ((function)((uintptr_t)(code) | 1))
static void publish(void) { __asm__ volatile("dsb\n\tisb" : : : "memory"); }
#endif

__attribute__((noinline)) static void emit(volatile instruction *code, unsigned n) {
  code[0] = (instruction)ADD(n);
  code[1] = (instruction)RETURN;
  publish();
}

int main(void) {
  instruction *code = malloc(16);
  if (code == NULL) return 1;
  emit(code, 5);
  say("10 + 5 = %u\n", ENTRY(code)(10));
  emit(code, 7);
  say("10 + 7 = %u\n", ENTRY(code)(10));
  unsigned sum = 0;
  for (unsigned n = 0; n < 100; n++) {
    emit(code, n);
    sum += ENTRY(code)(0);
  }
  say("sum of 0 to 99: %u\n", sum);
  memset(code, 0, 16);
  free(code);
  return 0;
}
