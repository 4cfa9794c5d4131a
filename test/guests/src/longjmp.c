/* longjmp out of a recursion that allocates in each frame: the frames are gone, their blocks are
 * not, and the call stack is again that of setjmp. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static jmp_buf back;
static char *held[8];

__attribute__((noinline)) static int descend(int depth) {
  held[depth] = malloc(20 + (size_t)depth);
  memset(held[depth], 'a' + depth, 20);
  if (depth == 5) longjmp(back, depth + 100);
  return depth > 5 ? 0 : descend(depth + 1) + 1;
}

int main(void) {
  volatile int tries = 0;
  int value = setjmp(back);
  printf("setjmp gave %d\n", value);
  if (tries++ < 2) return descend(0);
  for (int n = 0; n <= 5; n++) {
    printf("%c", held[n][19]);
    free(held[n]);
  }
  printf("\n");
  return 0;
}
