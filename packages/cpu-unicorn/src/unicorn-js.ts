/**
 * unicorn.js as a library for the adapter. Its builds differ in how the module shows its objects:
 * `uc` itself, an object or default export with it, or a function MUnicorn that makes it.
 */
import { type UnicornLibrary, UnicornUnavailable } from './unicorn-port.ts';

type Factory = () => unknown;

interface UnicornModule {
  readonly Unicorn: UnicornLibrary['Unicorn'];
  version?(): number;
}

/** Where a module may keep what is asked for. */
const INSIDE: readonly string[] = ['uc', 'default', 'MUnicorn', 'exports'];
const DEEPEST = 4;

/**
 * @param module  what loading unicorn.js gave
 * @param name    of the file, for reports
 * @throws UnicornUnavailable when it is something else
 */
export async function unicornJs(module: unknown, name: string): Promise<UnicornLibrary> {
  const found = await find(module, DEEPEST);
  if (found === null) {
    throw new UnicornUnavailable(`${name} is no unicorn.js: it has no constructor Unicorn`);
  }
  const packed = found.version?.();
  const version = typeof packed === 'number' ? ` ${packed >>> 24}.${(packed >>> 16) & 0xff}` : '';
  return { Unicorn: found.Unicorn, description: `unicorn.js${version} (${name})` };
}

async function find(value: unknown, depth: number): Promise<UnicornModule | null> {
  if (isModule(value)) return value;
  if (depth === 0 || value === null) return null;
  if (typeof value === 'function') return find(await made(value as Factory), depth - 1);
  if (typeof value !== 'object') return null;
  for (const key of INSIDE) {
    const inner = (value as Record<string, unknown>)[key];
    const found = inner === undefined || inner === value ? null : await find(inner, depth - 1);
    if (found !== null) return found;
  }
  return null;
}

function isModule(value: unknown): value is UnicornModule {
  const has = (typeof value === 'object' || typeof value === 'function') && value !== null;
  return has && typeof (value as Record<string, unknown>)['Unicorn'] === 'function';
}

/** What a factory makes, awaited; null when it makes nothing. */
async function made(factory: Factory): Promise<unknown> {
  try {
    return await factory();
  } catch {
    return null;
  }
}
