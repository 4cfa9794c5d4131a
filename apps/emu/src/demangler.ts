/**
 * C++ and Rust names as their sources have them, by `gecko-profiler-demangle`. Its own entry imports
 * a wasm module the way bundlers do, which Node 20 cannot; so it is instantiated by hand.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { LoadPlan } from '@bareheap/image';

export type Demangle = (name: string) => string;

interface DemanglerModule {
  demangle_any(name: string): string;
  __wbg_set_wasm(exports: unknown): void;
}

const PACKAGE = 'gecko-profiler-demangle';

/** Itanium C++ (`_ZN…`), Rust v0 (`_R…`); legacy Rust names are Itanium's. */
export function isMangled(name: string): boolean {
  return name.startsWith('_Z') || name.startsWith('_R');
}

/**
 * How mangled names begin, and what comes next.
 *
 * @see Itanium C++ ABI, 5.1; Rust RFC 2603, "Syntax of mangled names"
 */
const STARTS = [
  ['_Z', /[\w.$]/],
  ['_R', /[BCIMNXY\d]/],
] as const;
/** Before a mangled name is the end of another, or a name that has it inside (`…_I__ZN…`). */
const BEFORE: ReadonlySet<number> = new Set([0, 0x5f]);

/** Places that are looked at; a file with more may have such names whatever they say. */
const MOST_PLACES = 10_000;

/** Whether a file may have mangled names, by its bytes: far faster than to read its symbols. */
export function mayHaveMangled(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return STARTS.some(([start, next]) => {
    const isName = (at: number): boolean =>
      BEFORE.has(text[at - 1] ?? 0) && next.test(text.toString('latin1', at + 2, at + 3));
    let at = text.indexOf(start, 0, 'latin1');
    for (let places = 0; at >= 0 && places < MOST_PLACES && !isName(at); places++) {
      at = text.indexOf(start, at + 1, 'latin1');
    }
    return at >= 0;
  });
}

/**
 * Whether names are likely to be mangled, of a program or of libraries that it is run with: what it
 * imports is in its bytes, and not among its symbols.
 */
export function hasMangled(
  bytes: Uint8Array,
  { format, interpreter, symbols }: Pick<LoadPlan, 'format' | 'interpreter' | 'symbols'>,
): boolean {
  const hasLibraries = interpreter !== null || format === 'pe';
  return mayHaveMangled(bytes) && (hasLibraries || symbols.hasName(isMangled));
}

/** Names already asked for are remembered: a heap trace asks for few, and often. */
export async function loadDemangler(): Promise<Demangle> {
  const gluePath = locate('index_bg.js');
  const wasmPath = locate('index_bg.wasm');
  if (gluePath === null || wasmPath === null) return (name) => name;
  const glue: DemanglerModule = await import(pathToFileURL(gluePath).href);
  const module = new WebAssembly.Module(new Uint8Array(readFileSync(wasmPath)));
  const instance = new WebAssembly.Instance(module, { './index_bg.js': { ...glue } });
  glue.__wbg_set_wasm(instance.exports);
  const start = instance.exports['__wbindgen_start'];
  if (typeof start === 'function') start();
  const known = new Map<string, string>();
  return (name) => {
    if (!isMangled(name)) return name;
    const found = known.get(name) ?? demangleOne(glue, name);
    known.set(name, found);
    return found;
  };
}

/** Null when the package was left out of an installation; names then stay as they are. */
function locate(file: string): string | null {
  try {
    return createRequire(import.meta.url).resolve(`${PACKAGE}/${file}`);
  } catch {
    return null;
  }
}

/** A hostile name may exhaust the demangler's stack; it is then shown as it stands. */
function demangleOne(glue: DemanglerModule, name: string): string {
  try {
    const text = glue.demangle_any(name);
    // A name that is not mangled after all loses its underscore, as macOS has one too many.
    return text === name.slice(1) ? name : text;
  } catch {
    return name;
  }
}
