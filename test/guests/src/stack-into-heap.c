/* A recursion that runs the stack into the heap: nothing stops it, and the blocks nearest to the
 * stack lose their contents. The heap lies right under a stack of 1 KiB. */
#include <stdlib.h>
#include <string.h>

#include "console.h"

#define BLOCKS 128
#define SIZE 100

static unsigned char *blocks[BLOCKS];

__attribute__((noinline)) static unsigned descend(unsigned depth) {
  volatile unsigned char frame[112];
  for (unsigned n = 0; n < sizeof frame; n++) frame[n] = 0xee;
  if (depth == 0) return frame[7];
  return descend(depth - 1) + frame[depth % sizeof frame];
}

static int intact(const unsigned char *block) {
  for (unsigned n = 0; n < SIZE; n++) {
    if (block[n] != 0x55) return 0;
  }
  return 1;
}

static unsigned count_intact(void) {
  unsigned count = 0;
  for (unsigned n = 0; n < BLOCKS; n++) count += blocks[n] != NULL && intact(blocks[n]);
  return count;
}

int main(void) {
  for (unsigned n = 0; n < BLOCKS; n++) {
    blocks[n] = malloc(SIZE);
    if (blocks[n] != NULL) memset(blocks[n], 0x55, SIZE);
  }
  unsigned before = count_intact();
  unsigned sum = descend(3);
  unsigned shallow = count_intact();
  sum += descend(30);
  unsigned deep = count_intact();
  say("%u blocks intact, after 4 frames %s, after 31 frames %s\n", before,
      shallow == before ? "all of them" : "fewer", deep < before ? "fewer" : "all of them");
  say("sum %u\n", sum);
  return deep < before ? 3 : 0;
}
