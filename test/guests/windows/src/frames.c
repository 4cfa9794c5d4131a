/* A handler of a frame, the filter for what nobody handles, and what queries tell of an image. */
#include <excpt.h>
#include <stdio.h>
#include <windows.h>

#define MENDED 0xE0000001
#define FATAL 0xE0000002

__attribute__((used)) EXCEPTION_DISPOSITION NTAPI handler(EXCEPTION_RECORD *record, void *frame,
                                                          CONTEXT *context,
                                                          DISPATCHER_CONTEXT *dispatcher) {
  printf("handler: %lx, unwinding %d\n", record->ExceptionCode,
         (record->ExceptionFlags & 2) != 0);
  return record->ExceptionCode == MENDED ? ExceptionContinueExecution : ExceptionContinueSearch;
}

__attribute__((noinline)) static void guarded(void) {
  __asm__ volatile(".seh_handler handler, @except\n");
  RaiseException(MENDED, 0, 0, NULL);
  printf("went on\n");
}

static LONG WINAPI filter(EXCEPTION_POINTERS *info) {
  printf("filter: %lx flags %lx\n", info->ExceptionRecord->ExceptionCode,
         info->ExceptionRecord->ExceptionFlags);
  fflush(stdout);
  return EXCEPTION_EXECUTE_HANDLER;
}

int main(void) {
  guarded();
  MEMORY_BASIC_INFORMATION m;
  VirtualQuery((void *)main, &m, sizeof m);
  printf("image: type %lx, its base %d\n", m.Type,
         m.AllocationBase == (void *)GetModuleHandleA(NULL));
  VirtualQuery(&m, &m, sizeof m);
  printf("stack: type %lx protect %lx\n", m.Type, m.Protect);
  HMODULE kernel = GetModuleHandleA("kernel32.dll");
  printf("found %d, not found %d error %lu\n", GetProcAddress(kernel, "VirtualAlloc") != NULL,
         GetProcAddress(kernel, "NoSuchFunction") == NULL, GetLastError());
  LPVOID(WINAPI * allocate)
  (LPVOID, SIZE_T, DWORD, DWORD) = (void *)GetProcAddress(kernel, "VirtualAlloc");
  printf("called %d\n", allocate(NULL, 4096, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE) != NULL);
  printf("no such library %d error %lu\n", LoadLibraryA("nosuch.dll") == NULL, GetLastError());
  SetUnhandledExceptionFilter(filter);
  RaiseException(FATAL, EXCEPTION_NONCONTINUABLE, 0, NULL);
  return 0;
}
