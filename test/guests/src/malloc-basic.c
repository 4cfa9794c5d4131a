/* The C library's malloc over an 8 KiB heap of sbrk: sizes, contents, calloc, realloc,
 * memalign, and NULL when a request cannot be met. */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS 12

static unsigned char *blocks[BLOCKS];

static size_t size_of(int n) { return (size_t)(n * 37 % 150 + 1); }

static void fill(void) {
  for (int n = 0; n < BLOCKS; n++) {
    blocks[n] = malloc(size_of(n));
    if (blocks[n] == NULL) {
      printf("malloc of %u bytes failed\n", (unsigned)size_of(n));
      exit(1);
    }
    memset(blocks[n], 0x40 + n, size_of(n));
  }
}

static int intact(int n) {
  for (size_t i = 0; i < size_of(n); i++) {
    if (blocks[n][i] != 0x40 + n) return 0;
  }
  return 1;
}

static void check_contents(void) {
  int good = 0;
  int aligned = 0;
  for (int n = 0; n < BLOCKS; n++) {
    good += intact(n);
    aligned += (uintptr_t)blocks[n] % 8 == 0;
  }
  printf("%d of %d blocks intact, %d aligned\n", good, BLOCKS, aligned);
}

static void check_realloc(void) {
  blocks[3] = realloc(blocks[3], 600);
  printf("realloc to 600 keeps the contents: %s\n", intact(3) ? "yes" : "no");
}

static void check_calloc(void) {
  unsigned char *zeroed = calloc(25, 10);
  int nonzero = 0;
  for (int i = 0; zeroed != NULL && i < 250; i++) nonzero += zeroed[i] != 0;
  printf("calloc: %s, %d bytes not zero\n", zeroed != NULL ? "got" : "NULL", nonzero);
  free(zeroed);
}

static void check_memalign(void) {
  void *pointer = memalign(64, 40);
  printf("memalign(64, 40): %s\n", (uintptr_t)pointer % 64 == 0 && pointer ? "aligned" : "not");
  free(pointer);
}

static void check_failure(void) {
  errno = 0;
  void *pointer = malloc(1 << 20);
  printf("malloc of 1 MiB: %s, errno %s\n", pointer == NULL ? "NULL" : "got",
         errno == ENOMEM ? "ENOMEM" : "not ENOMEM");
  free(pointer);
}

int main(void) {
  fill();
  check_contents();
  check_realloc();
  check_calloc();
  check_memalign();
  check_failure();
  for (int n = 0; n < BLOCKS; n++) free(blocks[n]);
  printf("done\n");
  return 0;
}
