/* Floating point in the processor: arithmetic, comparison, conversion and square root, printed as
 * bits so that nothing of the library's formatting takes part. */
#include <stdint.h>
#include <string.h>

#include "console.h"

static uint32_t bits(float value) {
  uint32_t word;
  memcpy(&word, &value, sizeof word);
  return word;
}

__attribute__((noinline)) static float horner(const float *coefficients, int count, float x) {
  float sum = 0;
  for (int n = count - 1; n >= 0; n--) sum = sum * x + coefficients[n];
  return sum;
}

#if GUEST_FPU
__attribute__((noinline)) static float root(float x) { return __builtin_sqrtf(x); }
#endif

__attribute__((noinline)) static int order(float a, float b) {
  return (a < b) | (a == b) << 1 | (a > b) << 2 | (a <= b) << 3 | (a >= b) << 4;
}

__attribute__((noinline)) static float divide(float a, float b) { return a / b; }

int main(void) {
  static const float exponential[] = {1, 1, 0.5f, 1.0f / 6, 1.0f / 24, 1.0f / 120, 1.0f / 720};
  for (int n = -2; n <= 2; n++) {
    float value = horner(exponential, 7, (float)n * 0.5f);
    say("%08x ", (unsigned)bits(value));
  }
  say("\n");
#if GUEST_FPU
  say("roots %08x %08x\n", (unsigned)bits(root(2)), (unsigned)bits(root(1e-40f)));
#endif
  float nan = __builtin_nanf("");
  say("order %x %x %x %x\n", order(1, 2), order(2, 2), order(-0.0f, 0.0f), order(nan, 1));
  say("quotients %08x %08x %08x %08x\n", (unsigned)bits(divide(1, 3)),
      (unsigned)bits(divide(-1, 0)), (unsigned)bits(divide(1e-38f, 16)),
      (unsigned)bits(divide(0, 0)));
  volatile float large = 3e9f;
  volatile float small = -2.75f;
  volatile int whole = -16777217;
  say("conversions %d %u %d %08x\n", (int)small, (unsigned)large, (int)large,
      (unsigned)bits((float)whole));
  volatile double wide = 1.0 / 3.0;
  say("double to float %08x, back %s\n", (unsigned)bits((float)wide),
      (double)(float)wide == wide ? "same" : "different");
  return 0;
}
