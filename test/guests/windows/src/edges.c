/* Edges of system functions: long texts, full tables, names that come back, errors that leave all. */
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <share.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timeb.h>
#include <time.h>
#include <wchar.h>
#include <windows.h>

static char *letters(size_t count, char letter) {
  char *text = malloc(count + 1);
  memset(text, letter, count);
  text[count] = 0;
  return text;
}

static void put(const char *path, const char *text) {
  FILE *file = fopen(path, "wb");
  fputs(text, file);
  fclose(file);
}

static void show(const char *path) {
  char text[16] = "none";
  FILE *file = fopen(path, "rb");
  if (file) fgets(text, sizeof text, file), fclose(file);
  printf("%s: %s\n", path, text);
}

static void long_texts(void) {
  char *text = letters(300000, 'a'), *digits = letters(400000, '7');
  int value = 0;
  printf("%d\n", MultiByteToWideChar(CP_ACP, 0, text, -1, NULL, 0));
  put("line", text);
  FILE *file = fopen("line", "r");
  char *line = fgets(letters(300000, 0), 300001, file);
  printf("%d\n", line && strlen(line) == 300000);
  fclose(file);
  remove("line");
  printf("%d\n", sscanf(digits, "%d", &value));
  printf("%d\n", atoi("12345678901234567890123456789012345678901234567890"));
  printf("%d\n", atoi(letters(4000000, '7')));
  char name[101];
  WIN32_FIND_DATAA found;
  put(strcpy(name, letters(100, 'a')), "");
  printf("%d\n", FindFirstFileA("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", &found) == INVALID_HANDLE_VALUE);
  remove(name);
  SetEnvironmentVariableA("LONG", letters(30000, 'x'));
  printf("%lu\n", ExpandEnvironmentStringsA("-%LONG%-", NULL, 0));
  SetEnvironmentVariableA("LONG", NULL);
  char *page = VirtualAlloc(NULL, 8192, MEM_RESERVE, PAGE_READWRITE), to[64];
  VirtualAlloc(page, 4096, MEM_COMMIT, PAGE_READWRITE);
  page[4090] = 'x';
  printf("%d\n", (int)((char *)memchr(page + 4080, 'x', 100000) - page));
  printf("%d\n", (int)((char *)_memccpy(to, page + 4080, 'x', 60) - to));
  char *many = letters(20000000, 'a');
  wchar_t *odd = (wchar_t *)(many + 1);
  printf("%d ", (int)strlen(many));
  for (int n = 0; n < 300000; n++) many[n] = n * 7 % 251;
  memmove(many + 70000, many, 200000);
  memmove(many + 70, many + 70000, 200000);
  int different = 0;
  for (int n = 0; n < 200000; n++) different += (unsigned char)many[70 + n] != n * 7 % 251;
  memcpy(odd, L"odd", 8);
  printf("%d %d\n", different, (int)wcslen(odd));
}

static void scans(void) {
  static const char *const TEXTS[] = {"089", "0ab", "0x1f", "12a", "-017", "+5", "0", "0xg", "x",
                                      "1e5e5", "1.5.2", "-.5e+2x", "00012"};
  for (unsigned n = 0; n < sizeof TEXTS / sizeof *TEXTS; n++) {
    int i = 7, d = 7, ends[4] = {7, 7, 7, 7};
    unsigned x = 7;
    float f = 7;
    sscanf(TEXTS[n], "%i%n", &i, &ends[0]);
    sscanf(TEXTS[n], "%d%n", &d, &ends[1]);
    sscanf(TEXTS[n], "%x%n", &x, &ends[2]);
    sscanf(TEXTS[n], "%f%n", &f, &ends[3]);
    printf("%s: %d %d, %d %d, %u %d, %g %d\n", TEXTS[n], i, ends[0], d, ends[1], x, ends[2], f,
           ends[3]);
  }
}

static void pipes(void) {
  HANDLE reader, writer;
  DWORD count = 0;
  char *bytes = letters(65536, 'p');
  CreatePipe(&reader, &writer, NULL, 65536);
  WriteFile(writer, bytes, 4096, &count, NULL);
  BOOL done = WriteFile(writer, bytes, 65536 - 4096, &count, NULL);
  printf("%d %lu\n", done, count);
}

