/* setjmp and longjmp through frames with callbacks of the C library. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

static jmp_buf target;
static int calls;

static int compare(const void *a, const void *b) {
  if (++calls == 20) longjmp(target, 5);
  return *(const int *)a - *(const int *)b;
}

static void deep(int level) {
  if (level == 0) longjmp(target, 3);
  deep(level - 1);
  printf("never %d\n", level);
}

static void leave(void) { printf("at exit\n"); }

int main(void) {
  atexit(leave);
  int values[16];
  for (int n = 0; n < 16; n++) values[n] = (n * 7) % 16;
  volatile int stage = 0;
  int code = setjmp(target);
  printf("stage %d code %d\n", stage, code);
  stage++;
  if (stage == 1) deep(10);
  if (stage == 2) qsort(values, 16, sizeof *values, compare);
  calls = 100;
  qsort(values, 16, sizeof *values, compare);
  for (int n = 0; n < 16; n++) printf("%d ", values[n]);
  printf("\n");
  int key = 11;
  int *found = bsearch(&key, values, 16, sizeof *values, compare);
  printf("found %d at %d\n", *found, (int)(found - values));
  exit(4);
}
