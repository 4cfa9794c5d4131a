/* A list of words on the heap: grows it, copies into it, and frees all but one of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy_of(const char *word) {
  char *copy = malloc(strlen(word) + 1);
  if (copy == 0) {
    fprintf(stderr, "no memory for '%s'\n", word);
    abort();
  }
  return strcpy(copy, word);
}

static char **append(char **list, int length, const char *word) {
  char **longer = realloc(list, (length + 1) * sizeof *list);
  if (longer == 0) {
    fprintf(stderr, "no memory for %d words\n", length + 1);
    abort();
  }
  longer[length] = copy_of(word);
  return longer;
}

int main(void) {
  static const char *const words[] = {"one", "two", "three", "twenty-four characters.."};
  const int count = sizeof words / sizeof words[0];
  char **list = 0;
  for (int n = 0; n < count; n++) list = append(list, n, words[n]);
  for (int n = 0; n < count; n++) puts(list[n]);
  for (int n = 1; n < count; n++) free(list[n]);
  free(list);
  return 0;
}
