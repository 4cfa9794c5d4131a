/* Integer kernel for benchmarks: CRC-32 over a buffer, a sieve, a matrix product; ROUNDS times. */
#include <stdint.h>

#include "bench.h"

#ifndef ROUNDS
#define ROUNDS 1500
#endif

#define SIZE 24
#define SIEVE 4096

static uint32_t crc_table[256];
static uint8_t buffer[2048];
static uint8_t composite[SIEVE];
static int32_t left[SIZE][SIZE], right[SIZE][SIZE], product[SIZE][SIZE];

static void make_table(void) {
  for (uint32_t n = 0; n < 256; n++) {
    uint32_t value = n;
    for (int bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320u ^ value >> 1 : value >> 1;
    crc_table[n] = value;
  }
}

__attribute__((noinline)) static uint32_t crc(const uint8_t *bytes, uint32_t size, uint32_t value) {
  for (uint32_t n = 0; n < size; n++) value = crc_table[(value ^ bytes[n]) & 255] ^ value >> 8;
  return value;
}

__attribute__((noinline)) static uint32_t sieve(void) {
  uint32_t count = 0;
  for (uint32_t n = 0; n < SIEVE; n++) composite[n] = 0;
  for (uint32_t n = 2; n < SIEVE; n++) {
    if (composite[n]) continue;
    count++;
    for (uint32_t multiple = n * 2; multiple < SIEVE; multiple += n) composite[multiple] = 1;
  }
  return count;
}

__attribute__((noinline)) static int32_t multiply(void) {
  int32_t trace = 0;
  for (int row = 0; row < SIZE; row++) {
    for (int column = 0; column < SIZE; column++) {
      int32_t sum = 0;
      for (int n = 0; n < SIZE; n++) sum += left[row][n] * right[n][column];
      product[row][column] = sum;
    }
    trace += product[row][row];
  }
  return trace;
}

int main(void) {
  make_table();
  uint32_t value = 0xffffffffu;
  for (uint32_t round = 0; round < ROUNDS; round++) {
    for (uint32_t n = 0; n < sizeof buffer; n++) buffer[n] = (uint8_t)(n * 7 + round);
    value = crc(buffer, sizeof buffer, value);
    value += sieve();
    for (int n = 0; n < SIZE * SIZE; n++) {
      left[n / SIZE][n % SIZE] = (int32_t)(value >> (n % 13) & 63);
      right[n / SIZE][n % SIZE] = n % 17 - 8;
    }
    value ^= (uint32_t)multiply();
  }
  report(value);
  return 0;
}
