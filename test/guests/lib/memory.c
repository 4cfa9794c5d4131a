/* The four functions a freestanding compiler may call, and strlen. Built with
 * -fno-tree-loop-distribute-patterns, so that the loops do not become calls of themselves. */
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
  unsigned char *t = to;
  const unsigned char *f = from;
  while (size-- != 0) *t++ = *f++;
  return to;
}

void *memmove(void *to, const void *from, size_t size) {
  unsigned char *t = to;
  const unsigned char *f = from;
  if (t < f) {
    while (size-- != 0) *t++ = *f++;
  } else {
    while (size-- != 0) t[size] = f[size];
  }
  return to;
}

void *memset(void *to, int value, size_t size) {
  unsigned char *t = to;
  while (size-- != 0) *t++ = (unsigned char)value;
  return to;
}

int memcmp(const void *left, const void *right, size_t size) {
  const unsigned char *l = left;
  const unsigned char *r = right;
  for (; size != 0; size--, l++, r++) {
    if (*l != *r) return *l - *r;
  }
  return 0;
}

size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length] != 0) length++;
  return length;
}
