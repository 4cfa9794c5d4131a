/* A double free that costs another block its memory: p is freed twice, and between the two its
 * memory became q's. */
#include <stdlib.h>

#include "console.h"

int main(void) {
  char *p = malloc(32);
  free(p);
  char *q = malloc(32);
  q[0] = 'q';
  free(p);
  char *r = malloc(32);
  r[0] = 'r';
  say("q holds '%c', written by r: %s\n", q[0], q == r ? "yes" : "no");
  return 0;
}
