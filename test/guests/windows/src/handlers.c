/* Who is asked about an exception, in which order, and how the program goes on. */
#include <setjmp.h>
#include <stdio.h>

#include "guarded-call.h"

static int line; /* of the output */
static void title(const char *text) { printf("%02d %s: ", ++line, text); }

static void raise(void *code) { RaiseException((DWORD)(ULONG_PTR)code, 0, 0, NULL); }
static void raise_fatal(void *code) {
  RaiseException((DWORD)(ULONG_PTR)code, EXCEPTION_NONCONTINUABLE, 0, NULL);
}
static void load(void *at) { (void)*(volatile char *)at; }

static LONG take(EXCEPTION_POINTERS *p, void *frame) {
  printf("take %08lx/%lx; ", p->ExceptionRecord->ExceptionCode, p->ExceptionRecord->ExceptionFlags);
  (void)frame;
  return EXCEPTION_EXECUTE_HANDLER;
}
static LONG pass(EXCEPTION_POINTERS *p, void *frame) {
  printf("pass %08lx/%lx; ", p->ExceptionRecord->ExceptionCode, p->ExceptionRecord->ExceptionFlags);
  (void)frame;
  return EXCEPTION_CONTINUE_SEARCH;
}
static LONG resume(EXCEPTION_POINTERS *p, void *frame) {
  DWORD code = p->ExceptionRecord->ExceptionCode;
  printf("resume %08lx; ", code);
  (void)frame;
  return code == STATUS_NONCONTINUABLE_EXCEPTION ? EXCEPTION_CONTINUE_SEARCH
                                                 : EXCEPTION_CONTINUE_EXECUTION;
}
static void last(BOOLEAN abnormal, void *frame) {
  printf("finally %d; ", abnormal);
  (void)frame;
}

/* Vectored handlers. */
static LONG answer_b = EXCEPTION_CONTINUE_SEARCH;
static PVOID handle_a, handle_b;
static LONG CALLBACK vector_a(EXCEPTION_POINTERS *p) {
  printf("a; ");
  (void)p;
  return EXCEPTION_CONTINUE_SEARCH;
}
static LONG CALLBACK vector_b(EXCEPTION_POINTERS *p) {
  printf("b; ");
  (void)p;
  return answer_b;
}
static LONG CALLBACK removes_itself(EXCEPTION_POINTERS *p) {
  printf("removed %lu; ", RemoveVectoredExceptionHandler(handle_a));
  (void)p;
  return EXCEPTION_CONTINUE_SEARCH;
}

static void vectored(void) {
  title("last is asked last");
  handle_a = AddVectoredExceptionHandler(1, vector_a);
  handle_b = AddVectoredExceptionHandler(0, vector_b);
  printf("%d\n", try_call(raise, (void *)0xE0000001, take));
  title("one goes on");
  answer_b = EXCEPTION_CONTINUE_EXECUTION;
  printf("%d\n", try_call(raise, (void *)0xE0000002, take));
  title("goes on with what cannot");
  printf("%d\n", try_call(raise_fatal, (void *)0xE0000003, take));
  printf("removed %lu", RemoveVectoredExceptionHandler(handle_a));
  printf(" %lu", RemoveVectoredExceptionHandler(handle_b));
  printf(" %lu\n", RemoveVectoredExceptionHandler(handle_b));
  title("removes itself");
  handle_a = AddVectoredExceptionHandler(1, removes_itself);
  try_call(raise, (void *)0xE0000004, take);
  try_call(raise, (void *)0xE0000005, take);
  printf("\n");
}

