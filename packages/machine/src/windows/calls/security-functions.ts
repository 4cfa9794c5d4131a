// @table
/**
 * Who the program runs as: an ordinary user, in its token and as SIDs. Files have no owners here:
 * asking for those fails.
 */
import type { Call } from '../call.ts';
import { TokenObject } from '../process/kernel-object.ts';
import {
  ERROR_INSUFFICIENT_BUFFER,
  ERROR_INVALID_HANDLE,
  ERROR_INVALID_PARAMETER,
} from '../process/windows-error.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';

const ERROR_NOT_SUPPORTED = 50;
const ERROR_NO_TOKEN = 1008;
const ERROR_NOT_ALL_ASSIGNED = 1300;
const ERROR_NO_SUCH_PRIVILEGE = 1313;
const ERROR_NONE_MAPPED = 1332;
const SID_HEAD = 8;
const NT_AUTHORITY = 5;
const DESCRIPTOR_BYTES = 40;
const ENABLED_GROUP = 7;

/** A SID: revision 1, how many parts, the authority in six bytes, then the parts. */
function sid(authority: number, ...parts: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(SID_HEAD + parts.length * 4);
  const view = new DataView(bytes.buffer);
  bytes.set([1, parts.length, 0, 0, 0, 0, 0, authority]);
  parts.forEach((part, n) => {
    view.setUint32(SID_HEAD + n * 4, part, true);
  });
  return bytes;
}

const USER = sid(NT_AUTHORITY, 21, 1, 2, 3, 1000);
const GROUP = sid(NT_AUTHORITY, 21, 1, 2, 3, 513);
const EVERYONE = sid(1, 0);
const USERS = sid(NT_AUTHORITY, 32, 545);
const MEDIUM_INTEGRITY = sid(16, 8192);
const GROUPS = [GROUP, EVERYONE, USERS];

/** What is told of a token: a structure in which numbers stand, and SIDs behind it. */
interface Information {
  readonly bytes: number;
  /** Where a pointer to a SID stands, and the SID. */
  readonly sids: readonly (readonly [offset: number, sid: Uint8Array])[];
  readonly numbers: readonly (readonly [offset: number, value: number])[];
}

/** By TOKEN_INFORMATION_CLASS. */
const INFORMATION: Readonly<Record<number, Information>> = {
  1: { bytes: 16, sids: [[0, USER]], numbers: [] },
  2: {
    bytes: 8 + GROUPS.length * 16,
    sids: GROUPS.map((group, n) => [8 + n * 16, group]),
    numbers: [[0, GROUPS.length], ...GROUPS.map((_, n) => [16 + n * 16, ENABLED_GROUP] as const)],
  },
  4: { bytes: 8, sids: [[0, USER]], numbers: [] },
  5: { bytes: 8, sids: [[0, GROUP]], numbers: [] },
  8: { bytes: 4, sids: [], numbers: [[0, 1]] },
  12: { bytes: 4, sids: [], numbers: [[0, 1]] },
  18: { bytes: 4, sids: [], numbers: [[0, 1]] },
  20: { bytes: 4, sids: [], numbers: [[0, 0]] },
  25: { bytes: 16, sids: [[0, MEDIUM_INTEGRITY]], numbers: [[8, 0x60]] },
};

function isToken(c: Call): boolean {
  return c.process.handles.get(c.word(0)) instanceof TokenObject;
}

function tokenInformation(c: Call): number {
  if (!isToken(c)) return c.fail(ERROR_INVALID_HANDLE);
  const kind = INFORMATION[c.i32(1)];
  if (kind === undefined) return c.fail(ERROR_INVALID_PARAMETER);
  const needed = kind.sids.reduce((all, [, one]) => all + one.length, kind.bytes);
  c.memory.setU32(c.word(4), needed);
  if (c.u32(3) < needed) return c.fail(ERROR_INSUFFICIENT_BUFFER);
  const at = c.word(2);
  c.memory.fill(at, 0, kind.bytes);
  for (const [offset, value] of kind.numbers) c.memory.setU32(at + offset, value);
  let behind = at + kind.bytes;
  for (const [offset, one] of kind.sids) {
    c.memory.setU64(at + offset, behind);
    c.memory.write(behind, one);
    behind += one.length;
  }
  return 1;
}

