/*
 * Double precision: an n-body system, a product of 32 x 32 matrices and the zeros of a polynomial by
 * Newton's method, ROUNDS times. Freestanding; see kernel.c.
 */
#include "exit.h"

#ifndef ROUNDS
#define ROUNDS 2000
#endif

#define BODIES 5
#define N 32

static double x[BODIES][3], v[BODIES][3];
static double mass[BODIES] = {39.47, 0.037, 0.011, 0.0017, 0.002};
static double a[N][N], b[N][N], c[N][N];

static double root(double value) {
  double result;
  __asm__("sqrtsd %1, %0" : "=x"(result) : "x"(value));
  return result;
}

__attribute__((noinline)) static void advance(double step) {
  for (int i = 0; i < BODIES; i++)
    for (int j = i + 1; j < BODIES; j++) {
      double d[3], square = 0;
      for (int k = 0; k < 3; k++) d[k] = x[i][k] - x[j][k], square += d[k] * d[k];
      double pull = step / (square * root(square));
      for (int k = 0; k < 3; k++) {
        v[i][k] -= d[k] * mass[j] * pull;
        v[j][k] += d[k] * mass[i] * pull;
      }
    }
  for (int i = 0; i < BODIES; i++)
    for (int k = 0; k < 3; k++) x[i][k] += step * v[i][k];
}

__attribute__((noinline)) static void product(void) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      double sum = 0;
      for (int k = 0; k < N; k++) sum += a[i][k] * b[k][j];
      c[i][j] = sum;
    }
}

__attribute__((noinline)) static double zero(double from) {
  double at = from;
  for (int i = 0; i < 20; i++) {
    double value = ((at - 3) * at + 2.5) * at - 7;
    double slope = (3 * at - 6) * at + 2.5;
    at -= value / slope;
  }
  return at;
}

void start(void) {
  double sum = 0;
  for (int i = 0; i < BODIES; i++)
    for (int k = 0; k < 3; k++) x[i][k] = i * 1.7 + k * 0.3 + 0.1 * i * k, v[i][k] = 0.01 * (k - i);
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) a[i][j] = i * 0.5 + j, b[i][j] = 1.0 / (1 + i + j);
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < 50; i++) advance(0.001);
    product();
    for (int i = 0; i < 50; i++) sum += zero(2.0 + i * 0.1);
    sum += c[round % N][3] + x[1][0];
  }
  leave((uint32_t)(int64_t)sum & 0x7f);
}
