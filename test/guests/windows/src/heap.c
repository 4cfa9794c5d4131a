/* Heap functions of the C library and of the system: what every program sees of them. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

static void say(const char *what, long long value) { printf("%s: %lld\n", what, value); }

int main(void) {
  char *block = malloc(100);
  say("aligned", (uintptr_t)block % 16);
  say("usable", _msize(block));
  memset(block, 'x', 100);
  block = realloc(block, 5000);
  say("kept", block[99] == 'x');
  char *zeroed = calloc(10, 30);
  int sum = 0;
  for (int n = 0; n < 300; n++) sum += zeroed[n];
  say("sum of calloc", sum);
  free(zeroed);
  free(block);
  free(NULL);
  say("huge", malloc((size_t)1 << 60) == NULL);

  HANDLE process = GetProcessHeap();
  void *one = HeapAlloc(process, HEAP_ZERO_MEMORY, 64);
  say("HeapSize", HeapSize(process, 0, one));
  say("HeapValidate", HeapValidate(process, 0, one));
  one = HeapReAlloc(process, 0, one, 0);
  say("HeapReAlloc to nothing", one != NULL);
  say("HeapSize", HeapSize(process, 0, one));
  say("HeapFree", HeapFree(process, 0, one));
  HANDLE own = HeapCreate(0, 0, 0);
  say("aligned to 64 KiB", (uintptr_t)own % 65536);
  void *blocks[200];
  for (int n = 0; n < 200; n++) blocks[n] = HeapAlloc(own, 0, n * 37);
  int overlaps = 0;
  for (int n = 0; n < 200; n++) memset(blocks[n], n, n * 37);
  for (int n = 0; n < 200; n++) {
    for (int at = 0; at < n * 37; at++) overlaps += ((unsigned char *)blocks[n])[at] != n;
  }
  say("overlaps", overlaps);
  for (int n = 0; n < 200; n += 2) HeapFree(own, 0, blocks[n]);
  say("HeapDestroy", HeapDestroy(own));
  void *aligned = _aligned_malloc(100, 256);
  say("aligned to 256", (uintptr_t)aligned % 256);
  _aligned_free(aligned);
  HLOCAL local = LocalAlloc(LMEM_FIXED, 40);
  say("LocalSize", LocalSize(local));
  say("LocalFree", LocalFree(local) == NULL);
  return 0;
}
