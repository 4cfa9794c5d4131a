/* Every family of heap functions, with its flags: what a program sees must not depend on who serves. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

static void say(const char *what, long long value) { printf("%s: %lld\n", what, value); }

static int zeros(const unsigned char *bytes, int from, int to) {
  int count = 0;
  for (int at = from; at < to; at++) count += bytes[at] == 0;
  return count;
}

/* Wine raises nothing for a request that is too large for a heap of fixed size. */
static int raised;

static LONG CALLBACK no_memory(EXCEPTION_POINTERS *pointers) {
  if (pointers->ExceptionRecord->ExceptionCode != STATUS_NO_MEMORY) return EXCEPTION_CONTINUE_SEARCH;
  raised = 1;
  return EXCEPTION_CONTINUE_EXECUTION;
}

static void private_heaps(void) {
  HANDLE heap = HeapCreate(0, 0, 0);
  unsigned char *block = HeapAlloc(heap, 0, 100);
  memset(block, 'x', 100);
  block = HeapReAlloc(heap, HEAP_ZERO_MEMORY, block, 3000);
  say("zeroed by HeapReAlloc", zeros(block, 100, 3000));
  say("kept", block[99] == 'x' && block[0] == 'x');
  say("smaller in place", HeapReAlloc(heap, HEAP_REALLOC_IN_PLACE_ONLY, block, 50) == block);
  say("HeapSize", HeapSize(heap, 0, block));
  say("HeapValidate a block", HeapValidate(heap, 0, block));
  say("HeapValidate the heap", HeapValidate(heap, 0, NULL));
  say("HeapValidate another's", HeapValidate(GetProcessHeap(), 0, block));
  say("HeapFree", HeapFree(heap, 0, block));
  say("HeapSize of nothing", HeapSize(heap, 0, block) == (SIZE_T)-1);
  for (int n = 0; n < 50; n++) HeapAlloc(heap, 0, 1000);
  say("HeapDestroy", HeapDestroy(heap));

  HANDLE fixed = HeapCreate(0, 4096, 65536);
  int blocks = 0;
  while (blocks < 1000 && HeapAlloc(fixed, 0, 4000) != NULL) blocks++;
  say("a fixed heap is full", blocks > 5 && blocks < 20);
  say("and says so", GetLastError());
  HeapDestroy(fixed);

  HANDLE raising = HeapCreate(HEAP_GENERATE_EXCEPTIONS, 4096, 65536);
  void *handler = AddVectoredExceptionHandler(1, no_memory);
  say("HeapAlloc of too much", HeapAlloc(raising, 0, 1 << 20) == NULL);
  RemoveVectoredExceptionHandler(handler);
  HeapDestroy(raising);
}

static void global_and_local(void) {
  HGLOBAL handle = GlobalAlloc(GMEM_MOVEABLE | GMEM_ZEROINIT, 100);
  unsigned char *bytes = GlobalLock(handle);
  say("zeros", zeros(bytes, 0, 100));
  memset(bytes, 'y', 100);
  GlobalUnlock(handle);
  handle = GlobalReAlloc(handle, 5000, GMEM_MOVEABLE | GMEM_ZEROINIT);
  bytes = GlobalLock(handle);
  say("kept", bytes[99] == 'y');
  say("zeros", zeros(bytes, 100, 5000));
  say("GlobalSize", GlobalSize(handle));
  say("GlobalHandle", GlobalHandle(bytes) == handle);
  GlobalUnlock(handle);
  say("GlobalFree", GlobalFree(handle) == NULL);

  HLOCAL local = LocalAlloc(LPTR, 40);
  say("zeros", zeros((unsigned char *)local, 0, 40));
  say("LocalSize", LocalSize(local));
  local = LocalReAlloc(local, 400, LMEM_MOVEABLE | LMEM_ZEROINIT);
  say("LocalSize", LocalSize(local));
  say("LocalFree", LocalFree(local) == NULL);
}

static void c_library(void) {
  char *copy = strdup("a copy");
  say("strdup", strcmp(copy, "a copy") == 0 && _msize(copy) == 7);
  free(copy);
  wchar_t *wide = wcsdup(L"wide");
  say("wcsdup", _msize(wide));
  free(wide);
  unsigned char *block = _aligned_malloc(100, 64);
  memset(block, 'z', 100);
  block = _aligned_realloc(block, 1000, 64);
  say("_aligned_realloc", (uintptr_t)block % 64 == 0 && block[99] == 'z');
  _aligned_free(block);
  HMODULE library = GetModuleHandleA("msvcrt.dll");
  void *(*operator_new)(size_t) = (void *)GetProcAddress(library, "??2@YAPEAX_K@Z");
  void (*operator_delete)(void *) = (void *)GetProcAddress(library, "??3@YAXPEAX@Z");
  block = operator_new(77);
  say("operator new", _msize(block));
  operator_delete(block);
  block = malloc(64);
  say("_expand", _expand(block, 32) == block && _msize(block) == 32);
  block = realloc(block, 0);
  say("realloc to nothing", block == NULL);
}

int main(void) {
  private_heaps();
  global_and_local();
  c_library();
  return !raised;
}
