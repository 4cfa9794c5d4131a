/* A stack that ends: the exception comes on what is left of it. */
#include <stdio.h>
#include <windows.h>

static LONG CALLBACK tell(EXCEPTION_POINTERS *info) {
  if (info->ExceptionRecord->ExceptionCode != STATUS_STACK_OVERFLOW) return 0;
  static const char text[] = "stack overflow\r\n";
  DWORD written;
  WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), text, sizeof text - 1, &written, NULL);
  ExitProcess(9);
}

__attribute__((noinline)) static int deep(int level) {
  volatile char room[1000];
  room[level % 1000] = (char)level;
  return deep(level + 1) + room[0];
}

int main(void) {
  AddVectoredExceptionHandler(1, tell);
  return deep(0);
}
