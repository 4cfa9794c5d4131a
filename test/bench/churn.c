/*
 * Allocator churn: a first-fit allocator with merging in 128 KiB, 256 slots filled and freed at
 * random, OPERATIONS times. Freestanding; see kernel.c.
 */
#include "exit.h"

#ifndef OPERATIONS
#define OPERATIONS 20000000
#endif

typedef struct block {
  uint32_t size;
  struct block *next;
} block;

static uint8_t heap[131072] __attribute__((aligned(8)));
static block *holes;
static void *slots[256];

__attribute__((noinline)) static void *allocate(uint32_t size) {
  size = (size + 15) & ~7u;
  for (block **link = &holes; *link; link = &(*link)->next) {
    block *hole = *link;
    if (hole->size < size) continue;
    if (hole->size - size >= 16) {
      block *rest = (block *)((uint8_t *)hole + size);
      rest->size = hole->size - size;
      rest->next = hole->next;
      *link = rest;
      hole->size = size;
    } else {
      *link = hole->next;
    }
    return hole + 1;
  }
  return 0;
}

__attribute__((noinline)) static void release(void *payload) {
  block *freed = (block *)payload - 1;
  block *before = 0;
  block *after = holes;
  while (after && after < freed) before = after, after = after->next;
  freed->next = after;
  if (before) before->next = freed;
  else holes = freed;
  if (after && (uint8_t *)freed + freed->size == (uint8_t *)after) {
    freed->size += after->size;
    freed->next = after->next;
  }
  if (before && (uint8_t *)before + before->size == (uint8_t *)freed) {
    before->size += freed->size;
    before->next = freed->next;
  }
}

void start(void) {
  uint32_t seed = 12345, sum = 0;
  holes = (block *)heap;
  holes->size = sizeof heap;
  holes->next = 0;
  for (int i = 0; i < OPERATIONS; i++) {
    seed = seed * 1664525u + 1013904223u;
    uint32_t slot = (seed >> 8) & 255;
    if (slots[slot]) {
      release(slots[slot]);
      slots[slot] = 0;
    } else {
      slots[slot] = allocate((seed >> 16) % 300 + 1);
      sum += (uint32_t)((uint8_t *)slots[slot] - heap);
    }
  }
  leave(sum & 0x7f);
}
