/* The null allocator: a heap that has no memory, and a program that says so and gives up. */
#include <stdlib.h>

#include "console.h"
#include "require.h"

void *malloc(size_t size) {
  (void)size;
  return NULL;
}

void *calloc(size_t count, size_t size) {
  (void)count, (void)size;
  return NULL;
}

void *realloc(void *pointer, size_t size) {
  (void)pointer, (void)size;
  return NULL;
}

void free(void *pointer) {
  if (pointer == NULL) return;
  say("won't deallocate: we never allocated!\n");
  abort();
}

int main(void) {
  free(NULL);
  say("hello before the heap\n");
  unsigned *boxed = require(sizeof *boxed);
  *boxed = 42;
  say("boxed %u\n", *boxed);
  return 0;
}
