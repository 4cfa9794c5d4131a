/* Takes of one thing as much as there is: bombs.exe KIND. Each kind ends with what it was given. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

static int reserve(void) {
  int count = 0;
  for (SIZE_T size = 1ull << 46; size >= 65536; size /= 2)
    while (VirtualAlloc(NULL, size, MEM_RESERVE, PAGE_READWRITE) && count < 100000) count++;
  return count > 0;
}
static int commit(void) {
  int count = 0;
  while (count < 1000000 && VirtualAlloc(NULL, 1 << 20, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE))
    count++;
  return count > 0 && GetLastError() == ERROR_COMMITMENT_LIMIT;
}
static int touch(void) {
  for (int count = 0;; count++) {
    char *at = VirtualAlloc(NULL, 1 << 20, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (at == NULL) return count > 0;
    memset(at, 1, 1 << 20);
  }
}
static int handles(void) {
  int count = 0;
  while (count < 100000 && CreateEventA(NULL, FALSE, FALSE, NULL)) count++;
  return count == 100000;
}
static int more_handles(void) {
  while (CreateEventA(NULL, FALSE, FALSE, NULL)) continue;
  return 0;
}
static int tables(void) {
  static RUNTIME_FUNCTION function;
  int count = 0;
  while (count < 100000 && RtlAddFunctionTable(&function, 1, (DWORD64)&function)) count++;
  return count > 1000 && count < 100000;
}
static DWORD WINAPI sleeper(void *unused) {
  Sleep(INFINITE);
  return unused != NULL;
}
static int threads(void) {
  int count = 0;
  while (count < 10000 &&
         CreateThread(NULL, 0x10000, sleeper, NULL, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL))
    count++;
  return count > 100;
}
static DWORD WINAPI at_once(void *unused) { return unused != NULL; }
static int short_threads(void) {
  int count = 0;
  for (; count < 1000; count++) {
    HANDLE thread = CreateThread(NULL, 0, at_once, NULL, 0, NULL);
    if (thread == NULL || WaitForSingleObject(thread, INFINITE) != WAIT_OBJECT_0) break;
    CloseHandle(thread);
  }
  return count == 1000;
}
static LONG CALLBACK faulty(EXCEPTION_POINTERS *p) {
  *(volatile int *)0 = (int)p->ExceptionRecord->ExceptionCode;
  return EXCEPTION_CONTINUE_EXECUTION;
}
static int recursion(void) {
  AddVectoredExceptionHandler(1, faulty);
  *(volatile int *)0 = 1;
  return 0;
}
/* A handler that never returns: it goes back to where the stack was, and faults once more. */
static char *top;
static volatile int rounds;
static LONG CALLBACK back(EXCEPTION_POINTERS *p) {
  if (rounds-- == 0) ExitProcess(0);
  __asm__ volatile("movq %0, %%rsp\n xorl %%eax, %%eax\n movl %%eax, (%%rax)" ::"r"(top)
                   : "rax", "memory");
  return p == NULL;
}
static int jump_on(void *stack) {
  top = (char *)((DWORD64)stack & ~15ull);
  rounds = 150000;
  AddVectoredExceptionHandler(1, back);
  *(volatile int *)0 = 1;
  return 0;
}
static int jumps(void) {
  char here[512];
  return jump_on(here);
}
static int stacks(void) {
  return jump_on((char *)VirtualAlloc(NULL, 1 << 16, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE) +
                 (1 << 16));
}
/* An exception under a million frames, the function of each the last of a long table. */
static int frames(void) {
  enum { FRAMES = 1 << 20, ENTRIES = 1 << 16 };
  static RUNTIME_FUNCTION functions[ENTRIES];
  char *code = VirtualAlloc(NULL, 0x10000, MEM_RESERVE | MEM_COMMIT, PAGE_EXECUTE_READWRITE);
  DWORD64 *stack = VirtualAlloc(NULL, FRAMES * 8, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
  NT_TIB *tib = (NT_TIB *)NtCurrentTeb();
  memcpy(code + 0x18, "\x0f\x0b", 2); /* UD2 */
  memcpy(code + 0x1000, "\1\0\0\0", 4); /* no prolog */
  functions[ENTRIES - 1].BeginAddress = 0x10;
  functions[ENTRIES - 1].EndAddress = 0x20;
  functions[ENTRIES - 1].UnwindData = 0x1000;
  for (int at = 0; at < FRAMES; at++) stack[at] = (DWORD64)code + 0x18;
  RtlAddFunctionTable(functions, ENTRIES, (DWORD64)code);
  tib->StackLimit = stack;
  tib->StackBase = stack + FRAMES;
  __asm__ volatile("movq %0, %%rsp\n jmp *%1" ::"r"(stack + 0x1000), "r"(code + 0x18) : "memory");
  return 0;
}
static int heaps(void) {
  int count = 0;
  while (count < 100000 && HeapCreate(0, 0, 0)) count++;
  return count > 10;
}
static int fixed_heaps(void) {
  int count = 0;
  while (count < 100000 && HeapCreate(0, 0x1000, 1ull << 40)) count++;
  return count > 10;
}
static int blocks(void) {
  int count = 0;
  for (SIZE_T size = 1ull << 40; size > 0; size /= 2)
    while (count < 1000000 && HeapAlloc(GetProcessHeap(), 0, size)) count++;
  return count > 10;
}
static int sections(void) {
  int count = 0;
  while (count < 100000 &&
         CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | SEC_RESERVE, 0x100, 0, NULL))
    count++;
  return count > 10;
}
static int views(void) {
  HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 1 << 24, NULL);
  int count = 0;
  while (count < 100000) {
    char *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    if (view == NULL) break;
    if (count++ < 100) memset(view, 2, 1 << 16);
  }
  return count > 10;
}
static LONG CALLBACK other(EXCEPTION_POINTERS *p) { return p == NULL; }
static int handlers(void) {
  int count = 0;
  while (count < 100000 && AddVectoredExceptionHandler(0, other)) count++;
  RaiseException(0xE0000001, 0, 0, NULL);
  return count > 10;
}
static int protections(void) {
  char *at = VirtualAlloc(NULL, 1ull << 33, MEM_RESERVE, PAGE_READWRITE);
  DWORD old;
  int count = 0;
  for (SIZE_T page = 0; page < 1 << 17; page += 2)
    count += VirtualAlloc(at + page * 4096, 4096, MEM_COMMIT, PAGE_READONLY) != NULL &&
             VirtualProtect(at + page * 4096, 4096, PAGE_READWRITE | PAGE_GUARD, &old);
  return count > 10;
}

static const struct {
  const char *name;
  int (*run)(void);
} KINDS[] = {{"reserve", reserve}, {"commit", commit}, {"touch", touch}, {"handles", handles},
             {"threads", threads}, {"recursion", recursion}, {"heaps", heaps},
             {"fixed-heaps", fixed_heaps}, {"blocks", blocks}, {"sections", sections},
             {"views", views}, {"handlers", handlers}, {"protections", protections},
             {"more-handles", more_handles}, {"tables", tables}, {"jumps", jumps},
             {"stacks", stacks}, {"short-threads", short_threads},
             {"frames", frames}};

int main(int count, char **arguments) {
  for (unsigned n = 0; count > 1 && n < sizeof KINDS / sizeof *KINDS; n++)
    if (strcmp(arguments[1], KINDS[n].name) == 0) return KINDS[n].run() ? 0 : 1;
  return 2;
}
