/* A write through a null pointer, without a handler for faults of its own: a list whose head was
 * never set. What lies at 0 decides: flash ignores the write or faults, RAM takes it in silence. */
#include <stdlib.h>

#include "console.h"

struct node {
  struct node *next;
  unsigned value;
};

struct list {
  struct node *head;
};

__attribute__((noinline)) static void set_head(struct list *list, unsigned value) {
  struct node *volatile head = list->head;
  head->value = value;
}

int main(void) {
  struct list *list = calloc(1, sizeof *list);
  say("list at hand, head %s\n", list->head == NULL ? "null" : "set");
  set_head(list, 42);
  say("still here\n");
  free(list);
  return 0;
}