function openToken(c: Call, to: number): number {
  c.memory.setU64(to, c.process.handles.open(new TokenObject()));
  return 1;
}

function lengthOf(c: Call, at: number): number {
  return SID_HEAD + c.memory.u8(at + 1) * 4;
}

function sidAt(c: Call, at: number): Uint8Array {
  return c.memory.read(at, lengthOf(c, at));
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, n) => byte === b[n]);
}

function sidText(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // What faulted on its way here is shorter than it says.
  const count = Math.max(0, Math.min(bytes[1] ?? 0, Math.floor((bytes.length - SID_HEAD) / 4)));
  if (bytes.length < SID_HEAD) return '';
  const parts = Array.from({ length: count }, (_, n) => view.getUint32(SID_HEAD + n * 4, true));
  return ['S-1', view.getUint32(4, false), ...parts].join('-');
}

function allocateSid(c: Call): number {
  const authority = c.memory.u8(c.word(0) + 5);
  const parts = Array.from({ length: c.u32(1) & 0xff }, (_, n) => c.u32(2 + n));
  const bytes = sid(authority, ...parts);
  const at = c.process.heaps.allocate(bytes.length);
  c.memory.write(at, bytes);
  c.memory.setU64(c.word(10), at);
  return 1;
}

/** Descriptors are the program's own memory: they are written, and nothing looks at them. */
function setPointer(offset: number): (c: Call) => number {
  return (c) => {
    c.memory.setU64(c.word(0) + offset, c.word(1));
    return 1;
  };
}

const SIDS: FunctionRows = {
  'EqualSid(a: pointer, b: pointer): bool': (c) =>
    Number(isSame(sidAt(c, c.word(0)), sidAt(c, c.word(1)))),
  'IsValidSid(sid: pointer): bool': (c) => Number(c.memory.u8(c.word(0)) === 1),
  'GetLengthSid(sid: pointer): u32': (c) => lengthOf(c, c.word(0)),
  'GetSidLengthRequired(count: u32): u32': (c) => SID_HEAD + (c.u32(0) & 0xff) * 4,
  'GetSidSubAuthority(sid: pointer, index: u32): pointer': (c) =>
    c.word(0) + SID_HEAD + c.u32(1) * 4,
  'GetSidSubAuthorityCount(sid: pointer): pointer': (c) => c.word(0) + 1,
  'GetSidIdentifierAuthority(sid: pointer): pointer': (c) => c.word(0) + 2,
  'CopySid(size: u32, to: pointer, from: pointer): bool': (c) => {
    const bytes = sidAt(c, c.word(2));
    if (c.u32(0) < bytes.length) return c.fail(ERROR_INSUFFICIENT_BUFFER);
    c.memory.write(c.word(1), bytes);
    return 1;
  },
  'AllocateAndInitializeSid(authority: pointer, count: u32, a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32, h: u32, to: pointer): bool':
    allocateSid,
  'FreeSid(sid: pointer): pointer': (c) => {
    c.process.heaps.free(c.word(0));
    return 0;
  },
  'ConvertSidToStringSidA(sid: pointer, to: pointer): bool': (c) => {
    const text = sidText(sidAt(c, c.word(0)));
    const at = c.process.heaps.allocate(text.length + 1);
    c.memory.setText(at, text);
    c.memory.setU64(c.word(1), at);
    return 1;
  },
  'ConvertSidToStringSidW(sid: pointer, to: pointer): bool': (c) => {
    const text = sidText(sidAt(c, c.word(0)));
    const at = c.process.heaps.allocate((text.length + 1) * 2);
    c.memory.setWideText(at, text);
    c.memory.setU64(c.word(1), at);
    return 1;
  },
};

