/* Allocator churn for benchmarks: random sizes, random frees, over the first-fit heap of 8 KiB;
 * STEPS operations. */
#include <stdint.h>
#include <stdlib.h>

#include "bench.h"
#include "first-fit.h"

#ifndef STEPS
#define STEPS 600000
#endif

#define SLOTS 32

static unsigned char *slots[SLOTS];

int main(void) {
  uint32_t seed = 2463534242u;
  uint32_t sum = 0;
  for (uint32_t step = 0; step < STEPS; step++) {
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    uint32_t slot = seed % SLOTS;
    if (slots[slot] != NULL) {
      sum += *slots[slot];
      free(slots[slot]);
      slots[slot] = NULL;
      continue;
    }
    uint32_t size = 8 + (seed >> 8) % 240;
    slots[slot] = malloc(size);
    if (slots[slot] == NULL) continue;
    for (uint32_t n = 0; n < size; n += 16) slots[slot][n] = (unsigned char)(seed >> 24);
  }
  report(sum);
  return 0;
}
