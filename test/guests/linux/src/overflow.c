/* Writes a byte past the end of one block, and into another that was freed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy_of(const char *text) {
  char *copy = malloc(strlen(text));
  if (copy != NULL) strcpy(copy, text);
  return copy;
}

int main(void) {
  char *name = copy_of("eight ch");
  char *gone = malloc(32);
  char *kept = malloc(32);
  if (name == NULL || gone == NULL || kept == NULL) return 1;
  free(gone);
  *(volatile char *)(gone + 3) = 'x';
  puts(name);
  free(name);
  free(kept);
  return 0;
}
