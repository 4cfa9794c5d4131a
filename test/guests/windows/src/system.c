// What programs ask the system about: errors in words, modules, the registry, memory, threads.
#include <stdio.h>
#include <string.h>
#include <windows.h>
#include <tlhelp32.h>

static void errors(void) {
  char text[200];
  DWORD_PTR list[] = {(DWORD_PTR) "one", 2};
  FormatMessageA(FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_ARGUMENT_ARRAY, "%2!d! before %1%n", 0, 0,
                 text, sizeof text, (va_list *)list);
  printf("%s", text);
  WCHAR *wide;
  DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_ALLOCATE_BUFFER, NULL, 2,
                                0x409, (LPWSTR)&wide, 0, NULL);
  printf("of some length: %d, with an end of line: %d\n", length > 10, wide[length - 1] == '\n');
  LocalFree(wide);
  printf("%lu %lu\n", FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM, NULL, 99999, 0, text, 200, NULL),
         GetLastError());
}

static void modules(void) {
  HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPMODULE, 0);
  MODULEENTRY32 entry = {.dwSize = sizeof entry};
  int here = 0;
  for (BOOL more = Module32First(snapshot, &entry); more; more = Module32Next(snapshot, &entry)) {
    if (entry.hModule == GetModuleHandle(NULL)) here++;
  }
  printf("the program is there: %d, error %lu\n", here, GetLastError());
  CloseHandle(snapshot);
}

static volatile LONG turns;

static DWORD WINAPI spin(void *argument) {
  while (argument == NULL) {
    InterlockedIncrement(&turns);
  }
  return 0;
}

static void threads(void) {
  HANDLE thread = CreateThread(NULL, 0, spin, NULL, 0, NULL);
  while (turns == 0) {
    Sleep(1);
  }
  printf("%lu\n", SuspendThread(thread));
  CONTEXT context = {0};
  context.ContextFlags = CONTEXT_FULL;
  BOOL known = GetThreadContext(thread, &context);
  DWORD64 distance = context.Rip - (DWORD64)spin;
  printf("%d, in the loop: %d\n", known, distance < 64);
  TerminateThread(thread, 7);
  WaitForSingleObject(thread, INFINITE);
  DWORD code;
  GetExitCodeThread(thread, &code);
  printf("%lu\n", code);
}

static DWORD WINAPI wake(void *word) {
  *(LONG *)word = 1;
  void(WINAPI * all)(void *) = (void *)GetProcAddress(GetModuleHandle("kernelbase"), "WakeByAddressAll");
  all(word);
  return 0;
}

static void waits(void) {
  BOOL(WINAPI * wait)(volatile void *, void *, SIZE_T, DWORD) =
      (void *)GetProcAddress(GetModuleHandle("kernelbase"), "WaitOnAddress");
  LONG word = 0, zero = 0;
  printf("%d", wait(&word, &zero, 4, 10));
  printf(" %lu\n", GetLastError());
  HANDLE thread = CreateThread(NULL, 0, wake, &word, 0, NULL);
  while (word == 0) {
    wait(&word, &zero, 4, INFINITE);
  }
  printf("%ld\n", word);
  CloseHandle(thread);
}

static void objects(void) {
  HANDLE one = CreateEventA(NULL, TRUE, FALSE, "Local\\guest event");
  printf("%lu", GetLastError());
  HANDLE two = CreateEventA(NULL, TRUE, FALSE, "guest event");
  printf(" %lu", GetLastError());
  SetEvent(one);
  printf(" %lu\n", WaitForSingleObject(two, 0));
  printf("%d", CreateMutexA(NULL, FALSE, "guest event") == NULL);
  printf(" %lu", GetLastError());
  printf(" %d", OpenMutexA(MUTEX_ALL_ACCESS, FALSE, "no mutex") == NULL);
  printf(" %lu\n", GetLastError());
  HANDLE timer = CreateWaitableTimerA(NULL, FALSE, NULL);
  LARGE_INTEGER due = {.QuadPart = -200000};
  printf("%d", SetWaitableTimer(timer, &due, 0, NULL, NULL, FALSE));
  printf(" %lu", WaitForSingleObject(timer, 1));
  printf(" %lu", WaitForSingleObject(timer, INFINITE));
  printf(" %lu\n", WaitForSingleObject(timer, 30));
  due.QuadPart = 0;
  SetWaitableTimer(timer, &due, 5, NULL, NULL, FALSE);
  printf("%lu", WaitForSingleObject(timer, 1000));
  printf(" %lu", WaitForSingleObject(timer, 1000));
  printf(" %d\n", CancelWaitableTimer(timer));
}

static void texts(void) {
  char buffer[100];
  SetEnvironmentVariableA("GUEST", "value");
  printf("%lu %s\n", ExpandEnvironmentStringsA("a %GUEST% %NONE% b", buffer, 100), buffer);
  printf("%d %d %d\n", CompareStringA(0x409, NORM_IGNORECASE, "abc", -1, "ABC", 3),
         CompareStringW(0x409, 0, L"a", -1, L"B", -1), CompareStringOrdinal(L"a", 1, L"B", 1, FALSE));
  int length = LCMapStringA(0x409, LCMAP_UPPERCASE, "upper", -1, buffer, 100);
  printf("%d %s\n", length, buffer);
  SYSTEMTIME time = {2020, 2, 6, 29, 12, 34, 56, 789};
  FILETIME file;
  printf("%d", SystemTimeToFileTime(&time, &file));
  memset(&time, 0, sizeof time);
  FileTimeToSystemTime(&file, &time);
  printf(" %d-%d-%d %d %d\n", time.wYear, time.wMonth, time.wDay, time.wDayOfWeek, time.wMilliseconds);
}

int main(void) {
  errors();
  modules();
  threads();
  waits();
  objects();
  texts();
  HKEY key;
  printf("%ld\n", RegOpenKeyExA(HKEY_CURRENT_USER, "Software\\Nobody\\Has\\This", 0, KEY_READ, &key));
  MEMORYSTATUSEX status = {.dwLength = sizeof status};
  printf("%d %d\n", GlobalMemoryStatusEx(&status), status.ullAvailPhys <= status.ullTotalPhys);
  return 0;
}
