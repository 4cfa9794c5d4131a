/* Files through the C library and through the system. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

int main(void) {
  FILE *file = fopen("written.txt", "w");
  if (!file) return perror("fopen"), 1;
  fprintf(file, "line %d\nline %d\n", 1, 2);
  fclose(file);
  file = fopen("written.txt", "rb");
  fseek(file, 0, SEEK_END);
  printf("bytes %ld\n", ftell(file));
  rewind(file);
  char bytes[64] = {0};
  size_t got = fread(bytes, 1, sizeof bytes, file);
  printf("read %d, eof %d, carriage returns %d\n", (int)got, feof(file) != 0,
         strchr(bytes, '\r') != NULL);
  fclose(file);
  file = fopen("written.txt", "r");
  char line[64];
  while (fgets(line, sizeof line, file)) printf("text [%.*s]\n", (int)strcspn(line, "\n"), line);
  fclose(file);

  HANDLE handle = CreateFileA("written.txt", GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING,
                              FILE_ATTRIBUTE_NORMAL, NULL);
  LARGE_INTEGER size;
  GetFileSizeEx(handle, &size);
  printf("GetFileSizeEx %lld\n", (long long)size.QuadPart);
  SetFilePointer(handle, 6, NULL, FILE_BEGIN);
  DWORD count = 0;
  ReadFile(handle, bytes, 4, &count, NULL);
  printf("ReadFile %lu [%02x]\n", count, bytes[0]);
  CloseHandle(handle);
  handle = CreateFileA("absent.txt", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
  printf("absent: %d error %lu\n", handle == INVALID_HANDLE_VALUE, GetLastError());
  printf("fopen absent: %d errno %d\n", fopen("absent.txt", "r") == NULL, errno);
  printf("DeleteFile %d\n", DeleteFileA("written.txt"));
  printf("again %d error %lu\n", DeleteFileA("written.txt"), GetLastError());
  return 0;
}
