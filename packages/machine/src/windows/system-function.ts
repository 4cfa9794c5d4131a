/**
 * What a system function is: one row, its name, the libraries that export it, the types of its
 * arguments and result, and what it does. Rows are written as a signature and a function:
 *
 *   'GetStdHandle(which: u32): handle': (c) => …
 *
 * so that a trace can print every call without a word more.
 */

import type { Call } from './call.ts';
import type { Answer } from './call-steps.ts';
import type { ValueType } from './value-type.ts';

/** Libraries that export the same functions. */
export type Family = 'kernel' | 'crt' | 'advapi' | 'bcrypt' | 'user' | 'shell' | 'socket' | 'other';

export type Handler = (call: Call) => Answer;

export interface Parameter {
  readonly name: string;
  readonly type: ValueType;
}

export interface SystemFunction {
  readonly family: Family;
  readonly name: string;
  /** Name in its family: unique. */
  readonly key: string;
  readonly parameters: readonly Parameter[];
  readonly result: ValueType;
  readonly call: Handler;
}

export type FunctionRows = Readonly<Record<string, Handler>>;

const SIGNATURE = /^([\w.?@]+)\(([^)]*)\)(?:: (\w+))?$/;

interface Signature {
  readonly parameters: readonly Parameter[];
  readonly result: ValueType;
}

/** A row: its signature is taken apart when somebody asks, and most are never called. */
class Row implements SystemFunction {
  readonly family: Family;
  readonly name: string;
  readonly key: string;
  readonly call: Handler;
  private readonly text: string;
  private signature: Signature | null = null;

  constructor(family: Family, text: string, call: Handler) {
    this.family = family;
    this.name = text.slice(0, text.indexOf('('));
    this.key = `${family}!${this.name}`;
    this.call = call;
    this.text = text;
  }

  get parameters(): readonly Parameter[] {
    return this.parts.parameters;
  }

  get result(): ValueType {
    return this.parts.result;
  }

  private get parts(): Signature {
    this.signature ??= parseSignature(this.text);
    return this.signature;
  }
}

function parseSignature(text: string): Signature {
  const parts = SIGNATURE.exec(text);
  if (parts === null) throw new Error(`no signature: ${text}`);
  const [, , list, result] = parts;
  const parameters = list!
    .split(', ')
    .filter((one) => one !== '')
    .map((one) => {
      const [label, type] = one.split(': ');
      return { name: label!, type: (type ?? 'rest') as ValueType };
    });
  return { parameters, result: (result ?? 'void') as ValueType };
}

/** Turns rows into functions. */
export function systemFunctions(family: Family, rows: FunctionRows): SystemFunction[] {
  return Object.entries(rows).map(([text, call]) => new Row(family, text, call));
}

/** Libraries by the start of their name in small letters; the first that fits decides. */
const FAMILIES: readonly (readonly [start: string, family: Family])[] = [
  ['api-ms-win-crt-', 'crt'],
  ['api-ms-win-core-', 'kernel'],
  ['api-ms-win-security-', 'advapi'],
  ['kernel32.', 'kernel'],
  ['kernelbase.', 'kernel'],
  ['ntdll.', 'kernel'],
  ['msvcrt.', 'crt'],
  ['msvcr', 'crt'],
  ['ucrtbase.', 'crt'],
  ['crtdll.', 'crt'],
  ['advapi32.', 'advapi'],
  ['bcrypt.', 'bcrypt'],
  ['bcryptprimitives.', 'bcrypt'],
  ['user32.', 'user'],
  ['gdi32.', 'user'],
  ['shell32.', 'shell'],
  ['ole32.', 'shell'],
  ['shlwapi.', 'shell'],
  ['ws2_32.', 'socket'],
  ['wsock32.', 'socket'],
  ['ext-ms-win-', 'other'],
];

/** Libraries of the system's that programs may need and that have no row here. */
const OTHERS: ReadonlySet<string> = new Set(
  [
    ['comctl32', 'comdlg32', 'crypt32', 'dbghelp', 'dnsapi', 'dwmapi', 'imm32', 'imagehlp'],
    ['iphlpapi', 'mpr', 'mswsock', 'ncrypt', 'netapi32', 'normaliz', 'oleaut32', 'opengl32'],
    ['pdh', 'powrprof', 'psapi', 'rpcrt4', 'secur32', 'setupapi', 'userenv', 'uxtheme'],
    ['version', 'wininet', 'winhttp', 'winmm', 'winspool.drv', 'wintrust', 'wldap32'],
  ].flat(),
);

/** The family of a library's name, in small letters; null when it is not the system's. */
export function familyOf(module: string): Family | null {
  const family = FAMILIES.find(([start]) => module.startsWith(start))?.[1];
  return family ?? (OTHERS.has(module.replace(/\.dll$/, '')) ? 'other' : null);
}

/** Functions of the C library's that other libraries export, too. */
const SHARED: readonly (readonly [start: string, names: RegExp])[] = [
  ['ntdll.', /^(_?_?[a-z]\w+|__C_specific_handler)$/],
  ['kernel', /^__C_specific_handler$/],
];

/**
 * Where a library's function is looked for: its own family first, then the C library.
 */
export function familiesOf(module: string, symbol: string): readonly Family[] {
  const family = familyOf(module);
  if (family === null) return [];
  const isShared = SHARED.some(([start, names]) => module.startsWith(start) && names.test(symbol));
  return isShared ? [family, 'crt'] : [family];
}
