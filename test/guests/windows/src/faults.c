/* Exceptions case by case: what the record of each says. */
#include <stdio.h>
#include <string.h>

#include "guarded-call.h"

void WINAPI RtlRaiseException(EXCEPTION_RECORD *record);

static char *pages;          /* four pages, the second without access */
static int line;             /* of the output */
static LONG (*volatile mend)(EXCEPTION_POINTERS *);

static void title(const char *text) { printf("%02d %s: ", ++line, text); }

/* A record without what depends on where things lie. */
static void tell(const EXCEPTION_RECORD *r) {
  printf("%08lx/%lx/%lu", r->ExceptionCode, r->ExceptionFlags, r->NumberParameters);
  if (r->NumberParameters == 2 && r->ExceptionCode != 0xE0000010 &&
      (r->ExceptionInformation[0] == 0 || r->ExceptionInformation[0] == 1 ||
       r->ExceptionInformation[0] == 8)) {
    long long at = (long long)r->ExceptionInformation[1];
    printf(" kind %d", (int)r->ExceptionInformation[0]);
    if (at >= (long long)pages && at < (long long)pages + 0x4000)
      printf(" pages+%x", (int)(at - (long long)pages));
    else if (at < 0x10000)
      printf(" %d", (int)at);
  }
  printf("; ");
}

static LONG CALLBACK first(EXCEPTION_POINTERS *p) {
  if (mend == NULL) return EXCEPTION_CONTINUE_SEARCH;
  tell(p->ExceptionRecord);
  return mend(p);
}

static LONG search(EXCEPTION_POINTERS *p) { (void)p; return EXCEPTION_CONTINUE_SEARCH; }
static LONG go_on(EXCEPTION_POINTERS *p) { (void)p; return EXCEPTION_CONTINUE_EXECUTION; }
static LONG take(EXCEPTION_POINTERS *p, void *frame) {
  (void)p, (void)frame;
  return EXCEPTION_EXECUTE_HANDLER;
}
/* The vectored handler tells, the frame takes. */
static void told(const char *text, Body body, void *argument) {
  title(text);
  mend = search;
  int is_taken = try_call(body, argument, take);
  mend = NULL;
  printf("taken %d\n", is_taken);
}

static void load(void *at) { (void)*(volatile char *)at; }
static void load8(void *at) { (void)*(volatile long long *)at; }
static void store(void *at) { *(volatile char *)at = 1; }
static void store8(void *at) { *(volatile long long *)at = 1; }
static void jump(void *at) { ((void (*)(void))at)(); }

static void accesses(void) {
  DWORD old;
  told("read, no access", load, pages + 0x1000);
  told("write, no access", store, pages + 0x1004);
  told("execute, no access", jump, pages + 0x1000);
  VirtualProtect(pages + 0x1000, 0x1000, PAGE_READONLY, &old);
  told("read only", store, pages + 0x1010);
  told("not executable", jump, pages + 0x1020);
  VirtualProtect(pages + 0x1000, 0x1000, PAGE_EXECUTE, &old);
  VirtualProtect(pages + 0x1000, 0x1000, PAGE_NOACCESS, &old);
  told("read across pages", load8, pages + 0xffc);
  told("write across pages", store8, pages + 0xffc);
  told("read null", load, NULL);
  told("write near null", store, (void *)8);
  told("execute null", jump, NULL);
  told("not canonical", load, (void *)0x8000000000000000);
  VirtualFree(pages + 0x2000, 0x1000, MEM_DECOMMIT);
  told("read reserved", load, pages + 0x2000);
  told("write reserved", store, pages + 0x2fff);
  VirtualAlloc(pages + 0x2000, 0x1000, MEM_COMMIT, PAGE_READWRITE | PAGE_GUARD);
  told("guard, read", load, pages + 0x2000);
  told("guard is gone", load, pages + 0x2000);
  VirtualProtect(pages + 0x2000, 0x1000, PAGE_READONLY | PAGE_GUARD, &old);
  told("guard of read only, written", store, pages + 0x2001);
  told("then written again", store, pages + 0x2001);
  VirtualProtect(pages + 0x2000, 0x1000, PAGE_EXECUTE_READ | PAGE_GUARD, &old);
  told("guard, executed", jump, pages + 0x2000);
  VirtualProtect(pages + 0x2000, 0x1000, PAGE_READWRITE | PAGE_GUARD, &old);
  title("guard in a mended access");
  mend = go_on;
  store(pages + 0x2002);
  mend = NULL;
  printf("stored %d\n", pages[0x2002]);
}

static void (*code)(void);
static void instruction(const char *text, const void *bytes, size_t size) {
  memset((void *)code, 0x90, 16);
  memcpy((void *)code, bytes, size);
  ((char *)code)[15] = (char)0xc3;
  told(text, (Body)jump, (void *)code);
}
#define CODE(text, bytes) instruction(text, bytes, sizeof bytes - 1)

