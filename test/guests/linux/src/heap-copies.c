/* Heap calls that fail, of threads, and of processes that are forked in the middle of things. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TOO_MUCH (1ul << 62)
#define KEPT 50

/* Blocks of many sizes, each with bytes of its own: how many were not as they were left. */
static void *churn(void *seed) {
  unsigned char *blocks[KEPT] = {0};
  long wrong = 0;
  for (int n = 0; n < 1000; n++) {
    int at = n % KEPT;
    unsigned char mark = at + (long)seed;
    wrong += blocks[at] != NULL && blocks[at][15] != mark;
    free(blocks[at]);
    blocks[at] = malloc(16 + n % 700);
    memset(blocks[at], mark, 16);
  }
  for (int at = 0; at < KEPT; at++) free(blocks[at]);
  errno = 0;
  wrong += malloc(TOO_MUCH) != NULL || errno != ENOMEM;
  return (void *)wrong;
}

static void fail(char *text) {
  void *volatile block;
  errno = 0;
  block = malloc(TOO_MUCH);
  printf("malloc: %s, errno %d\n", block == NULL ? "null" : "a block", errno);
  errno = 0;
  block = realloc(text, TOO_MUCH);
  printf("realloc: %s, errno %d\n", block == NULL ? "null" : "a block", errno);
  errno = 0;
  int result = posix_memalign((void **)&block, 64, TOO_MUCH);
  printf("posix_memalign: %d, errno %d\n", result, errno);
  fflush(stdout);
}

/* What a copy does with the block that it was given, and with its own: its exit status. */
static int copy(char *text, int depth) {
  text = realloc(text, 4000 + depth);
  long wrong = (long)churn((void *)(long)depth);
  printf("copy %d: %s, %ld wrong\n", depth, text, wrong);
  fflush(stdout);
  if (depth < 3 && fork() == 0) exit(copy(text, depth + 1));
  int status = 0;
  wait(&status);
  free(text);
  return WEXITSTATUS(status) + 1;
}

int main(void) {
  char *text = strcpy(malloc(100), "from the first");
  fail(text);
  if (fork() == 0) exit(copy(text, 1));
  int status;
  wait(&status);
  printf("%d copies\n", WEXITSTATUS(status));
  pthread_t threads[3];
  for (long n = 0; n < 3; n++) pthread_create(&threads[n], NULL, churn, (void *)n);
  for (int n = 0; n < 3; n++) {
    void *wrong;
    pthread_join(threads[n], &wrong);
    printf("thread %d: %ld wrong\n", n, (long)wrong);
  }
  printf("%s\n", text);
  free(text);
  return 0;
}
