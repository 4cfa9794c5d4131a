/*
 * Integer kernel: CRC-32 over 8 KiB, a sieve of 8192, a product of 24 x 24 matrices, ROUNDS times.
 * Freestanding; ends with Linux's exit call, so that the same file runs under user-mode emulators.
 */
#include "exit.h"

#ifndef ROUNDS
#define ROUNDS 4000
#endif

static uint8_t bytes[8192];
static int a[24][24], b[24][24], c[24][24];

static uint32_t crc(const uint8_t *p, uint32_t n) {
  uint32_t value = ~0u;
  while (n--) {
    value ^= *p++;
    for (int bit = 0; bit < 8; bit++) value = (value >> 1) ^ (0xedb88320u & -(value & 1));
  }
  return ~value;
}

static uint32_t sieve(void) {
  uint32_t primes = 0;
  for (int i = 0; i < 8192; i++) bytes[i] = 1;
  for (int i = 2; i < 8192; i++) {
    if (!bytes[i]) continue;
    primes++;
    for (int j = i + i; j < 8192; j += i) bytes[j] = 0;
  }
  return primes;
}

static uint32_t product(void) {
  for (int i = 0; i < 24; i++)
    for (int j = 0; j < 24; j++) a[i][j] = i + j, b[i][j] = i * j;
  for (int i = 0; i < 24; i++)
    for (int j = 0; j < 24; j++) {
      int sum = 0;
      for (int k = 0; k < 24; k++) sum += a[i][k] * b[k][j];
      c[i][j] = sum;
    }
  return c[3][5];
}

void start(void) {
  uint32_t sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    sum += sieve();
    sum += crc(bytes, sizeof bytes);
    sum += product();
  }
  leave(sum & 0x7f);
}
