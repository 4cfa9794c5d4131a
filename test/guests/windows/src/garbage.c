/*
 * Calls a function of the system with arguments that make no sense, again and again, whatever
 * becomes of it: garbage.exe LIBRARY FUNCTION SEED COUNT
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

typedef unsigned long long Word;
typedef Word (*Function)(Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word);

static jmp_buf next;
static char *pages; /* one that can be used, one without access, one with a guard */
static HANDLE event, heap, section, file;
static unsigned state;

static unsigned draw(unsigned below) {
  state = state * 1664525 + 1013904223;
  return (state >> 8) % below;
}

/* Two texts, and a number that could be anything. */
static Word word(void) {
  static const Word numbers[] = {
      0,          1,           2,          3,          4,          8,
      16,         255,         4096,       65535,      65536,      0x7fffffff,
      0x80000000, 0xffffffff,  0x100000000, 0x7fffffff0000, 0x800000000000, 0xffff800000000000,
      -1ull,      -2ull,       -10ull,     -11ull,     -12ull,     -4096ull,
      1ull << 62, 1ull << 63,  0x7ffe0000, 0xdeadbeef, 0x3ff0000000000000, 0x7ff8000000000000};
  switch (draw(8)) {
    case 0:
    case 1:
      return numbers[draw(sizeof numbers / sizeof *numbers)];
    case 2:
      return (Word)(pages + draw(4096) / 16 * 16);
    case 3:
      return (Word)(pages + 4096 - draw(16));
    case 4:
      return (Word)(pages + draw(0x4000));
    case 5:
      return (Word)(draw(2) ? (void *)"C:\\garbage.txt" : (void *)L"garbage %s %n");
    case 6: {
      const HANDLE handles[] = {event, heap, section, file, GetModuleHandleA(NULL)};
      return (Word)handles[draw(5)];
    }
    default:
      return draw(64);
  }
}

static LONG CALLBACK again(EXCEPTION_POINTERS *p) {
  (void)p;
  longjmp(next, 1);
}

static void fill(void) {
  DWORD old;
  for (int at = 0; at < 4096; at += 8) {
    Word w = draw(3) == 0 ? word() : (Word)(pages + at);
    *(Word *)(pages + at) = draw(4) == 0 ? 0 : w;
  }
  VirtualProtect(pages + 0x2000, 0x1000, PAGE_READWRITE | PAGE_GUARD, &old);
}

int main(int count, char **arguments) {
  if (count < 5) return 2;
  HMODULE library = LoadLibraryA(arguments[1]);
  Function function = (Function)(void *)GetProcAddress(library, arguments[2]);
  if (function == NULL) return 3;
  state = (unsigned)atoi(arguments[3]);
  int calls = atoi(arguments[4]);
  DWORD old;
  pages = VirtualAlloc(NULL, 0x4000, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
  VirtualProtect(pages + 0x1000, 0x1000, PAGE_NOACCESS, &old);
  event = CreateEventA(NULL, TRUE, TRUE, NULL);
  heap = GetProcessHeap();
  section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 65536, NULL);
  file = CreateFileA("garbage.tmp", GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
  AddVectoredExceptionHandler(1, again);
  for (volatile int n = 0; n < calls; n++) {
    if (setjmp(next) != 0) continue;
    fill();
    Word w[12];
    for (int i = 0; i < 12; i++) w[i] = word();
    function(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9], w[10], w[11]);
  }
  return 0;
}