static int event(const char *name) {
  SetLastError(0);
  return CreateEventA(NULL, FALSE, FALSE, name) ? (int)GetLastError() : -(int)GetLastError();
}

static int timer(const char *name, HANDLE *made) {
  SetLastError(0);
  *made = CreateWaitableTimerA(NULL, FALSE, name);
  return GetLastError();
}

static DWORD WINAPI hold(void *mutex) { return WaitForSingleObject(mutex, INFINITE); }
static BOOL CALLBACK once(PINIT_ONCE state, void *parameter, void **context) {
  *context = (void *)0x1230;
  return state && parameter;
}

static void names(void) {
  HANDLE first, second, third;
  first = CreateEventA(NULL, FALSE, FALSE, "name");
  CloseHandle(first);
  printf("%d\n", event("name"));
  printf("%d ", timer("timer", &first));
  printf("%d\n", timer("timer", &second));
  printf("%d %d %d\n", event("timer"), event(letters(260, 'n')), event(letters(259, 'n')));
  DuplicateHandle(GetCurrentProcess(), second, GetCurrentProcess(), &third, 0, FALSE,
                  DUPLICATE_SAME_ACCESS);
  CloseHandle(first);
  CloseHandle(second);
  printf("%d ", timer("timer", &first));
  CloseHandle(first);
  CloseHandle(third);
  printf("%d\n", timer("timer", &first));
  HANDLE mutex = CreateMutexA(NULL, FALSE, NULL);
  HANDLE thread = CreateThread(NULL, 0, hold, mutex, 0, NULL);
  WaitForSingleObject(thread, INFINITE);
  printf("%lx ", WaitForSingleObject(mutex, 0));
  printf("%lx\n", WaitForSingleObject(mutex, 0));
  INIT_ONCE state = INIT_ONCE_STATIC_INIT;
  void *context = NULL;
  InitOnceExecuteOnce(&state, once, &state, &context);
  context = NULL;
  printf("%d ", InitOnceExecuteOnce(&state, once, &state, &context));
  printf("%d\n", (int)(size_t)context);
  SetLastError(0);
  printf("%d ", FindClose(mutex));
  printf("%lu\n", GetLastError());
}

static void streams(void) {
  put("file", "text");
  FILE *file = _fsopen("file", "r", _SH_DENYRW), *other = fopen("file", "r");
  printf("%d %d\n", file != NULL, other != NULL);
  fclose(file);
  int descriptor = _sopen("file", _O_RDWR, _SH_DENYRD, 0);
  printf("%d %d\n", descriptor >= 0, _open("file", _O_RDONLY));
  _close(descriptor);
  remove("file");
  int count = 0;
  while (fopen("nul", "r")) count++;
  printf("%d ", count);
  printf("%d ", _fcloseall());
  for (count = 0; _dup(1) >= 0;) count++;
  printf("%d\n", count);
  for (int n = 3; n < 2048; n++) _close(n);
  errno = ENOENT;
  printf("%s", _strerror(NULL));
  errno = EACCES;
  printf("%s", _strerror("prefix"));
}

static void variables(void) {
  char text[9] = "";
  SetEnvironmentVariableA("ONE", "1");
  printf("%d ", getenv("ONE") != NULL);
  _putenv("TWO=two");
  printf("%lu %s ", GetEnvironmentVariableA("TWO", text, 9), getenv("TWO"));
  _wputenv(L"THREE=three");
  printf("%s %d ", getenv("THREE"), _wgetenv(L"THREE") == _wgetenv(L"THREE"));
  int count = 0;
  for (char **entry = _environ; *entry; entry++) count += strncmp(*entry, "THREE=", 6) == 0;
  printf("%d\n", count);
}

