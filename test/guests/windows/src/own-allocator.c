/* A program that brings its own malloc, over VirtualAlloc: blocks one after the other, freed never. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define REGION_BYTES (1 << 20)

static char *next, *end;

__attribute__((noinline)) void *malloc(size_t size) {
  if (next == NULL) {
    next = VirtualAlloc(NULL, REGION_BYTES, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    end = next + REGION_BYTES;
  }
  size_t bytes = (size + 31) / 16 * 16;
  if (bytes > (size_t)(end - next)) return NULL;
  char *block = next + 16;
  *(size_t *)next = size;
  next += bytes;
  return block;
}

__attribute__((noinline)) void free(void *block) {
  if (block != NULL) memset(block, 0xdd, *(size_t *)((char *)block - 16));
}

__attribute__((noinline)) void *calloc(size_t count, size_t size) {
  void *block = malloc(count * size);
  return block == NULL ? NULL : memset(block, 0, count * size);
}

__attribute__((noinline)) void *realloc(void *block, size_t size) {
  void *moved = malloc(size);
  if (moved == NULL || block == NULL) return moved;
  size_t before = *(size_t *)((char *)block - 16);
  memcpy(moved, block, before < size ? before : size);
  free(block);
  return moved;
}

int main(void) {
  char *text = calloc(1, 1);
  for (int n = 1; n <= 20; n++) {
    text = realloc(text, (size_t)n + 1);
    text[n - 1] = (char)('a' + n - 1);
    text[n] = 0;
  }
  printf("%s\n", text);
  free(text);
  return 0;
}
