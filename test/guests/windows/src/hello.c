/* The smallest program: formatted output and a status. */
#include <stdio.h>

int main(void) {
  printf("hello, %s: %d %5.2f\n", "world", 42, 3.14159);
  return 7;
}
