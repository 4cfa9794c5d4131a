/* Lines from standard input, upper case to standard output, kept on the heap and printed again in
 * reverse order at the end of the input ("." on a line of its own). */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct line {
  struct line *next;
  char text[];
};

static int read_line(char *text, unsigned size) {
  unsigned length = 0;
  for (int c = getchar(); c != '\n' && c != EOF; c = getchar()) {
    if (length < size - 1) text[length++] = (char)c;
  }
  text[length] = 0;
  return strcmp(text, ".") != 0;
}

int main(void) {
  char text[80];
  struct line *list = NULL;
  while (read_line(text, sizeof text)) {
    struct line *line = malloc(sizeof *line + strlen(text) + 1);
    if (line == NULL) return 1;
    strcpy(line->text, text);
    line->next = list;
    list = line;
    for (char *c = text; *c != 0; c++) *c = (char)toupper((unsigned char)*c);
    puts(text);
  }
  while (list != NULL) {
    struct line *next = list->next;
    puts(list->text);
    free(list);
    list = next;
  }
  return 0;
}
