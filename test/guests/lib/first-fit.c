/* A first-fit allocator over a fixed array: the whole heap of a program without an OS.
 *
 * HEAP is a row of blocks, each a header and its payload. malloc takes the first free block that
 * is large enough and splits it; free marks the block and merges every neighbouring free pair.
 */
#include "first-fit.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 8u

struct block {
  uint32_t size; /* of the payload, in bytes */
  uint32_t used;
};

unsigned char HEAP[HEAP_SIZE] __attribute__((aligned(16)));

static struct block *first(void) { return (struct block *)HEAP; }

static struct block *after(struct block *block) {
  return (struct block *)((unsigned char *)(block + 1) + block->size);
}

static int inside(const struct block *block) { return (const unsigned char *)block < HEAP + HEAP_SIZE; }

static void start(void) {
  if (first()->size == 0) first()->size = HEAP_SIZE - sizeof(struct block);
}

static void split(struct block *block, uint32_t size) {
  if (block->size < size + sizeof(struct block) + ALIGNMENT) return;
  uint32_t rest = block->size - size - sizeof(struct block);
  block->size = size;
  *after(block) = (struct block){.size = rest, .used = 0};
}

static void merge(void) {
  for (struct block *b = first(); inside(b); b = after(b)) {
    while (!b->used && inside(after(b)) && !after(b)->used) {
      b->size += after(b)->size + sizeof(struct block);
    }
  }
}

void *malloc(size_t size) {
  start();
  if (size > HEAP_SIZE) return NULL;
  uint32_t wanted = size == 0 ? ALIGNMENT : ((uint32_t)size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
  for (struct block *b = first(); inside(b); b = after(b)) {
    if (b->used || b->size < wanted) continue;
    split(b, wanted);
    b->used = 1;
    return b + 1;
  }
  return NULL;
}

void free(void *pointer) {
  if (pointer == NULL) return;
  ((struct block *)pointer - 1)->used = 0;
  merge();
}

void *calloc(size_t count, size_t size) {
  if (size != 0 && count > HEAP_SIZE / size) return NULL;
  void *pointer = malloc(count * size);
  if (pointer != NULL) memset(pointer, 0, count * size);
  return pointer;
}

void *realloc(void *pointer, size_t size) {
  if (pointer == NULL) return malloc(size);
  uint32_t old = ((struct block *)pointer - 1)->size;
  if (size <= old) return pointer;
  void *moved = malloc(size);
  if (moved == NULL) return NULL;
  memcpy(moved, pointer, old);
  free(pointer);
  return moved;
}

struct heap_state heap_state(void) {
  struct heap_state state = {0, 0, 0, 0};
  start();
  for (struct block *b = first(); inside(b); b = after(b)) {
    if (b->used) {
      state.used_blocks++;
      state.used_bytes += b->size;
    } else {
      state.free_bytes += b->size;
      if (b->size > state.largest_free) state.largest_free = b->size;
    }
  }
  return state;
}
