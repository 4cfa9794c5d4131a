/* The allocation symbols a Rust program has, over a static array: each call carries size and
 * alignment, as GlobalAlloc's Layout does. A Vec that doubles, boxes, a zeroed buffer. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "console.h"
#include "first-fit.h"

void *malloc(size_t size);
void free(void *pointer);

/* Over-aligned blocks keep the start of their memory in the word before them. */
__attribute__((noinline)) void *__rust_alloc(size_t size, size_t align) {
  char *memory = malloc(size + align + sizeof(void *));
  if (memory == NULL) return NULL;
  uintptr_t at = ((uintptr_t)memory + sizeof(void *) + align - 1) & ~(uintptr_t)(align - 1);
  ((void **)(at & ~(uintptr_t)3))[-1] = memory;
  return (void *)at;
}

__attribute__((noinline)) void __rust_dealloc(void *pointer, size_t size, size_t align) {
  (void)size, (void)align;
  free(((void **)((uintptr_t)pointer & ~(uintptr_t)3))[-1]);
}

__attribute__((noinline)) void *__rust_realloc(void *pointer, size_t old_size, size_t align,
                                               size_t new_size) {
  void *moved = __rust_alloc(new_size, align);
  if (moved == NULL) return NULL;
  memcpy(moved, pointer, old_size < new_size ? old_size : new_size);
  __rust_dealloc(pointer, old_size, align);
  return moved;
}

__attribute__((noinline)) void *__rust_alloc_zeroed(size_t size, size_t align) {
  void *pointer = __rust_alloc(size, align);
  if (pointer != NULL) memset(pointer, 0, size);
  return pointer;
}

static void vector(void) {
  size_t capacity = 4;
  uint32_t *items = __rust_alloc(capacity * 4, 4);
  for (uint32_t length = 0; length < 50; length++) {
    if (length == capacity) {
      items = __rust_realloc(items, capacity * 4, 4, capacity * 8);
      capacity *= 2;
    }
    items[length] = length * 3;
  }
  say("vec of 50: capacity %u, last %u\n", (unsigned)capacity, (unsigned)items[49]);
  __rust_dealloc(items, capacity * 4, 4);
}

int main(void) {
  uint8_t *string = __rust_alloc(5, 1);
  memcpy(string, "hello", 5);
  uint64_t *boxed = __rust_alloc(8, 8);
  *boxed = 42;
  uint8_t *page = __rust_alloc_zeroed(256, 64);
  say("page aligned: %s, first byte %u\n", (uintptr_t)page % 64 == 0 ? "yes" : "no", page[0]);
  vector();
  say("%c%c %u\n", string[0], string[4], (unsigned)*boxed);
  __rust_dealloc(page, 256, 64);
  __rust_dealloc(boxed, 8, 8);
  __rust_dealloc(string, 5, 1);
  say("%u blocks in use\n", heap_state().used_blocks);
  return 0;
}
