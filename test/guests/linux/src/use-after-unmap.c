/* Reads a page that it has given back to the system. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>

static const int size = 4096;

static char *make_page(void) {
  char *page = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  page[100] = 42;
  return page;
}

static void give_back(char *page) {
  munmap(page, size);
}

static int look(const volatile char *page) {
  return page[100];
}

int main(void) {
  char *page = make_page();
  printf("before: %d\n", look(page));
  fflush(stdout);
  give_back(page);
  printf("after: %d\n", look(page));
  return 0;
}
