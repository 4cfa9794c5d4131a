// Pipes between threads and descriptors, and calls that are queued to a thread that waits.
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>

static DWORD WINAPI fill(void *end) {
  static char bytes[200000];
  memset(bytes, 'x', sizeof bytes);
  DWORD count = 0;
  WriteFile(end, bytes, sizeof bytes, &count, NULL);
  CloseHandle(end);
  return count;
}

static void between_threads(void) {
  HANDLE reader, writer;
  printf("%d", CreatePipe(&reader, &writer, NULL, 0));
  printf(" %lu\n", GetFileType(reader));
  HANDLE thread = CreateThread(NULL, 0, fill, writer, 0, NULL);
  char bytes[1000];
  DWORD count, sum = 0;
  while (ReadFile(reader, bytes, sizeof bytes, &count, NULL)) {
    sum += count;
  }
  printf("%lu, error %lu\n", sum, GetLastError());
  WaitForSingleObject(thread, INFINITE);
  DWORD code;
  GetExitCodeThread(thread, &code);
  printf("%lu\n", code);
  CloseHandle(reader);
}

static void peeked(void) {
  HANDLE reader, writer;
  CreatePipe(&reader, &writer, NULL, 0);
  DWORD count, available = 9;
  printf("%d", PeekNamedPipe(reader, NULL, 0, NULL, &available, NULL));
  printf(" %lu\n", available);
  WriteFile(writer, "some bytes", 10, &count, NULL);
  char bytes[5] = "";
  printf("%d", PeekNamedPipe(reader, bytes, 4, &count, &available, NULL));
  printf(" %s %lu %lu\n", bytes, count, available);
  CloseHandle(reader);
  printf("%d", WriteFile(writer, "more", 4, &count, NULL));
  printf(" %lu\n", GetLastError());
}

static void of_descriptors(void) {
  int ends[2];
  printf("%d\n", _pipe(ends, 4096, _O_BINARY));
  fflush(stdout);
  int kept = _dup(1);
  _dup2(ends[1], 1);
  printf("into the pipe");
  fflush(stdout);
  _dup2(kept, 1);
  _close(ends[1]);
  char text[20] = "";
  printf("%d", _read(ends[0], text, 19));
  printf(" %s", text);
  printf(" %d\n", _read(ends[0], text, 19));
}

static VOID CALLBACK say(ULONG_PTR number) {
  printf("called with %d\n", (int)number);
}

static void queued(void) {
  HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
  QueueUserAPC(say, GetCurrentThread(), 1);
  QueueUserAPC(say, GetCurrentThread(), 2);
  printf("%lu\n", WaitForSingleObject(event, 1));
  printf("%lu\n", WaitForSingleObjectEx(event, 1, TRUE));
  printf("%lu\n", SleepEx(1, TRUE));
  QueueUserAPC(say, GetCurrentThread(), 3);
  printf("%lu\n", SleepEx(1000, TRUE));
}

int main(void) {
  between_threads();
  peeked();
  of_descriptors();
  queued();
  return 0;
}
