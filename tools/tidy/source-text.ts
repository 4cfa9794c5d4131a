/** Enough of a lexer to look at TypeScript without taking words in comments or strings for code. */

export interface SourceText {
  /** The source with comments and the contents of literals blanked, same length and lines. */
  readonly code: string;
  /** The source with comments blanked only. */
  readonly uncommented: string;
}

type State = { at: number; readonly code: string[]; readonly uncommented: string[] };

const REGEX_MAY_FOLLOW = /(?:^|[=(,:;!&|?{}[+\-*%~^<>]|\b(?:return|typeof|case|in|of|=>))\s*$/;

/** Blanks comments and literals. Templates keep the code between `${` and `}`. */
export function readSource(text: string): SourceText {
  const state: State = { at: 0, code: [...text], uncommented: [...text] };
  scanCode(text, state, false);
  return { code: state.code.join(''), uncommented: state.uncommented.join('') };
}

function blank(target: string[], from: number, to: number): void {
  for (let index = from; index < to; index++) if (target[index] !== '\n') target[index] = ' ';
}

/** Scans code to the end, or to the `}` that closes a template's hole. */
function scanCode(text: string, state: State, inTemplate: boolean): void {
  let depth = 0;
  while (state.at < text.length) {
    const start = state.at;
    const char = text[start]!;
    const pair = text.slice(start, start + 2);
    if (pair === '//' || pair === '/*') skipComment(text, state, pair);
    else if (char === "'" || char === '"') skipString(text, state, char);
    else if (char === '`') skipTemplate(text, state);
    else if (char === '/' && startsRegex(state, start)) skipRegex(text, state);
    else {
      if (char === '{') depth++;
      if (char === '}' && depth-- === 0 && inTemplate) return;
      state.at++;
    }
  }
}

function startsRegex(state: State, at: number): boolean {
  return REGEX_MAY_FOLLOW.test(state.code.slice(Math.max(0, at - 40), at).join(''));
}

function skipComment(text: string, state: State, opening: string): void {
  const start = state.at;
  const close = text.indexOf(opening === '//' ? '\n' : '*/', start + 2);
  const end = close < 0 ? text.length : opening === '//' ? close : close + 2;
  blank(state.code, start, end);
  blank(state.uncommented, start, end);
  state.at = end;
}

function skipString(text: string, state: State, quote: string): void {
  const start = state.at++;
  while (state.at < text.length && text[state.at] !== quote && text[state.at] !== '\n') {
    state.at += text[state.at] === '\\' ? 2 : 1;
  }
  blank(state.code, start + 1, state.at);
  state.at++;
}

function skipTemplate(text: string, state: State): void {
  let from = ++state.at;
  while (state.at < text.length && text[state.at] !== '`') {
    if (text.startsWith('${', state.at)) {
      blank(state.code, from, state.at);
      state.at += 2;
      scanCode(text, state, true);
      from = state.at + 1;
      state.at++;
    } else state.at += text[state.at] === '\\' ? 2 : 1;
  }
  blank(state.code, from, Math.min(state.at, text.length));
  state.at++;
}

function skipRegex(text: string, state: State): void {
  const start = state.at++;
  let inClass = false;
  while (state.at < text.length && text[state.at] !== '\n') {
    const char = text[state.at];
    if (char === '/' && !inClass) break;
    if (char === '[') inClass = true;
    if (char === ']') inClass = false;
    state.at += char === '\\' ? 2 : 1;
  }
  blank(state.code, start + 1, state.at);
  state.at++;
}

/** Every module that a source names in an import, an export, a type import or import(). */
export function importsOf(source: SourceText): string[] {
  const named = /(?:\bfrom\s*|\bimport\s*\(?\s*)(['"])([^'"\n]+)\1/g;
  const found: string[] = [];
  for (const match of source.uncommented.matchAll(named)) {
    const keyword = source.code.slice(match.index, match.index + 4);
    if (keyword === 'from' || keyword === 'impo') found.push(match[2]!);
  }
  return found;
}

export interface FunctionSpan {
  readonly name: string;
  readonly line: number;
  /** Without lines that are all text of a literal: an assembler program in a template is data. */
  readonly lines: number;
}

/** Functions, methods and arrow functions with a body in braces. */
export function functionsOf(source: SourceText): FunctionSpan[] {
  const { code } = source;
  const isText = literalLines(source);
  const spans: FunctionSpan[] = [];
  const open: number[] = [];
  for (let at = 0; at < code.length; at++) {
    if (code[at] === '{') open.push(at);
    if (code[at] !== '}' || open.length === 0) continue;
    const start = open.pop()!;
    const head = functionHead(code, start);
    if (head === null) continue;
    const name = /[\w$]+(?=\s*$)/.exec(code.slice(0, head))?.[0] ?? 'anonymous';
    const line = lineAt(code, start);
    const last = lineAt(code, at);
    const lines = isText.slice(line - 1, last).filter((text) => !text).length;
    spans.push({ name, line, lines });
  }
  return spans;
}

/** For each line, whether it is text of a literal and nothing else. */
function literalLines({ code, uncommented }: SourceText): boolean[] {
  const lines = uncommented.split('\n');
  return code.split('\n').map((line, index) => line.trim() === '' && lines[index]!.trim() !== '');
}

function lineAt(code: string, at: number): number {
  let line = 1;
  for (let index = 0; index < at; index++) if (code[index] === '\n') line++;
  return line;
}

const CONTROL = /\b(?:if|for|while|switch|catch|with)\s*(?:await\s*)?$/;

/** Where the name before a function's parameters ends, or null when `brace` opens no function. */
function functionHead(code: string, brace: number): number | null {
  const before = code.slice(Math.max(0, brace - 600), brace);
  const offset = brace - before.length;
  const match =
    /(\))\s*(?::[^;{}()=]*)?(?:=>)?\s*$/.exec(before) ?? /([\w$])\s*=>\s*$/.exec(before);
  if (match === null) return null;
  if (match[1] !== ')') return offset + match.index + 1;
  const parameters = matchingParenthesis(code, offset + match.index);
  if (parameters < 0 || CONTROL.test(code.slice(Math.max(0, parameters - 20), parameters))) {
    return null;
  }
  return parameters;
}

function matchingParenthesis(code: string, close: number): number {
  let depth = 0;
  for (let at = close; at >= 0; at--) {
    if (code[at] === ')') depth++;
    if (code[at] === '(' && --depth === 0) return at;
  }
  return -1;
}
