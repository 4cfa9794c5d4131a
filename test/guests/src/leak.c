/* Leaks: three of five blocks are never freed, one of them reachable to the end. */
#include <stdlib.h>

#include "console.h"

static char *reachable;

__attribute__((noinline)) static char *make(unsigned size) { return malloc(size); }

int main(void) {
  char *first = make(24);
  char *second = make(100);
  reachable = make(48);
  first[0] = 'a';
  first = make(72);
  free(second);
  second = make(10);
  free(first);
  say("2 blocks freed, %s\n", second != NULL && reachable != NULL ? "3 left" : "malloc failed");
  return 0;
}
