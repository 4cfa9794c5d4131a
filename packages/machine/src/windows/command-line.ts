/**
 * Command lines of Windows: one text, which the C library of the program splits.
 *
 * @see Microsoft, "Parsing C command-line arguments"
 */

/** A command line that splits into the program's path and these arguments again. */
export function commandLineOf(path: string, argv: readonly string[]): string {
  return [`"${path}"`, ...argv.map(quoted)].join(' ');
}

function quoted(argument: string): string {
  if (argument !== '' && !/[ \t"]/.test(argument)) return argument;
  // Backslashes count double before a quotation mark, the closing one too.
  const escaped = argument.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1');
  return `"${escaped}"`;
}

/** Splits a command line as the C library does; the first word, the program, has no escapes. */
export function splitCommandLine(line: string): string[] {
  const words: string[] = [];
  let at = 0;
  const first = /^(?:"([^"]*)"?|([^ \t]*))/.exec(line)!;
  words.push(first[1] ?? first[2] ?? '');
  at = first[0].length;
  for (;;) {
    while (line[at] === ' ' || line[at] === '\t') at++;
    if (at >= line.length) return words;
    const [word, end] = splitWord(line, at);
    words.push(word);
    at = end;
  }
}

function splitWord(line: string, start: number): [word: string, end: number] {
  let word = '';
  let isQuoted = false;
  let at = start;
  for (; at < line.length; ) {
    const letter = line[at]!;
    if ((letter === ' ' || letter === '\t') && !isQuoted) break;
    let slashes = 0;
    while (line[at] === '\\') {
      slashes++;
      at++;
    }
    if (slashes > 0) {
      const beforeQuote = line[at] === '"';
      word += '\\'.repeat(beforeQuote ? slashes >> 1 : slashes);
      if (beforeQuote && slashes % 2 === 1) {
        word += '"';
        at++;
      }
      continue;
    }
    at++;
    if (letter !== '"') word += letter;
    else if (isQuoted && line[at] === '"') {
      word += '"';
      at++;
    } else isQuoted = !isQuoted;
  }
  return [word, at];
}
