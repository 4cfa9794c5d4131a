/* An access violation that nobody handles. */
#include <stdio.h>

int main(void) {
  printf("before\n");
  fflush(stdout);
  *(volatile int *)0x10 = 1;
  printf("after\n");
  return 0;
}
