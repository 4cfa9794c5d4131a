/* The command line as the C library splits it, the environment, standard handles. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
  for (int n = 1; n < argc; n++) printf("argument %d: [%s]\n", n, argv[n]);
  const char *value = getenv("GUEST_VALUE");
  printf("GUEST_VALUE=%s\n", value ? value : "(none)");
  fprintf(stderr, "to standard error\n");
  char line[80];
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\r\n")] = 0;
    printf("line [%s]\n", line);
  }
  return argc - 1;
}
