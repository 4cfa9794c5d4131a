/* The C library's printf, integer formats. */
#include <stdio.h>

int main(void) {
  printf("hello, world\n");
  printf("%d %5u|%-6d|%06x|%c|%s|%%\n", -42, 7u, 19, 0xbeefu, 'z', "text");
  printf("%ld %lu %#x %+d\n", -2147483647L - 1, 4294967295UL, 255u, 3);
  return 0;
}
