/* Every way the C library gives memory out: what it promises of alignment, contents and size. */
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef GUEST_REENTRANT
#include <reent.h>
#endif

static void show(const char *name, void *pointer, size_t alignment) {
  printf("%s: %s\n", name,
         pointer == NULL ? "NULL" : (uintptr_t)pointer % alignment == 0 ? "aligned" : "misaligned");
}

static void usable(void) {
  char *pointer = malloc(30);
  printf("malloc_usable_size(malloc(30)): %s\n",
         malloc_usable_size(pointer) >= 30 ? "at least 30" : "less");
  free(pointer);
}

static volatile size_t many = 0x10001;

static void resize(void) {
  char *pointer = realloc(NULL, 10);
  strcpy(pointer, "heap data");
  pointer = realloc(pointer, 200);
  printf("grown: %s\n", pointer);
  pointer = realloc(pointer, 12);
  printf("shrunk: %s\n", pointer);
  free(pointer);
  printf("calloc that overflows: %s\n", calloc(many, many) == NULL ? "NULL" : "got");
}

#ifdef GUEST_REENTRANT
static void reentrant(void) {
  char *pointer = _malloc_r(_REENT, 20);
  memset(pointer, 'r', 20);
  pointer = _realloc_r(_REENT, pointer, 60);
  printf("_realloc_r keeps: %c\n", pointer[19]);
  _free_r(_REENT, pointer);
  unsigned char *zeroed = _calloc_r(_REENT, 4, 4);
  printf("_calloc_r: %d\n", zeroed[15]);
  _free_r(_REENT, zeroed);
  pointer = _memalign_r(_REENT, 32, 10);
  show("_memalign_r", pointer, 32);
  _free_r(_REENT, pointer);
}
#endif

int main(void) {
  void *a = malloc(1);
  void *b = calloc(3, 7);
  void *c = memalign(32, 50);
#ifdef GUEST_REENTRANT
  void *d = memalign(16, 48); /* newlib 3.3 has aligned_alloc, but not what it calls */
#else
  void *d = aligned_alloc(16, 48);
#endif
  show("malloc", a, 8);
  show("calloc", b, 8);
  show("memalign", c, 32);
  show("aligned", d, 16);
  free(c);
  free(a);
  free(d);
  free(b);
  usable();
  resize();
#ifdef GUEST_REENTRANT
  reentrant();
#endif
  free(NULL);
  printf("done\n");
  return 0;
}
