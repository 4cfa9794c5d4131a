/* Imports of a library: one by ordinal, one resolved at its first call. */
#include <stdio.h>

__declspec(dllimport) int thrice(int value);
int twice(int value);

int main(void) {
  printf("thrice %d, twice %d\n", thrice(5), twice(5));
  return 0;
}
