/* One byte from malloc: the heap begins. */
#include <stdlib.h>

int main(void) {
  char *block = malloc(1);
  if (block == 0) return 1;
  *block = 42;
  int status = *block - 42;
  free(block);
  return status;
}