/* Registers that a handler changes. */
static LONG CALLBACK changes(EXCEPTION_POINTERS *p) {
  CONTEXT *c = p->ContextRecord;
  printf("rbx %llx, carry %lu, xmm %llx, rip %d; ", c->Rbx, c->EFlags & 1, c->Xmm7.Low,
         *(unsigned char *)c->Rip);
  c->Rbx = 0x1234;
  c->EFlags ^= 1;
  c->Xmm7.Low = 0x5678;
  c->Rip += 2;
  return EXCEPTION_CONTINUE_EXECUTION;
}
static void registers(void) {
  title("registers");
  PVOID handler = AddVectoredExceptionHandler(1, changes);
  unsigned long long rbx = 0xabcd, xmm = 0x77;
  unsigned char carry;
  __asm__ volatile("movq %1, %%xmm7; stc; ud2; setc %2; movq %%xmm7, %1"
                   : "+b"(rbx), "+r"(xmm), "=q"(carry)
                   :
                   : "xmm7", "cc");
  printf("rbx %llx, carry %d, xmm %llx\n", rbx, carry, xmm);
  RemoveVectoredExceptionHandler(handler);
}

/* Memory that is committed when it is touched. */
static char *demand;
static int faults;
static LONG CALLBACK commits(EXCEPTION_POINTERS *p) {
  char *at = (char *)p->ExceptionRecord->ExceptionInformation[1];
  if (p->ExceptionRecord->ExceptionCode != STATUS_ACCESS_VIOLATION) return 0;
  if (at < demand || at >= demand + 0x100000) return EXCEPTION_CONTINUE_SEARCH;
  faults++;
  return VirtualAlloc(at, 1, MEM_COMMIT, PAGE_READWRITE) ? EXCEPTION_CONTINUE_EXECUTION : 0;
}
static void on_demand(void) {
  title("committed on demand");
  demand = VirtualAlloc(NULL, 0x100000, MEM_RESERVE, PAGE_NOACCESS);
  PVOID handler = AddVectoredExceptionHandler(1, commits);
  unsigned sum = 0;
  for (int at = 0; at < 0x100000; at += 1000) demand[at] = (char)at;
  for (int at = 0; at < 0x100000; at += 1000) sum += (unsigned char)demand[at];
  RemoveVectoredExceptionHandler(handler);
  printf("faults %d, sum %u\n", faults, sum);
  VirtualFree(demand, 0, MEM_RELEASE);
}

/* Frames. */
static void inner_takes(void *code) { printf("in %d; ", try_call(raise, code, take)); }
static void inner_passes(void *code) { printf("never %d; ", try_call(raise, code, pass)); }
static void inner_resumes(void *code) { printf("in %d; ", try_call(raise, code, resume)); }
static void inner_fatal(void *code) { printf("in %d; ", try_call(raise_fatal, code, resume)); }
static void cleans(void *code) { finally_call(raise, code, last); }
static void cleans_twice(void *code) { finally_call(cleans, code, last); }
static void nothing(void *unused) { (void)unused; }
static void clean_end(void *unused) { finally_call(nothing, unused, last); }
static void from_finally(BOOLEAN abnormal, void *frame) {
  printf("finally %d raises; ", abnormal);
  (void)frame;
  raise((void *)0xE0000022);
}
static void raises_in_finally(void *code) { finally_call(raise, code, from_finally); }
static LONG raises_in_filter(EXCEPTION_POINTERS *p, void *frame) {
  printf("filter %08lx raises; ", p->ExceptionRecord->ExceptionCode);
  (void)frame;
  if (p->ExceptionRecord->ExceptionCode == 0xE0000021) raise((void *)0xE0000023);
  return EXCEPTION_CONTINUE_SEARCH;
}
static void filter_raises(void *code) { printf("in %d; ", try_call(raise, code, raises_in_filter)); }
static void again(void *code) {
  try_call(raise, code, take);
  raise((char *)code + 1);
}
static LONG odd(EXCEPTION_POINTERS *p, void *frame) {
  (void)p, (void)frame;
  return 77;
}

static void outer(const char *text, Body body, void *argument, Filter filter) {
  title(text);
  printf("out %d\n", try_call(body, argument, filter));
}

