/* Fragmentation: every other block is freed, so that half of the heap is free, yet a block eight
 * times larger cannot be had; once the rest is freed it can. */
#include <stdlib.h>

#include "console.h"

#define SIZE 64
#define LARGE (8 * SIZE)
#define MOST 256

static void *blocks[MOST];

int main(void) {
  unsigned count = 0;
  while (count < MOST && (blocks[count] = malloc(SIZE)) != NULL) count++;
  say("%u blocks of %u bytes\n", count, SIZE);

  unsigned freed = 0;
  for (unsigned n = 0; n < count; n += 2, freed += SIZE) free(blocks[n]);
  void *large = malloc(LARGE);
  say("%u bytes freed in holes, malloc(%u): %s\n", freed, LARGE, large == NULL ? "NULL" : "got");
  free(large);

  for (unsigned n = 1; n < count; n += 2) free(blocks[n]);
  large = malloc(LARGE);
  say("all freed, malloc(%u): %s\n", LARGE, large == NULL ? "NULL" : "got");
  free(large);
  return large == NULL;
}
