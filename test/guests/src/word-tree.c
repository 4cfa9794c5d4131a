/*
 * Counts words in a tree: one source for firmware, Linux and Windows. Nodes from calloc, texts from
 * malloc, lists of lines that grow by realloc; all of it is freed again but the word seen most often.
 */
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include <io.h>
#define write _write
#else
#include <unistd.h>
#endif

static const char TEXT[] =
    "an allocator is asked for bytes and gives an address\n"
    "the address is the only thing that the program gets\n"
    "so the allocator must find the block again by its address\n"
    "some put a header before the block and some keep a table\n"
    "a header costs bytes in each block and a table costs bytes once\n"
    "blocks that are given back are put on a list of free blocks\n"
    "first fit takes the first block of the list that is large enough\n"
    "best fit takes the smallest block that is large enough\n"
    "a buddy heap splits blocks in halves and merges the halves again\n"
    "a heap of slots keeps blocks of one size in a page of slots\n"
    "a bump heap never looks back and gives nothing back but the last block\n"
    "what the program asks for is the same with all of them\n"
    "what it costs in bytes and in steps is not\n";

struct word {
  struct word *left;
  struct word *right;
  char *text;
  unsigned *lines;
  unsigned count;
  unsigned room;
};

static void say(const char *text) {
  if (write(1, text, strlen(text)) < 0) exit(4);
}

static void say_number(unsigned number) {
  char digits[12];
  char *at = digits + sizeof digits - 1;
  *at = 0;
  do *--at = '0' + number % 10;
  while (number /= 10);
  say(at);
}

/* What an allocation gave, or the program's end. */
static void *require(void *block) {
  if (block != NULL) return block;
  say("word-tree: out of memory\n");
  exit(3);
}

static struct word *make_word(const char *text, size_t length) {
  struct word *word = require(calloc(1, sizeof *word));
  word->text = require(malloc(length + 1));
  memcpy(word->text, text, length);
  word->text[length] = 0;
  return word;
}

static void note_line(struct word *word, unsigned line) {
  if (word->count == word->room) {
    word->room = word->room == 0 ? 1 : word->room * 2;
    word->lines = require(realloc(word->lines, word->room * sizeof *word->lines));
  }
  word->lines[word->count++] = line;
}

static int order(const struct word *word, const char *text, size_t length) {
  int by_bytes = strncmp(text, word->text, length);
  return by_bytes != 0 ? by_bytes : -(word->text[length] != 0);
}

static struct word *find(struct word **root, const char *text, size_t length) {
  struct word **at = root;
  while (*at != NULL) {
    int side = order(*at, text, length);
    if (side == 0) return *at;
    at = side < 0 ? &(*at)->left : &(*at)->right;
  }
  return *at = make_word(text, length);
}

static unsigned words, letters;
static struct word *most;

static void measure(struct word *word) {
  if (word == NULL) return;
  measure(word->left);
  words++;
  letters += strlen(word->text);
  if (most == NULL || word->count > most->count) most = word;
  measure(word->right);
}

/* Frees a tree but for the word that was seen most often. */
static void release(struct word *word) {
  if (word == NULL) return;
  release(word->left);
  release(word->right);
  if (word == most) return;
  free(word->lines);
  free(word->text);
  free(word);
}

int main(void) {
  struct word *root = NULL;
  unsigned line = 1;
  for (const char *at = TEXT; *at != 0; at++) {
    size_t length = strcspn(at, " \n");
    if (length > 0) note_line(find(&root, at, length), line);
    at += length;
    if (*at == '\n') line++;
  }
  measure(root);
  release(root);
  say_number(words);
  say(" words of ");
  say_number(letters);
  say(" letters; most often: ");
  say(most->text);
  for (unsigned n = 0; n < most->count; n++) {
    say(n == 0 ? " in lines " : " ");
    say_number(most->lines[n]);
  }
  say("\n");
  return 0;
}
