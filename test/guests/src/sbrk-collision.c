/* A heap that grows up to the stack: _sbrk refuses what would reach it, so malloc gives NULL
 * earlier, the deeper the stack is. */
#include <errno.h>
#include <stdlib.h>

#include "console.h"

struct node {
  struct node *next;
  char rest[250];
};

__attribute__((noinline)) static unsigned fill(void) {
  struct node *list = NULL;
  unsigned count = 0;
  for (struct node *node = malloc(sizeof *node); node != NULL; node = malloc(sizeof *node)) {
    node->next = list;
    list = node;
    count++;
  }
  while (list != NULL) {
    struct node *next = list->next;
    free(list);
    list = next;
  }
  return count;
}

__attribute__((noinline)) static unsigned fill_below(unsigned bytes) {
  volatile unsigned char frame[256];
  for (unsigned n = 0; n < sizeof frame; n++) frame[n] = (unsigned char)n;
  unsigned count = bytes <= sizeof frame ? fill() : fill_below(bytes - sizeof frame);
  return frame[1] == 1 ? count : 0;
}

int main(void) {
  unsigned deep = fill_below(2048);
  say("under 2 KiB of stack: out of memory (%s)\n", errno == ENOMEM ? "ENOMEM" : "no errno");
  unsigned shallow = fill();
  say("under none: %s blocks\n", shallow > deep ? "more" : shallow == deep ? "as many" : "fewer");
  return deep == 0;
}
