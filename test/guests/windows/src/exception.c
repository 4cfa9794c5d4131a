/* Vectored handlers: an access violation that is mended, a guard page, a division. */
#include <stdio.h>
#include <windows.h>

static char *page;
static int seen;

static LONG CALLBACK mend(EXCEPTION_POINTERS *info) {
  EXCEPTION_RECORD *r = info->ExceptionRecord;
  seen++;
  printf("code %lx flags %lx parameters %lu", r->ExceptionCode, r->ExceptionFlags,
         r->NumberParameters);
  if (r->NumberParameters == 2) {
    printf(": kind %d, offset %d", (int)r->ExceptionInformation[0],
           (int)((char *)r->ExceptionInformation[1] - page));
  }
  printf(", rip is its address %d\n", (void *)info->ContextRecord->Rip == r->ExceptionAddress);
  if (r->ExceptionCode == STATUS_ACCESS_VIOLATION) {
    DWORD old;
    VirtualProtect(page, 4096, PAGE_READWRITE, &old);
    return EXCEPTION_CONTINUE_EXECUTION;
  }
  if (r->ExceptionCode == STATUS_GUARD_PAGE_VIOLATION) return EXCEPTION_CONTINUE_EXECUTION;
  if (r->ExceptionCode == STATUS_INTEGER_DIVIDE_BY_ZERO) {
    info->ContextRecord->Rcx = 5;
    return EXCEPTION_CONTINUE_EXECUTION;
  }
  if (r->ExceptionCode == 0xE0001234) return EXCEPTION_CONTINUE_EXECUTION;
  return EXCEPTION_CONTINUE_SEARCH;
}

int main(void) {
  page = VirtualAlloc(NULL, 4096, MEM_RESERVE | MEM_COMMIT, PAGE_READONLY);
  PVOID handler = AddVectoredExceptionHandler(1, mend);
  page[10] = 'a';
  printf("stored %c\n", page[10]);
  DWORD old;
  VirtualProtect(page, 4096, PAGE_READWRITE | PAGE_GUARD, &old);
  page[20] = 'b';
  page[21] = 'c';
  printf("stored %c, seen %d\n", page[20], seen);
  int quotient = 0;
  int divisor = 0;
  __asm__ volatile("cltd; idivl %%ecx" : "=a"(quotient) : "a"(35), "c"(divisor) : "edx", "cc");
  printf("quotient %d\n", quotient);
  RaiseException(0xE0001234, 0, 0, NULL);
  printf("raised, seen %d\n", seen);
  RemoveVectoredExceptionHandler(handler);
  return 0;
}
