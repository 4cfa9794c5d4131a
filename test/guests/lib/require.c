#include "require.h"

#include <stdlib.h>

#include "console.h"

__attribute__((noreturn)) static void out_of_memory(size_t size) {
  say("memory allocation of %u bytes failed\n", (unsigned)size);
  abort();
}

void *require(size_t size) {
  void *pointer = malloc(size);
  if (pointer == NULL) out_of_memory(size);
  return pointer;
}

void *require_resized(void *pointer, size_t size) {
  void *moved = realloc(pointer, size);
  if (moved == NULL) out_of_memory(size);
  return moved;
}
