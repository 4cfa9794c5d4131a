/* Takes all of something, by its first argument: memory or time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 1 << 20 };

static int take_memory(void) {
  int pieces = 0;
  for (char *piece; (piece = malloc(PIECE)) != 0; pieces++) memset(piece, 1, PIECE);
  printf("malloc gave NULL after %d MiB\n", pieces);
  return pieces > 0;
}

int main(int count, char **words) {
  if (count == 2 && strcmp(words[1], "memory") == 0) return take_memory();
  for (volatile unsigned turns = 0;; turns++) continue;
}
