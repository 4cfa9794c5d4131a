/* Invalid frees: of a local variable, of a static one, and of the middle of a block. Each lies
 * behind bytes that first fit takes for a header, so the program goes on. */
#include <stdlib.h>

#include "console.h"
#include "first-fit.h"

struct fake {
  unsigned header[2];
  unsigned payload[6];
};

static struct fake global;

__attribute__((noinline)) static void release(void *pointer) { free(pointer); }

int main(void) {
  struct fake local = {.header = {24, 1}};
  unsigned *block = malloc(64);
  for (unsigned n = 0; n < 16; n++) block[n] = n;
  release(local.payload);
  release(global.payload);
  release(block + 4);
  say("local %u, global %u, block %u\n", local.header[1], global.header[1], block[3]);
  free(block);
  say("%u blocks in use\n", heap_state().used_blocks);
  return 0;
}
