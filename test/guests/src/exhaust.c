/* Fills the heap with blocks of one size until malloc returns NULL, counts them, frees them all,
 * and does it again: a heap that comes back whole gives the same count twice. */
#include <stdlib.h>
#include <string.h>

#include "console.h"

struct node {
  struct node *next;
};

static unsigned fill(struct node **list, size_t size) {
  unsigned count = 0;
  for (struct node *node = malloc(size); node != NULL; node = malloc(size)) {
    memset(node, 0xa5, size);
    node->next = *list;
    *list = node;
    count++;
  }
  return count;
}

static void release(struct node *list) {
  while (list != NULL) {
    struct node *next = list->next;
    free(list);
    list = next;
  }
}

int main(void) {
  static const unsigned short sizes[] = {1000, 256, 64, 16};
  for (unsigned n = 0; n < sizeof sizes / sizeof *sizes; n++) {
    unsigned counts[2];
    for (unsigned round = 0; round < 2; round++) {
      struct node *list = NULL;
      counts[round] = fill(&list, sizes[n]);
      release(list);
    }
    say("%u bytes: %u blocks, then %u\n", sizes[n], counts[0], counts[1]);
  }
  return 0;
}