static void files(void) {
  char path[11] = "file";
  FILE_DISPOSITION_INFO gone = {TRUE};
  put("a", "one");
  put("b", "two");
  printf("%d\n", CopyFileA("a", "a", FALSE));
  show("a");
  printf("%d\n", ReplaceFileA("a", "b", "c", 0, NULL, NULL));
  show("a");
  show("c");
  printf("%d %d\n", ReplaceFileA("none", "a", NULL, 0, NULL, NULL),
         ReplaceFileA("a", "none", NULL, 0, NULL, NULL));
  show("a");
  CreateDirectoryA("d", NULL);
  put("d\\x", "inside");
  HANDLE folder = CreateFileA("d", DELETE, 7, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
  printf("%d ", SetFileInformationByHandle(folder, FileDispositionInfo, &gone, sizeof gone));
  CloseHandle(folder);
  HANDLE file = CreateFileA("a", GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL);
  printf("%d\n", SetFileInformationByHandle(file, FileDispositionInfo, &gone, sizeof gone));
  CloseHandle(file);
  show("a");
  show("d\\x");
  strcat(path, letters(6, 'X'));
  printf("%s %d\n", _mktemp(path) ? "made" : "none", (int)strlen(path));
  remove("a"), remove("c"), remove("d\\x"), RemoveDirectoryA("d");
}

static void locales(void) {
  wchar_t name[3], pair[] = {0xd83d, 0xde00, 'a', 0}, mark[] = {0xfeff, 'a', 0}, wide[8];
  WORD kinds[4] = {7, 7, 7, 7};
  char narrow[8];
  static const size_t ROOM[] = {8, 4, 3, 4}, MOST[] = {100, (size_t)-1, 2, 3};
  printf("%d ", GetUserDefaultLocaleName(name, 3));
  GetStringTypeW(CT_CTYPE1, pair, 3, kinds);
  printf("%x %d ", kinds[2], kinds[3]);
  printf("%d %d %d ", lstrcmpA("a", "B"), lstrcmpA("a", "A"), lstrcmpiA("A", "a"));
  printf("%d\n", CompareStringW(0x409, 0, mark, 2, mark, 2));
  for (int n = 0; n < 4; n++) {
    size_t count[2];
    int one = mbstowcs_s(&count[0], wide, ROOM[n], "abcdef", MOST[n]);
    int two = wcstombs_s(&count[1], narrow, ROOM[n], L"abcdef", MOST[n]);
    printf("%d %d %d %d\n", one, (int)count[0], two, (int)count[1]);
  }
}

static void statuses(void) {
  static const LONG STATUSES[] = {0x102,      0xc0000102, 0xc0000011, 0xc000007f, 0xc0000034,
                                  0xc000003a, 0xc0000035, 0xc0000010, 0xc00000b1, 0xc000014b};
  ULONG(WINAPI * errorOf)(LONG);
  errorOf = (void *)GetProcAddress(GetModuleHandleA("ntdll"), "RtlNtStatusToDosError");
  for (int n = 0; n < 10; n++) printf("%lu ", errorOf(STATUSES[n]));
  printf("\n");
}

static void times(void) {
  static const __time64_t SECONDS[] = {-1, 0, 951782400, 32535215999LL, 1LL << 40};
  static const FILETIME TIMES[] = {{0, 0}, {12345678, 0}, {0, 0x80000000}, {5000, 20000000}};
  for (int n = 0; n < 5; n++) {
    struct tm *fields = _gmtime64(&SECONDS[n]);
    printf("%s", fields ? asctime(fields) : "none\n");
  }
  for (int n = 0; n < 4; n++) {
    SYSTEMTIME s = {0};
    printf("%d ", FileTimeToSystemTime(&TIMES[n], &s));
    printf("%d-%d-%d %d:%d:%d.%d\n", s.wYear, s.wMonth, s.wDay, s.wHour, s.wMinute, s.wSecond,
           s.wMilliseconds);
  }
}

static void *frames[64];
static __attribute__((noinline)) int trace(void) {
  return RtlCaptureStackBackTrace(0, 64, frames, NULL);
}

static void stacks(void) {
  printf("%d ", trace() > 3);
  printf("%d ", (char *)frames[0] > (char *)trace && (char *)frames[0] < (char *)trace + 64);
  printf("%d\n", (char *)frames[1] > (char *)stacks && (char *)frames[1] < (char *)stacks + 64);
}

int main(void) {
  long_texts();
  scans();
  pipes();
  names();
  streams();
  variables();
  files();
  locales();
  statuses();
  times();
  stacks();
  return 0;
}
