/** Two outcomes of one case side by side, leaving out what the manual calls undefined. */
import { FX_STATE_BYTES } from './x86-layout.mjs';

const NAMES = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi'];
const ZF = 0x40;
/** A case that ran to its end stops at the INT3 behind it. */
const SIGTRAP = 5;
/** CF PF AF ZF SF DF OF; what else RFLAGS has is the processor's and the kernel's. */
const FLAGS = 0xcd5;
/** FXSAVE: last opcode and addresses, which processors keep differently; MXCSR's mask. */
const FX_LEFT_OUT = [
  [5, 24],
  [28, 32],
];
/** Bytes of FXSAVE's image above ten in each x87 register are nothing. */
const isPadding = (at) => at >= 32 && at < 160 && at % 16 >= 10;

export const registerName = (n) => NAMES[n] ?? `r${n}`;
const hex = (value) => `0x${value.toString(16)}`;

/** Bits of the x87 status word that count, low byte and high byte. */
function statusMask(conditions) {
  return [0xff, 0xff & ~(conditions >> 8)];
}

function fxDifferences(a, b, conditions) {
  const found = [];
  const mask = statusMask(conditions);
  for (let at = 0; at < FX_STATE_BYTES; at++) {
    if (FX_LEFT_OUT.some(([from, to]) => at >= from && at < to) || isPadding(at)) continue;
    const bits = at === 2 || at === 3 ? mask[at - 2] : 0xff;
    if (((a.fx[at] ^ b.fx[at]) & bits) !== 0) found.push(at & ~15);
  }
  return [...new Set(found)];
}

const fxText = (outcome, at) => Buffer.from(outcome.fx.subarray(at, at + 16)).toString('hex');

function fxName(at) {
  if (at < 32) return 'x87 and SSE control';
  return at < 160 ? `st(${(at - 32) / 16})` : `xmm${(at - 160) / 16}`;
}

function changesText({ changeCount, changes }) {
  const words = changes.map(({ address, value }) => `${hex(address)}=${hex(value)}`);
  return `${changeCount} words: ${words.join(' ')}`;
}

const GENERAL_PROTECTION = 13;
const PAGE_FAULT = 14;
const UPPER_HALF = 0xffff800000000000n;

/**
 * An AMD EPYC looks at the offset, too, before it adds the base of FS or GS: one that is not
 * canonical raises #GP though the sum is an address, of the kernel's half. The sum alone counts in
 * the manuals.
 */
function isOffsetOfSegment(test, a, b) {
  const hasSegment = [...test.code].some((byte) => byte === 0x64 || byte === 0x65);
  const isFault = a.trap === GENERAL_PROTECTION && b.trap === PAGE_FAULT;
  return hasSegment && isFault && b.address >= UPPER_HALF;
}

const ERROR_FETCH = 0x10;
const ERROR_WRITE = 2;

function accessOf({ error }) {
  if ((error & ERROR_FETCH) !== 0) return 'fetch';
  return (error & ERROR_WRITE) !== 0 ? 'write' : 'read';
}

/** The differences as lines `what: a, b`; none when the outcomes are equal. */
export function differences(test, a, b) {
  if (test.undefinedResult || isOffsetOfSegment(test, a, b)) return [];
  const lines = [];
  const add = (name, x, y) => {
    if (x !== y) lines.push(`${name}: ${x}, ${y}`);
  };
  // Emulators of programs do not tell the number of the exception.
  const tells = a.trap < 32 && b.trap < 32;
  const fault = ({ signal, code, address, trap }) =>
    `signal ${signal} code ${code} address ${hex(address)}${tells ? ` trap ${trap}` : ''}`;
  add('stop', fault(a), fault(b));
  if (a.trap === PAGE_FAULT && b.trap === PAGE_FAULT) add('access', accessOf(a), accessOf(b));
  add('ip', hex(a.ip), hex(b.ip));
  const isZero = (a.flags & ZF) !== 0;
  for (let n = 0; n < 16; n++) {
    const isUndefined = test.undefinedWhenZero && isZero && n === test.destination;
    if (!isUndefined) add(registerName(n), hex(a.registers[n]), hex(b.registers[n]));
  }
  // A fault in the first instruction leaves nothing undefined behind.
  const isUntouched = a.ip === BigInt(test.start);
  const isWhole = a.signal === SIGTRAP;
  const left = isWhole ? test.undefinedFlags : test.undefinedFlagsAlong;
  const mask = isUntouched ? FLAGS : FLAGS & ~left;
  add('flags', hex(a.flags & mask), hex(b.flags & mask));
  for (const at of fxDifferences(a, b, isUntouched ? 0 : test.undefinedConditions)) {
    add(fxName(at), fxText(a, at), fxText(b, at));
  }
  add('memory', changesText(a), changesText(b));
  return lines;
}

/** The case itself, as lines. */
export function describeCase(test) {
  const code = [...test.code].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const registers = test.registers.map((value, n) => `${registerName(n)}=${hex(value)}`);
  const patches = test.patches.map(
    ({ address, bytes }) => `${hex(address)}: ${Buffer.from(bytes).toString('hex')}`,
  );
  return [
    `${code}   ${test.texts.join('; ')}   at ${hex(test.start)}`,
    registers.join(' '),
    `flags=${hex(test.flags)} fs=${hex(test.fsBase)} gs=${hex(test.gsBase)}`,
    ...patches,
  ];
}
