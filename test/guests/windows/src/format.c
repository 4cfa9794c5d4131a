/* Formatted output of the C library of the system, not of the compiler's. */
#define __USE_MINGW_ANSI_STDIO 0
#include <float.h>
#include <stdio.h>
#include <wchar.h>

static const double VALUES[] = {0.0, -0.0, 1.0, -1.5, 0.1, 2.5, 3.5, 1e10, 123456.789, 1e-5,
                                9.9999995, 1e100, DBL_MAX, DBL_MIN, 5e-324, 0.5, 1e21};

static void *volatile none;

int main(void) {
  printf("[%d] [%5d] [%-5d] [%05d] [%+d] [% d] [%u] [%x] [%#X] [%o] [%#o]\n", 42, 42, 42, 42, 42,
         42, 3000000000u, 255, 255, 8, 8);
  printf("[%c] [%5s] [%-5s] [%.2s] [%%] [%10.3s]\n", 'x', "abc", "abc", "abc", "abcdef");
  printf("[%I64d] [%I64u] [%lld] [%ld] [%hd] [%I32d]\n", -5000000000ll, 18446744073709551615ull,
         1234567890123ll, -7l, 70000, 5);
  printf("[%p] [%.0d] [%.5d] [%8.5d] [%*d] [%-*d|]\n", (void *)0x1234, 0, 42, 42, 6, 42, 6, 42);
  printf("[%S] [%ls] [%s]\n", L"wide", L"long", (const char *)none);
  for (unsigned n = 0; n < sizeof VALUES / sizeof *VALUES; n++) {
    double v = VALUES[n];
    printf("%f|%e|%g|%.0f|%.3e|%.10g|%+.1f|%010.2f|%-12.4g|%#g|%G\n", v, v, v, v, v, v, v, v, v,
           v, v);
  }
  printf("%.17g %.17g %.20f %a\n", 0.1, 1.0 / 3.0, 0.1, 1.0);
  char small[8];
  int count = _snprintf(small, sizeof small, "%s", "0123456789");
  printf("%d %.8s\n", count, small);
  wchar_t wide[32];
  count = swprintf(wide, 32, L"%d %s %S", 5, L"w", "n");
  printf("%d %ls\n", count, wide);
  return 0;
}
