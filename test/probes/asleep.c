/* @see proc_pid_stat(5): the state comes after the name in brackets, which may hold any character. */
#include "asleep.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct timespec MILLISECOND = {0, 1000000};

void wait_asleep(pid_t process) {
  char path[40], text[200];
  sprintf(path, "/proc/%d/stat", (int)process);
  for (char state = 'R'; state == 'R' || state == 'D';) {
    nanosleep(&MILLISECOND, NULL);
    int file = open(path, O_RDONLY);
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    text[length < 0 ? 0 : length] = 0;
    const char *name_end = strrchr(text, ')');
    state = name_end ? name_end[2] : 0;
  }
}
