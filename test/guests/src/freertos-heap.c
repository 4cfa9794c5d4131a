/* A heap with the interface FreeRTOS has: pvPortMalloc and vPortFree over ucHeap, free blocks in a
 * list ordered by address and merged, a low-water mark, and the failure hook. */
#include <stdint.h>
#include <string.h>

#include "console.h"

#define HEAP_BYTES 8192u
#define ALIGNMENT 8u
#define ALLOCATED 0x80000000u

struct link {
  struct link *next;
  uint32_t size; /* with this header; the top bit says allocated */
};

uint8_t ucHeap[HEAP_BYTES] __attribute__((aligned(8)));

static struct link head;
static uint32_t free_bytes;
static uint32_t lowest_free_bytes;
static unsigned failures;

void vApplicationMallocFailedHook(void) { failures++; }

static void start(void) {
  struct link *all = (struct link *)ucHeap;
  *all = (struct link){.next = NULL, .size = HEAP_BYTES};
  head.next = all;
  free_bytes = lowest_free_bytes = HEAP_BYTES;
}

static struct link *take(struct link *before, uint32_t size) {
  struct link *block = before->next;
  if (block->size - size >= 2 * sizeof *block) {
    struct link *rest = (struct link *)((uint8_t *)block + size);
    *rest = (struct link){.next = block->next, .size = block->size - size};
    before->next = rest;
    block->size = size;
  } else {
    before->next = block->next;
  }
  return block;
}

__attribute__((noinline)) void *pvPortMalloc(size_t wanted) {
  if (head.next == NULL && free_bytes == 0) start();
  uint32_t size = ((uint32_t)wanted + sizeof(struct link) + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
  struct link *before = &head;
  while (before->next != NULL && before->next->size < size) before = before->next;
  if (wanted == 0 || size < wanted || before->next == NULL) {
    vApplicationMallocFailedHook();
    return NULL;
  }
  struct link *block = take(before, size);
  free_bytes -= block->size;
  if (free_bytes < lowest_free_bytes) lowest_free_bytes = free_bytes;
  block->size |= ALLOCATED;
  return block + 1;
}

static void join(struct link *left, struct link *right) {
  if (left == &head || (uint8_t *)left + left->size != (uint8_t *)right) return;
  left->size += right->size;
  left->next = right->next;
}

__attribute__((noinline)) void vPortFree(void *pointer) {
  if (pointer == NULL) return;
  struct link *block = (struct link *)pointer - 1;
  block->size &= ~ALLOCATED;
  free_bytes += block->size;
  struct link *before = &head;
  while (before->next != NULL && before->next < block) before = before->next;
  block->next = before->next;
  before->next = block;
  if (block->next != NULL) join(block, block->next);
  join(before, block);
}

size_t xPortGetFreeHeapSize(void) { return free_bytes; }

size_t xPortGetMinimumEverFreeHeapSize(void) { return lowest_free_bytes; }

int main(void) {
  void *tasks[6];
  for (unsigned n = 0; n < 6; n++) {
    tasks[n] = pvPortMalloc(256 + 64 * n);
    memset(tasks[n], (int)n, 256 + 64 * n);
  }
  void *first = tasks[0];
  say("free %u\n", (unsigned)xPortGetFreeHeapSize());
  vPortFree(tasks[1]);
  vPortFree(tasks[3]);
  void *queue = pvPortMalloc(300);
  say("too large: %s, failures %u\n", pvPortMalloc(HEAP_BYTES) == NULL ? "NULL" : "got", failures);
  vPortFree(queue);
  vPortFree(tasks[0]);
  vPortFree(tasks[2]);
  vPortFree(tasks[5]);
  vPortFree(tasks[4]);
  say("free %u, lowest %u\n", (unsigned)xPortGetFreeHeapSize(),
      (unsigned)xPortGetMinimumEverFreeHeapSize());
  void *again = pvPortMalloc(100);
  say("first address came back: %s\n", again == first ? "yes" : "no");
  vPortFree(again);
  return 0;
}
