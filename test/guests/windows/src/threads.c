/* Threads, critical sections, events, thread-local storage. */
#include <process.h>
#include <stdio.h>
#include <windows.h>

#define THREADS 4

static CRITICAL_SECTION lock;
static HANDLE go;
static DWORD slot;
static long total;
static __thread int own = 5;

static unsigned __stdcall work(void *argument) {
  int number = (int)(ULONG_PTR)argument;
  TlsSetValue(slot, (void *)(ULONG_PTR)(number * 10));
  WaitForSingleObject(go, INFINITE);
  for (int n = 0; n < 1000; n++) {
    EnterCriticalSection(&lock);
    total += 1;
    LeaveCriticalSection(&lock);
    if (n % 100 == 0) Sleep(0);
  }
  own += number;
  return (unsigned)(ULONG_PTR)TlsGetValue(slot) + (unsigned)own;
}

static DWORD WINAPI plain(void *argument) {
  InterlockedAdd(argument, 7);
  return 77;
}

int main(void) {
  InitializeCriticalSection(&lock);
  go = CreateEventA(NULL, TRUE, FALSE, NULL);
  slot = TlsAlloc();
  HANDLE threads[THREADS];
  for (int n = 0; n < THREADS; n++) {
    threads[n] = (HANDLE)_beginthreadex(NULL, 0, work, (void *)(ULONG_PTR)n, 0, NULL);
  }
  printf("not yet: %lx\n", WaitForSingleObject(threads[0], 10));
  SetEvent(go);
  printf("all: %lx\n", WaitForMultipleObjects(THREADS, threads, TRUE, INFINITE));
  for (int n = 0; n < THREADS; n++) {
    DWORD code;
    GetExitCodeThread(threads[n], &code);
    printf("thread %d: %lu\n", n, code);
    CloseHandle(threads[n]);
  }
  long value = 1;
  HANDLE thread = CreateThread(NULL, 0, plain, &value, 0, NULL);
  WaitForSingleObject(thread, INFINITE);
  DWORD code;
  GetExitCodeThread(thread, &code);
  printf("total %ld, own %d, value %ld, code %lu\n", total, own, value, code);
  DeleteCriticalSection(&lock);
  return 0;
}
