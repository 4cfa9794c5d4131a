/* A program whose heap is `static unsigned char HEAP[8192]` and nothing else: a growing vector, a
 * list of strings, everything freed, and the first address back. */
#include <stdlib.h>
#include <string.h>

#include "console.h"
#include "require.h"

struct vector {
  unsigned *items;
  unsigned length;
  unsigned capacity;
};

struct name {
  struct name *next;
  char text[];
};

static void push(struct vector *vector, unsigned item) {
  if (vector->length == vector->capacity) {
    vector->capacity = vector->capacity == 0 ? 4 : vector->capacity * 2;
    vector->items = require_resized(vector->items, vector->capacity * sizeof *vector->items);
    say("capacity %u\n", vector->capacity);
  }
  vector->items[vector->length++] = item;
}

static struct name *prepend(struct name *list, const char *text) {
  struct name *name = require(sizeof *name + strlen(text) + 1);
  name->next = list;
  memcpy(name->text, text, strlen(text) + 1);
  return name;
}

static void release(struct name *list) {
  while (list != NULL) {
    struct name *next = list->next;
    free(list);
    list = next;
  }
}

int main(void) {
  static const char *const texts[] = {"static", "brk", "mmap", "VirtualAlloc", "HeapAlloc"};
  void *before = require(16);
  free(before);

  struct vector squares = {0};
  for (unsigned n = 0; n < 100; n++) push(&squares, n * n);
  unsigned sum = 0;
  for (unsigned n = 0; n < squares.length; n++) sum += squares.items[n];
  say("sum of %u squares: %u\n", squares.length, sum);

  struct name *list = NULL;
  for (unsigned n = 0; n < sizeof texts / sizeof *texts; n++) list = prepend(list, texts[n]);
  for (struct name *name = list; name != NULL; name = name->next) say("%s\n", name->text);

  unsigned char *zeroed = calloc(30, 4);
  unsigned nonzero = 0;
  for (unsigned n = 0; zeroed != NULL && n < 120; n++) nonzero += zeroed[n] != 0;
  say("calloc: %u bytes not zero\n", nonzero);

  free(zeroed);
  release(list);
  free(squares.items);
  void *after = require(16);
  say("first address came back: %s\n", after == before ? "yes" : "no");
  free(after);
  return 0;
}
