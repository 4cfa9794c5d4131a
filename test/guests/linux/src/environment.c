/* What the program is given: its arguments, its environment, where it is, who it is. */
#define _GNU_SOURCE
#include <stdio.h>
#include <unistd.h>

extern char **environ;

int main(int count, char **words) {
  char folder[256];
  for (int n = 1; n < count; n++) printf("argument %s\n", words[n]);
  for (char **entry = environ; *entry != 0; entry++) printf("%s\n", *entry);
  printf("in %s\n", getcwd(folder, sizeof folder));
  printf("user %d, group %d\n", (int)getuid(), (int)getgid());
  return 0;
}
