// @table
/** The registry, which is empty: nothing is found in it, and nothing can be put there. */
import type { Call } from '../call.ts';
import {
  ERROR_ACCESS_DENIED,
  ERROR_FILE_NOT_FOUND,
  ERROR_INVALID_HANDLE,
} from '../process/windows-error.ts';
import { type SystemFunction, systemFunctions } from '../system-function.ts';

const ERROR_NO_MORE_ITEMS = 259;
/** HKEY_CLASSES_ROOT and its kin, which are always open. */
const FIRST_ROOT = 0x8000_0000;
const ROOTS = 8;

function isRoot(c: Call): boolean {
  return c.u32(0) >= FIRST_ROOT && c.u32(0) < FIRST_ROOT + ROOTS;
}

/** What a call on an open key gives: only the roots are ever open. */
function onKey(error: number): (c: Call) => number {
  return (c) => (isRoot(c) ? error : ERROR_INVALID_HANDLE);
}

const absent = onKey(ERROR_FILE_NOT_FOUND);
const refused = onKey(ERROR_ACCESS_DENIED);
const noMore = onKey(ERROR_NO_MORE_ITEMS);

/** `A` and `W` differ in the text's type only. */
function bothWidths(
  name: string,
  list: (text: string) => string,
  handler: (c: Call) => number,
): Record<string, (c: Call) => number> {
  return {
    [`${name}A(${list('text')}): u32`]: handler,
    [`${name}W(${list('wide')}): u32`]: handler,
  };
}

export const REGISTRY_FUNCTIONS: readonly SystemFunction[] = systemFunctions('advapi', {
  ...bothWidths('RegOpenKey', (t) => `key: handle, name: ${t}, to: pointer`, absent),
  ...bothWidths(
    'RegOpenKeyEx',
    (t) => `key: handle, name: ${t}, options: u32, access: u32, to: pointer`,
    absent,
  ),
  ...bothWidths(
    'RegCreateKeyEx',
    (t) =>
      `key: handle, name: ${t}, reserved: u32, class: ${t}, options: u32, access: u32, security: pointer, to: pointer, made: pointer`,
    refused,
  ),
  ...bothWidths(
    'RegQueryValueEx',
    (t) => `key: handle, name: ${t}, reserved: u32, type: pointer, to: pointer, size: pointer`,
    absent,
  ),
  ...bothWidths(
    'RegGetValue',
    (t) =>
      `key: handle, name: ${t}, value: ${t}, flags: u32, type: pointer, to: pointer, size: pointer`,
    absent,
  ),
  ...bothWidths(
    'RegSetValueEx',
    (t) => `key: handle, name: ${t}, reserved: u32, type: u32, from: pointer, size: u32`,
    refused,
  ),
  ...bothWidths(
    'RegEnumKeyEx',
    (t) =>
      `key: handle, index: u32, to: pointer, size: pointer, reserved: pointer, class: ${t}, room: pointer, time: pointer`,
    noMore,
  ),
  ...bothWidths(
    'RegEnumValue',
    () =>
      'key: handle, index: u32, to: pointer, size: pointer, reserved: pointer, type: pointer, data: pointer, room: pointer',
    noMore,
  ),
  ...bothWidths('RegDeleteKey', (t) => `key: handle, name: ${t}`, absent),
  ...bothWidths('RegDeleteValue', (t) => `key: handle, name: ${t}`, absent),
  'RegCloseKey(key: handle): u32': (c) => (isRoot(c) ? 0 : ERROR_INVALID_HANDLE),
});
