/* Overflow and underflow of heap blocks: into the padding behind 20 bytes, into the header of the
 * next block, and in front of a block. */
#include <stdlib.h>

#include "console.h"
#include "first-fit.h"

__attribute__((noinline)) static void fill(unsigned char *at, unsigned size, unsigned char value) {
  for (volatile unsigned n = 0; n < size; n++) at[n] = value;
}

int main(void) {
  unsigned char *padded = malloc(20);
  fill(padded, 21, 'p');
  say("21 bytes written into 20\n");

  unsigned char *exact = malloc(24);
  unsigned char *next = malloc(40);
  fill(exact, 25, 48);
  say("25 bytes written into 24; the next block claims %u bytes\n", ((unsigned *)next)[-2]);
  fill(next - 8, 1, 40);
  say("1 byte written in front of a block; it claims %u bytes\n", ((unsigned *)next)[-2]);

  free(padded);
  free(exact);
  free(next);
  say("%u blocks in use\n", heap_state().used_blocks);
  return 0;
}
