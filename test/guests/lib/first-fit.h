#ifndef GUEST_FIRST_FIT_H
#define GUEST_FIRST_FIT_H

#include <stddef.h>

#ifndef HEAP_SIZE
#define HEAP_SIZE 8192
#endif

extern unsigned char HEAP[HEAP_SIZE];

struct heap_state {
  unsigned used_blocks;
  unsigned used_bytes;
  unsigned free_bytes;
  unsigned largest_free;
};

/* Walks the heap. Bytes are of payloads, headers not counted. */
struct heap_state heap_state(void);

#endif