const noName = (c: Call): number => c.fail(ERROR_NONE_MAPPED);

export const SECURITY_FUNCTIONS: readonly SystemFunction[] = systemFunctions('advapi', {
  ...SIDS,
  'OpenProcessToken(process: handle, access: u32, to: pointer): bool': (c) =>
    openToken(c, c.word(2)),
  'OpenThreadToken(thread: handle, access: u32, self: bool, to: pointer): bool': (c) =>
    c.fail(ERROR_NO_TOKEN),
  'DuplicateToken(token: handle, level: i32, to: pointer): bool': (c) =>
    isToken(c) ? openToken(c, c.word(2)) : c.fail(ERROR_INVALID_HANDLE),
  'GetTokenInformation(token: handle, class: i32, to: pointer, size: u32, needed: pointer): bool':
    tokenInformation,
  'CheckTokenMembership(token: handle, sid: pointer, to: pointer): bool': (c) => {
    const wanted = sidAt(c, c.word(1));
    const isMember = [USER, ...GROUPS].some((one) => isSame(one, wanted));
    c.memory.setU32(c.word(2), isMember ? 1 : 0);
    return 1;
  },
  'LookupAccountSidA(system: text, sid: pointer, name: pointer, nameSize: pointer, domain: pointer, domainSize: pointer, use: pointer): bool':
    noName,
  'LookupAccountSidW(system: wide, sid: pointer, name: pointer, nameSize: pointer, domain: pointer, domainSize: pointer, use: pointer): bool':
    noName,
  'LookupPrivilegeValueA(system: text, name: text, to: pointer): bool': (c) =>
    c.fail(ERROR_NO_SUCH_PRIVILEGE),
  'LookupPrivilegeValueW(system: wide, name: wide, to: pointer): bool': (c) =>
    c.fail(ERROR_NO_SUCH_PRIVILEGE),
  'AdjustTokenPrivileges(token: handle, none: bool, wanted: pointer, size: u32, before: pointer, needed: pointer): bool':
    (c) => {
      if (!isToken(c)) return c.fail(ERROR_INVALID_HANDLE);
      c.lastError = ERROR_NOT_ALL_ASSIGNED;
      return 1;
    },
  'GetSecurityInfo(handle: handle, type: i32, wanted: u32, owner: pointer, group: pointer, dacl: pointer, sacl: pointer, descriptor: pointer): u32':
    () => ERROR_NOT_SUPPORTED,
  'GetNamedSecurityInfoA(name: text, type: i32, wanted: u32, owner: pointer, group: pointer, dacl: pointer, sacl: pointer, descriptor: pointer): u32':
    () => ERROR_NOT_SUPPORTED,
  'GetNamedSecurityInfoW(name: wide, type: i32, wanted: u32, owner: pointer, group: pointer, dacl: pointer, sacl: pointer, descriptor: pointer): u32':
    () => ERROR_NOT_SUPPORTED,
  'GetFileSecurityA(path: text, wanted: u32, to: pointer, size: u32, needed: pointer): bool': (c) =>
    c.fail(ERROR_NOT_SUPPORTED),
  'GetFileSecurityW(path: wide, wanted: u32, to: pointer, size: u32, needed: pointer): bool': (c) =>
    c.fail(ERROR_NOT_SUPPORTED),
  'InitializeSecurityDescriptor(to: pointer, revision: u32): bool': (c) => {
    c.memory.fill(c.word(0), 0, DESCRIPTOR_BYTES);
    c.memory.setU8(c.word(0), 1);
    return 1;
  },
  'SetSecurityDescriptorDacl(descriptor: pointer, present: bool, dacl: pointer, default: bool): bool':
    (c) => {
      c.memory.setU64(c.word(0) + 32, c.word(2));
      return 1;
    },
  'SetSecurityDescriptorOwner(descriptor: pointer, owner: pointer, default: bool): bool':
    setPointer(8),
  'SetSecurityDescriptorGroup(descriptor: pointer, group: pointer, default: bool): bool':
    setPointer(16),
});
