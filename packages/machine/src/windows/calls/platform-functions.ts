/** The functions that platform-win has, memory and heaps, as rows of this table. */
import { type SystemFunction as PlatformFunction, SYSTEM_FUNCTIONS } from '@bareheap/platform-win';
import type { Call } from '../call.ts';
import type { Family, Parameter, SystemFunction } from '../system-function.ts';
import type { ValueType } from '../value-type.ts';

const TYPES: Readonly<Record<string, ValueType>> = {
  bool: 'bool',
  dword: 'u32',
  size: 'u64',
  handle: 'handle',
  status: 'status',
  string: 'text',
  'wide-string': 'wide',
  void: 'void',
  protection: 'u32',
  'allocation-type': 'u32',
  'free-type': 'u32',
  'heap-flags': 'u32',
  'global-flags': 'u32',
  access: 'u32',
  'section-flags': 'u32',
  'file-mapping': 'u32',
  'map-access': 'u32',
};

/** These are the thread's here. */
const LEFT_OUT: ReadonlySet<string> = new Set(['GetLastError', 'SetLastError']);

/** No error that a call could set: it has set none. */
const UNSET = -1;

function familyOfModules(modules: readonly string[]): Family {
  return modules.includes('msvcrt') ? 'crt' : 'kernel';
}

function asRow({
  name,
  modules,
  arguments: types,
  result,
  call,
}: PlatformFunction): SystemFunction {
  const family = familyOfModules(modules);
  const parameters = types.map((type) => ({ name: type, type: TYPES[type] ?? 'pointer' }));
  return {
    family,
    name,
    key: `${family}!${name}`,
    parameters,
    result: TYPES[result] ?? 'pointer',
    call: (c) => perform(c, parameters, call),
  };
}

function perform(
  c: Call,
  parameters: readonly Parameter[],
  call: PlatformFunction['call'],
): number {
  const { process } = c;
  const { win } = process;
  // Above an argument of 32 bits lies whatever the caller left there.
  const words = parameters.map(({ type }, index) =>
    type === 'u32' ? c.u32(index) : c.signedWord(index),
  );
  win.lastError = UNSET;
  win.exception = null;
  const result = call(win, words);
  if (win.lastError > 0) c.fail(win.lastError);
  else if (win.lastError === 0) c.lastError = 0;
  if (win.exception !== null) {
    const { code, parameters } = win.exception;
    process.raising = { code, flags: 0, information: parameters };
    win.exception = null;
  }
  return result;
}

/** All but the allocation family of the C library, which sets errno. */
export const PLATFORM_FUNCTIONS: readonly SystemFunction[] = SYSTEM_FUNCTIONS.filter(
  ({ name }) => !LEFT_OUT.has(name),
)
  .map(asRow)
  .filter(({ family }) => family === 'kernel');
