#include "console.h"

#include <stdarg.h>

struct line {
  char text[64];
  unsigned used;
};

static void flush(struct line *line) {
  line->text[line->used] = 0;
  if (line->used != 0) console_write(line->text);
  line->used = 0;
}

static void put(struct line *line, char c) {
  if (line->used == sizeof line->text - 1) flush(line);
  line->text[line->used++] = c;
}

static void put_unsigned(struct line *line, unsigned value, unsigned base, unsigned width) {
  char digits[10];
  unsigned count = 0;
  do {
    digits[count++] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0);
  while (count < width && count < sizeof digits) digits[count++] = '0';
  while (count != 0) put(line, digits[--count]);
}

static void put_signed(struct line *line, int value) {
  if (value < 0) put(line, '-');
  put_unsigned(line, value < 0 ? 0u - (unsigned)value : (unsigned)value, 10, 0);
}

static const char *directive(struct line *line, const char *at, va_list *arguments) {
  unsigned width = 0;
  while (*at >= '0' && *at <= '9') width = width * 10 + (unsigned)(*at++ - '0');
  switch (*at) {
    case 's':
      for (const char *s = va_arg(*arguments, const char *); *s != 0; s++) put(line, *s);
      break;
    case 'c':
      put(line, (char)va_arg(*arguments, int));
      break;
    case 'd':
      put_signed(line, va_arg(*arguments, int));
      break;
    case 'u':
      put_unsigned(line, va_arg(*arguments, unsigned), 10, width);
      break;
    case 'x':
      put_unsigned(line, va_arg(*arguments, unsigned), 16, width);
      break;
    default:
      put(line, *at);
  }
  return at + 1;
}

void say(const char *format, ...) {
  struct line line = {.used = 0};
  va_list arguments;
  va_start(arguments, format);
  while (*format != 0) {
    if (*format == '%') {
      format = directive(&line, format + 1, &arguments);
    } else {
      put(&line, *format++);
    }
  }
  va_end(arguments);
  flush(&line);
}
