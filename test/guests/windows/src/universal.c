// The universal C library: how it starts, formats, reads, rounds and ends.
#include <errno.h>
#include <fenv.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

static void last(void) {
  puts("the last");
}

int main(int argc, char **argv) {
  char text[24];
  wchar_t wide[16];
  printf("%d %s|%-8s|%+05d|%x|%#o|%c|%%\n", argc, argv[1], "left", 42, 255, 8, 'c');
  printf("%e %g %a %.0f %.17g\n", 12345.678, 1e-7, 1.5, 2.5, 0.1);
  printf("%f %F %g %8.2f|\n", INFINITY, -INFINITY, NAN, INFINITY);
  printf("%lld %zu %I64d %p\n", 1LL << 40, sizeof text, -1LL, (void *)0x1234);
  printf("%ls %S %ws\n", L"wide", L"wider", L"widest");
  printf("%d %s\n", snprintf(text, 16, "%s", "does not fit into it"), text);
  printf("%d %d\n", snprintf(NULL, 0, "%d", 12345), swprintf(wide, 16, L"%ls %d", L"w", 7));
  wprintf(L"%s %ls %hs\n", wide, L"a", "b");
  int number;
  double real;
  printf("%d", sscanf("12 3.5 word", "%d %lf %15s", &number, &real, text));
  printf(" %d %g %s\n", number, real, text);
  printf("%g %g %g %g\n", strtod("0x1.8p1", NULL), strtod("-inf", NULL), strtod("nan", NULL), strtod(".5e1x", NULL));
  printf("%g %g %g %g %ld\n", round(-2.5), trunc(-1.7), rint(2.5), nearbyint(3.5), lround(3.6));
  printf("%g %g %.17g %g\n", remainder(5, 3), fma(2, 3, 4), nextafter(1, 2), copysign(1, -0.0));
  printf("%d %d %d\n", ilogb(10), isnan(NAN) != 0, fpclassify(1e-310) == FP_SUBNORMAL);
  printf("%.17g\n", fma(1 + DBL_EPSILON, 1 - DBL_EPSILON, -1));
  unsigned before = _controlfp(0, 0);
  _controlfp(_RC_UP, _MCW_RC);
  volatile double one = 1, three = 3;
  printf("%.17g", one / three);
  _controlfp(_RC_NEAR, _MCW_RC);
  printf(" %.17g %d\n", one / three, _controlfp(0, 0) == before);
  time_t zero = 1583020800;
  strftime(text, sizeof text, "%F %e %V", gmtime(&zero));
  printf("%s|\n", text);
  printf("%d", fopen("none", "r") == NULL);
  printf(" %s\n", errno == ENOENT ? "not there" : "something else");
  atexit(last);
  fprintf(stderr, "to the other stream\n");
  exit(3);
}
