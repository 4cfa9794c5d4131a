/* Every semihosting operation that has an outcome a program can check: console, files, names,
 * clocks, command line, HEAPINFO. Values that depend on the host are only checked for sense. */
#include <stdint.h>
#include <string.h>

#include "console.h"
#include "semihosting.h"

/* Modes of SYS_OPEN. */
enum { READ = 0, READ_BINARY = 1, READ_PLUS = 2, WRITE = 4, WRITE_PLUS = 6, APPEND = 8 };

static int open_file(const char *name, unsigned mode) {
  const uintptr_t block[3] = {(uintptr_t)name, mode, strlen(name)};
  return semihost(SYS_OPEN, block);
}

static int close_file(int handle) {
  const uintptr_t block[1] = {(uintptr_t)handle};
  return semihost(SYS_CLOSE, block);
}

static int write_file(int handle, const char *text) {
  const uintptr_t block[3] = {(uintptr_t)handle, (uintptr_t)text, strlen(text)};
  return semihost(SYS_WRITE, block);
}

static int read_file(int handle, char *bytes, unsigned size) {
  const uintptr_t block[3] = {(uintptr_t)handle, (uintptr_t)bytes, size};
  return semihost(SYS_READ, block);
}

static int seek(int handle, unsigned position) {
  const uintptr_t block[2] = {(uintptr_t)handle, position};
  return semihost(SYS_SEEK, block);
}

static int handle_call(int operation, int handle) {
  const uintptr_t block[1] = {(uintptr_t)handle};
  return semihost(operation, block);
}

static int remove_file(const char *name) {
  const uintptr_t block[2] = {(uintptr_t)name, strlen(name)};
  return semihost(SYS_REMOVE, block);
}

static int rename_file(const char *from, const char *to) {
  const uintptr_t block[4] = {(uintptr_t)from, strlen(from), (uintptr_t)to, strlen(to)};
  return semihost(SYS_RENAME, block);
}

static void read_input(void) {
  char bytes[64] = "";
  int handle = open_file("input.txt", READ);
  say("input: handle %s, length %d, a terminal: %d\n", handle > 0 ? "good" : "bad",
      handle_call(SYS_FLEN, handle), handle_call(SYS_ISTTY, handle));
  int missing = read_file(handle, bytes, 5);
  say("read 5: \"%s\", %d missing\n", bytes, missing);
  say("seek: %d\n", seek(handle, 6));
  memset(bytes, 0, sizeof bytes);
  missing = read_file(handle, bytes, 40);
  say("read 40: \"%s\", %d missing\n", bytes, missing);
  say("read at the end: %d missing\n", read_file(handle, bytes, 8));
  say("close: %d, again: %d\n", close_file(handle), close_file(handle));
}

static void write_output(void) {
  char bytes[32] = "";
  int handle = open_file("output.txt", WRITE);
  say("write: %d left\n", write_file(handle, "first line\nsecond\n"));
  close_file(handle);
  handle = open_file("append.txt", APPEND);
  say("append: %d left\n", write_file(handle, "third\n"));
  say("length %d\n", handle_call(SYS_FLEN, handle));
  close_file(handle);
  handle = open_file("output.txt", READ_PLUS);
  seek(handle, 11);
  write_file(handle, "SECOND");
  seek(handle, 0);
  read_file(handle, bytes, 17);
  say("read back: \"%s\"\n", bytes);
  close_file(handle);
  say("rename: %d\n", rename_file("output.txt", "renamed.txt"));
  say("remove what is gone: %s, errno %d\n", remove_file("output.txt") == 0 ? "0" : "error",
      semihost(SYS_ERRNO, 0));
  handle = open_file("scratch.bin", WRITE_PLUS);
  write_file(handle, "gone soon");
  close_file(handle);
  say("remove: %d\n", remove_file("scratch.bin"));
}

static void errors(void) {
  say("open what is not there: %d, errno %d\n", open_file("missing.txt", READ),
      semihost(SYS_ERRNO, 0));
  say("iserror(-1) %s, iserror(0) %s\n", handle_call(SYS_ISERROR, -1) != 0 ? "yes" : "no",
      handle_call(SYS_ISERROR, 0) != 0 ? "yes" : "no");
  say("length of a bad handle: %d\n", handle_call(SYS_FLEN, 77));
  say("seek in a bad handle: %s\n", seek(77, 0) == 0 ? "0" : "error");
}

static void console(void) {
  const char c = '!';
  say("writec: ");
  semihost(SYS_WRITEC, &c);
  say("\n");
  int output = open_file(":tt", WRITE);
  say(":tt: write \"");
  int left = write_file(output, "console");
  say("\" %d left; a terminal: %d\n", left, handle_call(SYS_ISTTY, output));
}

static void names(void) {
  char name[64] = "";
  uintptr_t block[3] = {(uintptr_t)name, 7, sizeof name};
  int failed = semihost(SYS_TMPNAM, block);
  say("tmpnam: %s, a name: %s\n", failed == 0 ? "0" : "error", name[0] != 0 ? "yes" : "no");
}

static void clocks(void) {
  unsigned clock = (unsigned)semihost(SYS_CLOCK, 0);
  unsigned time = (unsigned)semihost(SYS_TIME, 0);
  uint64_t elapsed[2] = {0, 0};
  int first = semihost(SYS_ELAPSED, &elapsed[0]);
  int second = semihost(SYS_ELAPSED, &elapsed[1]);
  say("clock: %s, time: %s\n", clock != 0xffffffff ? "good" : "none",
      time != 0xffffffff ? "good" : "none");
  say("elapsed: %d %d, %s; tick frequency: %s\n", first, second,
      elapsed[1] >= elapsed[0] ? "does not go back" : "goes back",
      semihost(SYS_TICKFREQ, 0) > 0 ? "good" : "none");
}

static void command_line(void) {
  char line[80] = "";
  uintptr_t block[2] = {(uintptr_t)line, sizeof line};
  int failed = semihost(SYS_GET_CMDLINE, block);
  say("command line: %d \"%s\" %u\n", failed, line, (unsigned)block[1]);
  uintptr_t small[2] = {(uintptr_t)line, 4};
  say("into 4 bytes: %s\n", semihost(SYS_GET_CMDLINE, small) == 0 ? "0" : "error");
}

static void heap_info(void) {
  uintptr_t info[4] = {1, 1, 1, 1};
  uintptr_t *const block[1] = {info};
  semihost(SYS_HEAPINFO, block);
  say("heapinfo: %s, heap base %s limit, stack base %s\n", info[0] != 1 ? "filled" : "untouched",
      info[0] < info[1] ? "below" : "not below", info[2] != 1 ? "given" : "not given");
}

int main(void) {
  read_input();
  write_output();
  errors();
  console();
  names();
  clocks();
  command_line();
  heap_info();
  return 0;
}
