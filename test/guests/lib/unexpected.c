/* The end of a program that met an exception it has no handler for. */
#include "semihosting.h"

static void write_hex(unsigned value) {
  char text[12] = "0x00000000\n";
  for (int i = 9; value != 0; i--, value >>= 4) text[i] = "0123456789abcdef"[value & 15];
  semihost(SYS_WRITE0, text);
}

__attribute__((noreturn)) void report_unexpected(unsigned number) {
  semihost(SYS_WRITE0, "unexpected exception ");
  write_hex(number);
  finish(125);
}
