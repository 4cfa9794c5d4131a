/* The C library at work: qsort, bsearch, strtod, printf of floating point, sprintf, sscanf. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_numbers(const void *left, const void *right) {
  int l = *(const int *)left;
  int r = *(const int *)right;
  return (l > r) - (l < r);
}

static int compare_texts(const void *left, const void *right) {
  return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void sort(void) {
  int numbers[20];
  unsigned seed = 12345;
  for (int n = 0; n < 20; n++) {
    seed = seed * 1103515245u + 12345u;
    numbers[n] = (int)(seed >> 16) % 1000 - 500;
  }
  qsort(numbers, 20, sizeof *numbers, compare_numbers);
  for (int n = 0; n < 20; n++) printf("%d%c", numbers[n], n == 19 ? '\n' : ' ');
  int *found = bsearch(&numbers[7], numbers, 20, sizeof *numbers, compare_numbers);
  printf("bsearch: %s\n", found != NULL && *found == numbers[7] ? "found" : "missing");
  const char *texts[] = {"tlsf", "bump", "llff", "buddy", "null"};
  qsort(texts, 5, sizeof *texts, compare_texts);
  for (int n = 0; n < 5; n++) printf("%s%c", texts[n], n == 4 ? '\n' : ' ');
}

static void floating(void) {
  static const char *const texts[] = {"3.14159265358979", "-1e-5", "6.02214076e23", "0.1", "1e308"};
  for (int n = 0; n < 5; n++) {
    double value = strtod(texts[n], NULL);
    printf("%s: %.6f... %g %e\n", texts[n], fmod(value, 1000.0), value, value);
  }
  printf("sqrt(2) = %.10f, sin(1) = %.10f, exp(1) = %.10f, pow(2, 0.5) = %.10f\n", sqrt(2.0),
         sin(1.0), exp(1.0), pow(2.0, 0.5));
  printf("%.3f %.3f\n", (double)(float)(1.0f / 3.0f), (double)floorf(-2.5f));
  printf("%d %u %lld\n", (int)-7.9, (unsigned)3e9, (long long)-1e15);
}

static void text(void) {
  char buffer[64];
  int length = snprintf(buffer, sizeof buffer, "%s-%03d-%lx", "id", 7, 0xdeadbeefUL);
  printf("%s (%d)\n", buffer, length);
  int a = 0;
  unsigned b = 0;
  char word[16] = "";
  int fields = sscanf("12 ff heap", "%d %x %15s", &a, &b, word);
  printf("%d fields: %d %u %s\n", fields, a, b, word);
  long long product = 1234567890123LL * 1000003LL;
  printf("%lld %lld\n", product / 97, product % 97);
  char *copy = strdup("duplicated");
  printf("%s %s\n", copy, strstr(copy, "cat"));
  free(copy);
}

int main(void) {
  sort();
  floating();
  text();
  return 0;
}
