// A library that is loaded late has its thread-local data on threads that were there before.
#include <stdio.h>
#include <windows.h>

static HANDLE begun, loaded;
static char *library;
static void *of_main;

/* Where the thread that asks has the library's data. */
static void *data(void) {
  IMAGE_DOS_HEADER *dos = (IMAGE_DOS_HEADER *)library;
  IMAGE_NT_HEADERS *headers = (IMAGE_NT_HEADERS *)(library + dos->e_lfanew);
  DWORD at = headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_TLS].VirtualAddress;
  DWORD index = *(DWORD *)((IMAGE_TLS_DIRECTORY *)(library + at))->AddressOfIndex;
  return ((void **)__readgsqword(0x58))[index];
}

static DWORD WINAPI wait(void *unused) {
  SetEvent(begun);
  WaitForSingleObject(loaded, INFINITE);
  printf("before: %d", data() != NULL);
  printf(" %d\n", data() != of_main);
  return unused != NULL;
}

static DWORD WINAPI late(void *unused) {
  printf("after: %d", data() != NULL);
  printf(" %d\n", data() != of_main);
  return unused != NULL;
}

int main(void) {
  begun = CreateEventA(NULL, TRUE, FALSE, NULL);
  loaded = CreateEventA(NULL, TRUE, FALSE, NULL);
  HANDLE thread = CreateThread(NULL, 0, wait, NULL, 0, NULL);
  WaitForSingleObject(begun, INFINITE);
  library = (char *)LoadLibraryA("library.dll");
  of_main = data();
  printf("main: %d\n", of_main != NULL);
  SetEvent(loaded);
  WaitForSingleObject(thread, INFINITE);
  thread = CreateThread(NULL, 0, late, NULL, 0, NULL);
  WaitForSingleObject(thread, INFINITE);
  return 0;
}