static void divide(void *by) {
  int quotient, rest;
  __asm__ volatile("idivl %4" : "=a"(quotient), "=d"(rest)
                   : "a"(0x80000000), "d"(-1), "r"(*(int *)by));
}
static void sse(void *operands) {
  unsigned mask = 0x1f80 & ~0x1e80;
  __asm__ volatile("ldmxcsr %0" : : "m"(mask));
  volatile double *d = operands;
  d[2] = d[0] / d[1];
}
static void x87(void *operands) {
  unsigned short control = 0x37f & ~0x1d;
  __asm__ volatile("fninit; fldcw %0" : : "m"(control));
  double *d = operands;
  __asm__ volatile("fldl %0; fdivl %1; fwait" : : "m"(d[0]), "m"(d[1]));
}
static void plain_float(void) {
  unsigned mask = 0x1f80;
  __asm__ volatile("ldmxcsr %0; fnclex; fninit" : : "m"(mask));
}

static void instructions(void) {
  code = (void (*)(void))VirtualAlloc(NULL, 4096, MEM_COMMIT, PAGE_EXECUTE_READWRITE);
  CODE("ud2", "\x0f\x0b");
  CODE("hlt", "\xf4");
  CODE("cli", "\xfa");
  CODE("in", "\xec");
  CODE("read of cr0", "\x0f\x20\xc0");
  CODE("int3", "\xcc");
  CODE("int 3, two bytes", "\xcd\x03");
  CODE("int 2c", "\xcd\x2c");
  CODE("int 80", "\xcd\xff");
  CODE("a prefix too many", "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66");
  int zero = 0, minus = -1;
  told("divide by zero", divide, &zero);
  told("quotient too large", divide, &minus);
  double nothing[3] = {1, 0, 0}, large[3] = {1e308, 1e-308, 0}, none[3] = {0, 0, 0};
  told("sse, divide by zero", sse, nothing);
  told("sse, overflow", sse, large);
  told("sse, invalid", sse, none);
  plain_float();
  told("x87, divide by zero", x87, nothing);
  plain_float();
  told("x87, invalid", x87, none);
  plain_float();
}

static void raise(void *code_) { RaiseException((DWORD)(ULONG_PTR)code_, 0, 0, NULL); }
static void raise_many(void *count) {
  ULONG_PTR words[20] = {1, 2, 3};
  RaiseException(0xE0000010, 0, (DWORD)(ULONG_PTR)count, words);
}
static void raise_null(void *count) { RaiseException(0xE0000011, 0, (DWORD)(ULONG_PTR)count, NULL); }
static void raise_flags(void *flags) { RaiseException(0xE0000012, (DWORD)(ULONG_PTR)flags, 0, NULL); }
static LONG same_twice(EXCEPTION_POINTERS *p, void *frame) {
  const EXCEPTION_RECORD *inner = p->ExceptionRecord->ExceptionRecord;
  printf("%08lx of %08lx; ", p->ExceptionRecord->ExceptionCode, inner ? inner->ExceptionCode : 0);
  (void)frame;
  return EXCEPTION_EXECUTE_HANDLER;
}
static void raise_record(void *inner) {
  EXCEPTION_RECORD r = {0xE0000014, 0, inner, NULL, 1, {7}};
  RtlRaiseException(&r);
  printf("came back; ");
}

static void raised(void) {
  told("raised", raise, (void *)0xE0000001);
  told("a code of the system", raise, (void *)0xC0000005);
  told("no failure", raise, (void *)0x40000001);
  told("15 words", raise_many, (void *)15);
  told("16 words", raise_many, (void *)16);
  told("words nowhere", raise_null, (void *)3);
  told("all flags", raise_flags, (void *)0xff);
  title("record in a record");
  EXCEPTION_RECORD inner = {0xE0000013, 0, NULL, NULL, 0, {0}};
  printf("taken %d\n", try_call(raise_record, &inner, same_twice));
  title("raised and mended");
  mend = go_on;
  raise((void *)0xE0000002);
  raise_record(NULL);
  mend = NULL;
  printf("went on\n");
}

/* A file that is shorter than its view. */
static void shorter(void) {
  HANDLE file = CreateFileA("faults.tmp", GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
  DWORD done;
  WriteFile(file, "abc", 3, &done, NULL);
  HANDLE section = CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 0x3000, NULL);
  char *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
  title("the rest of a file's last page");
  printf("%d %d, length %lu\n", view[2], view[3], GetFileSize(file, NULL));
  UnmapViewOfFile(view);
  CloseHandle(section);
  CloseHandle(file);
  DeleteFileA("faults.tmp");
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  pages = VirtualAlloc(NULL, 0x4000, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
  DWORD old;
  VirtualProtect(pages + 0x1000, 0x1000, PAGE_NOACCESS, &old);
  PVOID handler = AddVectoredExceptionHandler(1, first);
  accesses();
  instructions();
  raised();
  RemoveVectoredExceptionHandler(handler);
  shorter();
  title("closed nothing");
  BOOL is_closed = CloseHandle((HANDLE)0xdead);
  printf("%d error %lu\n", is_closed, GetLastError());
  return 0;
}
