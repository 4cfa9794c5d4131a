// Folders, attributes, times, searches, sharing, locks and what the C library makes of them.
#include <dirent.h>
#include <errno.h>
#include <io.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utime.h>
#include <windows.h>

#define SAY(what)                                                                                  \
  do {                                                                                             \
    SetLastError(0);                                                                               \
    long value = (long)(what);                                                                     \
    printf("%s: %ld, error %lu\n", #what, value, value > 0 ? 0 : GetLastError());                  \
  } while (0)
#define OPEN(name, access, share)                                                                  \
  ((LONG_PTR)CreateFileA(name, access, share, NULL, OPEN_EXISTING, 0, NULL) == -1 ? -1 : 1)

static void write_file(const char *name, const char *text) {
  FILE *file = fopen(name, "wb");
  fputs(text, file);
  fclose(file);
}

static void folders(void) {
  SAY(CreateDirectoryA("folder", NULL));
  SAY(CreateDirectoryA("folder", NULL));
  SAY(CreateDirectoryA("no\\folder", NULL));
  write_file("folder\\One.txt", "one");
  write_file("folder\\two.bin", "22");
  SAY(RemoveDirectoryA("folder"));
  SAY(GetFileAttributesA("FOLDER\\ONE.TXT"));
  SAY(GetFileAttributesA("folder"));
  SAY(GetFileAttributesA("folder\\three"));
  SAY(GetFileAttributesA("none\\three"));
  WIN32_FIND_DATAA found;
  HANDLE search = FindFirstFileA("folder\\*.t?t", &found);
  printf("%s has %lu bytes, attributes %lx\n", found.cFileName, found.nFileSizeLow, found.dwFileAttributes);
  SAY(FindNextFileA(search, &found));
  FindClose(search);
  SAY((LONG_PTR)FindFirstFileA("folder\\*.none", &found));
  DIR *all = opendir("folder");
  int count = 0;
  while (readdir(all) != NULL) {
    count++;
  }
  closedir(all);
  printf("%d names\n", count);
  SAY(MoveFileA("folder", "Renamed"));
  SAY(SetCurrentDirectoryA("renamed"));
  SAY(GetFileAttributesA("one.txt"));
  SAY(SetCurrentDirectoryA(".."));
  SAY(MoveFileA("renamed\\one.txt", "renamed\\two.bin"));
  SAY(MoveFileExA("renamed\\one.txt", "renamed\\two.bin", MOVEFILE_REPLACE_EXISTING));
  SAY(DeleteFileA("renamed"));
  SAY(DeleteFileA("renamed\\two.bin"));
  printf("%d", rmdir("renamed"));
  printf(" %d %d\n", rmdir("renamed"), errno);
}

static void handles(void) {
  write_file("file", "0123456789");
  HANDLE one = CreateFileA("file", GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
  SAY(OPEN("file", GENERIC_WRITE, 7));
  SAY(OPEN("file", GENERIC_READ, 0));
  SAY(DeleteFileA("file"));
  CloseHandle(one);
  one = CreateFileA("file", GENERIC_READ | GENERIC_WRITE, 7, NULL, OPEN_EXISTING, 0, NULL);
  HANDLE two = CreateFileA("file", GENERIC_READ | GENERIC_WRITE, 7, NULL, OPEN_EXISTING, 0, NULL);
  SAY(LockFile(one, 2, 0, 4, 0));
  SAY(LockFile(two, 5, 0, 1, 0));
  SAY(LockFile(two, 6, 0, 1, 0));
  SAY(UnlockFile(one, 2, 0, 4, 0));
  SAY(SetFilePointer(one, 4, NULL, FILE_BEGIN));
  SAY(SetEndOfFile(one));
  SAY(GetFileSize(two, NULL));
  SAY(SetFilePointer(one, 8, NULL, FILE_BEGIN));
  SAY(SetEndOfFile(one));
  char text[9] = "";
  DWORD count;
  ReadFile(two, text, 8, &count, NULL);
  printf("%lu bytes, the last is %d\n", count, text[7]);
  FILETIME time = {0xd53e8000, 0x19db1de}, before = {0};
  SAY(SetFileTime(one, NULL, NULL, &time));
  SAY(GetFileTime(two, NULL, NULL, &before));
  printf("%lx%08lx\n", before.dwHighDateTime, before.dwLowDateTime);
  CloseHandle(one);
  CloseHandle(two);
  SAY(SetFileAttributesA("file", FILE_ATTRIBUTE_READONLY));
  SAY(GetFileAttributesA("file") & FILE_ATTRIBUTE_READONLY);
  printf("%d\n", _chmod("file", _S_IREAD | _S_IWRITE));
  struct _utimbuf times = {1000000000, 1000000001};
  struct _stat status;
  printf("%d %d", _utime("file", &times), _stat("file", &status));
  printf(" %o %ld %ld\n", status.st_mode, (long)status.st_size, (long)status.st_mtime);
  one = CreateFileA("file", DELETE, 7, NULL, OPEN_EXISTING, FILE_FLAG_DELETE_ON_CLOSE, NULL);
  SAY(GetFileAttributesA("file") & FILE_ATTRIBUTE_READONLY);
  CloseHandle(one);
  SAY(GetFileAttributesA("file"));
  SAY(OPEN("a|b", GENERIC_READ, 7));
}

int main(void) {
  folders();
  handles();
  return 0;
}
