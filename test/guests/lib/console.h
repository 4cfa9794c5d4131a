/* Text output of the guests that have no C library. */
#ifndef GUEST_CONSOLE_H
#define GUEST_CONSOLE_H

/* Writes a format of %s %c %d %u %x %% (and %08x) to the console; allocates nothing. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

/* Writes one NUL-terminated string: semihosting in console.c, a UART in the uart-*.c sources. */
void console_write(const char *text);

#endif
