/*
 * Strings and memory: copies, fills, lengths, comparisons and searches over 4 KiB, a hash over words,
 * by plain C and by REP MOVS and REP STOS, ROUNDS times. Freestanding; see kernel.c.
 */
#include "exit.h"

#ifndef ROUNDS
#define ROUNDS 20000
#endif

#define SIZE 4096

static char text[SIZE], copy[SIZE];

__attribute__((noinline)) static void copy_bytes(char *to, const char *from, uint64_t n) {
  while (n--) *to++ = *from++;
}

__attribute__((noinline)) static uint64_t length(const char *s) {
  const char *p = s;
  while (*p) p++;
  return (uint64_t)(p - s);
}

__attribute__((noinline)) static int compare(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a - *b;
}

__attribute__((noinline)) static uint32_t words(const char *s) {
  uint32_t sum = 0;
  while (*s) {
    uint32_t hash = 2166136261u;
    while (*s && *s != ' ') hash = (hash ^ (uint8_t)*s++) * 16777619u;
    while (*s == ' ') s++;
    sum ^= hash;
  }
  return sum;
}

static void move(void *to, const void *from, uint64_t n) {
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
}

static void fill(void *to, uint8_t value, uint64_t n) {
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(value) : "memory");
}

void start(void) {
  uint32_t sum = 0;
  for (int i = 0; i < SIZE - 1; i++) text[i] = i % 7 == 6 ? ' ' : (char)('a' + i % 23);
  for (int round = 0; round < ROUNDS; round++) {
    text[round % (SIZE - 1)] = (char)('A' + round % 26);
    copy_bytes(copy, text, SIZE);
    sum += (uint32_t)length(copy);
    sum += (uint32_t)compare(copy, text);
    sum += words(copy);
    fill(copy, (uint8_t)round, 256);
    move(copy + 256, text, 256);
    sum += (uint8_t)copy[300];
  }
  leave(sum & 0x7f);
}
