/* Use after free: a read and a write through a pointer whose block is gone and given away. */
#include <stdlib.h>

#include "console.h"

struct account {
  unsigned number;
  int balance;
};

int main(void) {
  struct account *old = malloc(sizeof *old);
  *old = (struct account){.number = 1, .balance = 10};
  free(old);
  struct account *young = malloc(sizeof *young);
  *young = (struct account){.number = 2, .balance = 20};
  old->balance -= 5;
  say("account %u has %d\n", young->number, young->balance);
  free(young);
  return 0;
}