static void frames(void) {
  outer("nothing raised", nothing, NULL, take);
  outer("taken", raise, (void *)0xE0000010, take);
  outer("the inner one takes", inner_takes, (void *)0xE0000011, take);
  outer("the inner one passes", inner_passes, (void *)0xE0000012, take);
  outer("the inner one goes on", inner_resumes, (void *)0xE0000013, take);
  outer("goes on with what cannot", inner_fatal, (void *)0xE0000014, take);
  outer("finally without an exception", clean_end, NULL, take);
  outer("finally", cleans, (void *)0xE0000015, take);
  outer("two of them", cleans_twice, (void *)0xE0000016, take);
  outer("raised in finally", raises_in_finally, (void *)0xE0000020, take);
  outer("raised in a filter", filter_raises, (void *)0xE0000021, take);
  outer("raised again", again, (void *)0xE0000030, take);
  outer("a filter's answer is any positive", raise, (void *)0xE0000040, odd);
  outer("access violation", load, (void *)16, take);
}

/* Many of them: nothing may be left of one. */
static jmp_buf back;
static LONG CALLBACK jumps(EXCEPTION_POINTERS *p) {
  if (p->ExceptionRecord->ExceptionCode != 0xE0000050) return EXCEPTION_CONTINUE_SEARCH;
  longjmp(back, 1);
}
static LONG quiet(EXCEPTION_POINTERS *p, void *frame) {
  (void)p, (void)frame;
  return EXCEPTION_EXECUTE_HANDLER;
}
static void many(void) {
  title("a thousand");
  volatile int count = 0;
  for (int n = 0; n < 1000; n++) count += try_call(raise, (void *)0xE0000060, quiet) != 0;
  printf("%d\n", count);
  title("left by jumps");
  PVOID handler = AddVectoredExceptionHandler(1, jumps);
  for (volatile int n = 0; n < 500; n++) {
    if (setjmp(back) == 0) raise((void *)0xE0000050);
    else count++;
  }
  RemoveVectoredExceptionHandler(handler);
  printf("%d\n", count);
}

/* Other threads, and stacks that end. */
static DWORD WINAPI in_thread(void *code) { return try_call(raise, code, take); }
static int deep(int level) {
  volatile char room[4000];
  room[level % 4000] = (char)level;
  return deep(level + 1) + room[0];
}
static void too_deep(void *unused) {
  (void)unused;
  deep(0);
}
static LONG is_overflow(EXCEPTION_POINTERS *p, void *frame) {
  (void)frame;
  return p->ExceptionRecord->ExceptionCode == STATUS_STACK_OVERFLOW;
}
static DWORD WINAPI overflows(void *unused) { return try_call(too_deep, unused, is_overflow); }
static void threads(void) {
  DWORD code;
  title("in a thread");
  HANDLE thread = CreateThread(NULL, 0, in_thread, (void *)0xE0000070, 0, NULL);
  WaitForSingleObject(thread, INFINITE);
  GetExitCodeThread(thread, &code);
  printf("code %08lx\n", code);
  title("stack overflow in a thread");
  thread = CreateThread(NULL, 0x40000, overflows, NULL, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
  WaitForSingleObject(thread, INFINITE);
  GetExitCodeThread(thread, &code);
  printf("code %08lx\n", code);
}

/* What nobody handles. */
static LONG WINAPI unhandled(EXCEPTION_POINTERS *p) {
  printf("unhandled %08lx; ", p->ExceptionRecord->ExceptionCode);
  return EXCEPTION_CONTINUE_EXECUTION;
}
static LONG WINAPI at_end(EXCEPTION_POINTERS *p) {
  printf("the end: %08lx\n", p->ExceptionRecord->ExceptionCode);
  return EXCEPTION_CONTINUE_SEARCH;
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  vectored();
  registers();
  on_demand();
  frames();
  many();
  threads();
  title("filter of the unhandled");
  LPTOP_LEVEL_EXCEPTION_FILTER before = SetUnhandledExceptionFilter(unhandled);
  raise((void *)0xE0000080);
  printf("before none %d, then it %d\n", before == unhandled,
         SetUnhandledExceptionFilter(at_end) == unhandled);
  title("ends");
  RaiseException(0xE0000099, 0, 0, NULL);
  printf("never\n");
  return 0;
}
