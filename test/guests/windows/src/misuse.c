/* Mistakes with memory, one a run: the argument says which. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

static void double_free(void) {
  HANDLE heap = GetProcessHeap();
  void *block = HeapAlloc(heap, 0, 24);
  HeapFree(heap, 0, block);
  HeapFree(heap, 0, block);
}

static void invalid_free(void) {
  char *block = malloc(100);
  free(block + 16);
}

static void after_release(void) {
  char *pages = VirtualAlloc(NULL, 65536, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
  pages[0] = 'a';
  VirtualFree(pages, 0, MEM_RELEASE);
  pages[4096] = 'b';
}

static void after_protect(void) {
  DWORD old;
  char *pages = VirtualAlloc(NULL, 65536, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
  VirtualProtect(pages, 4096, PAGE_READONLY, &old);
  pages[4096] = 'a';
  pages[8] = 'b';
}

static void after_decommit(void) {
  char *pages = VirtualAlloc(NULL, 65536, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
  VirtualFree(pages + 8192, 4096, MEM_DECOMMIT);
  printf("%d\n", pages[8192]);
}

/* What is there now was never taken away: it cannot be written. */
static void given_anew(void) {
  char *pages = VirtualAlloc(NULL, 65536, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
  VirtualFree(pages, 0, MEM_RELEASE);
  pages = VirtualAlloc(pages, 65536, MEM_RESERVE | MEM_COMMIT, PAGE_READONLY);
  *(volatile char *)pages = 'a';
}

static void past_block(void) {
  volatile char *block = malloc(40);
  char *next = malloc(40);
  for (int at = 0; at < 60; at++) block[at] = 'x';
  free(next);
  free((char *)block);
}

static void wrong_heap(void) {
  HANDLE one = HeapCreate(0, 0, 0);
  HANDLE other = HeapCreate(0, 0, 0);
  void *block = HeapAlloc(one, 0, 48);
  printf("%d\n", HeapFree(other, 0, block));
}

/* No mistake: none of the two heaps ends, so what they have is live. */
static void kept_heaps(void) {
  void *block = HeapAlloc(GetProcessHeap(), 0, 48);
  void *volatile other = malloc(48);
  printf("%d", HeapDestroy(GetProcessHeap()));
  printf(" %d\n", HeapDestroy(NULL));
  printf("%d\n", HeapFree(GetProcessHeap(), 0, block));
  free(other);
}

static void walk(void) {
  PROCESS_HEAP_ENTRY entry = {0};
  int blocks = 0;
  while (HeapWalk(GetProcessHeap(), &entry)) blocks++;
  printf("%d %lu\n", blocks > 0, GetLastError());
}

__attribute__((noinline)) static int deeper(int level) {
  volatile char room[1000];
  room[0] = (char)level;
  return deeper(level + 1) + room[0];
}

static void without_end(void) { printf("%d\n", deeper(0)); }

static void own_code(void) { RaiseException(0xe0001234, 0, 0, NULL); }

static const struct {
  const char *name;
  void (*run)(void);
} CASES[] = {
    {"double-free", double_free},     {"invalid-free", invalid_free},
    {"after-release", after_release}, {"after-protect", after_protect},
    {"after-decommit", after_decommit}, {"past-block", past_block},
    {"wrong-heap", wrong_heap},       {"walk", walk},
    {"without-end", without_end},     {"own-code", own_code},
    {"kept-heaps", kept_heaps},       {"given-anew", given_anew},
};

int main(int argc, char **argv) {
  for (size_t n = 0; n < sizeof CASES / sizeof *CASES; n++) {
    if (argc > 1 && strcmp(argv[1], CASES[n].name) == 0) CASES[n].run();
  }
  printf("done\n");
  return 0;
}
