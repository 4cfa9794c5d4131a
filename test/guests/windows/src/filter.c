/* A filter for what nobody handles. */
#include <stdio.h>
#include <windows.h>

static LONG WINAPI filter(EXCEPTION_POINTERS *info) {
  printf("filter: code %lx\n", info->ExceptionRecord->ExceptionCode);
  fflush(stdout);
  ExitProcess(33);
}

int main(void) {
  SetUnhandledExceptionFilter(filter);
  *(volatile int *)0x10 = 1;
  return 0;
}
