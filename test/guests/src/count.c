/* An allocation counter by wrapping: the linker's --wrap sends every call of malloc, calloc,
 * realloc and free here, and what it calls is unchanged. */
#include <stdlib.h>

#include "console.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *pointer, size_t size);
void __real_free(void *pointer);

static struct {
  unsigned allocations;
  unsigned frees;
  unsigned bytes;
} count;

static void *counted(void *pointer, size_t size) {
  if (pointer != NULL) {
    count.allocations++;
    count.bytes += (unsigned)size;
  }
  return pointer;
}

void *__wrap_malloc(size_t size) { return counted(__real_malloc(size), size); }

void *__wrap_calloc(size_t n, size_t size) { return counted(__real_calloc(n, size), n * size); }

void *__wrap_realloc(void *pointer, size_t size) {
  return counted(__real_realloc(pointer, size), size);
}

void __wrap_free(void *pointer) {
  if (pointer != NULL) count.frees++;
  __real_free(pointer);
}

int main(void) {
  char *a = malloc(5);
  char *b = calloc(8, 15);
  char *c = malloc(1024);
  unsigned before = count.allocations;
  char *d = malloc(32);
  say("count = %u, new_count = %u\n", before, count.allocations);
  say("bytes = %u\n", count.bytes);
  d = realloc(d, 64);
  free(a);
  free(b);
  free(c);
  free(d);
  say("allocations = %u, frees = %u, bytes = %u\n", count.allocations, count.frees, count.bytes);
  return 0;
}
