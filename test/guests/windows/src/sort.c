// Sorting and searching: which elements are compared, in which order, and where equal ones end.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pair {
  int key;
  int place;
};

static unsigned trace, calls;

static int compare(const void *a, const void *b) {
  const struct pair *one = a, *two = b;
  calls++;
  trace = trace * 31 + (unsigned)one->place * 7 + (unsigned)two->place;
  return one->key - two->key;
}

static void sort(const char *name, int count, int (*key)(int)) {
  static struct pair pairs[1000];
  for (int n = 0; n < count; n++) {
    pairs[n] = (struct pair){key(n), n};
  }
  trace = calls = 0;
  qsort(pairs, count, sizeof *pairs, compare);
  unsigned order = 0;
  for (int n = 0; n < count; n++) {
    order = order * 31 + (unsigned)pairs[n].place;
  }
  printf("%s %d: %u calls, %08x, order %08x\n", name, count, calls, trace, order);
}

static int same(int n) {
  return 0;
}

static int up(int n) {
  return n;
}

static int down(int n) {
  return -n;
}

static int few(int n) {
  return n * 7919 % 5;
}

static int mixed(int n) {
  return (int)((unsigned)n * 2654435761u >> 20);
}

int main(void) {
  static const int counts[] = {0, 1, 2, 3, 7, 8, 9, 10, 17, 100, 1000};
  for (unsigned n = 0; n < sizeof counts / sizeof *counts; n++) {
    sort("same", counts[n], same);
    sort("up", counts[n], up);
    sort("down", counts[n], down);
    sort("few", counts[n], few);
    sort("mixed", counts[n], mixed);
  }
  static struct pair pairs[37];
  for (int n = 0; n < 37; n++) {
    pairs[n] = (struct pair){n / 3, n};
  }
  for (int wanted = -1; wanted < 14; wanted++) {
    struct pair key = {wanted, 99};
    trace = calls = 0;
    struct pair *found = bsearch(&key, pairs, 37, sizeof *pairs, compare);
    printf("%d at %d: %u calls, %08x\n", wanted, found == NULL ? -1 : found->place, calls, trace);
  }
  return 0;
}
