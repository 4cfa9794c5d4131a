/**
 * Compares what packages/cpu says that the integer instructions of MMX and SSE compute with the
 * real processor, one instruction at a time and without the engine.
 *
 *   node tools/oracle/x86-packed.mjs [--cases N] [--seed S] [--only MNEMONIC,…] [--case N] [--record]
 *
 * --record writes what the processor did to x86-truth/packed.txt, for the tests of packages/cpu:
 * mnemonic, immediate, width, destination, source, and the result; of string comparisons the
 * lengths, ECX, XMM0 and the flags.
 */
import { PACKED_CIPHER } from '../../packages/cpu/dist/isa/x86-64/packed-cipher.js';
import { PACKED_INTEGER } from '../../packages/cpu/dist/isa/x86-64/packed-integer.js';
import { StringUnit } from '../../packages/cpu/dist/isa/x86-64/packed-string.js';
import { compareOperations, hexOf, SIGTRAP, STATUS_FLAGS, viewOf } from './x86-operation.mjs';

const RECORD = new URL('./x86-truth/packed.txt', import.meta.url);
const [RAX, RCX, RDX] = [0, 1, 2];
const STRING = /^pcmp[ei]str[im]$/;
const OPERATIONS = { ...PACKED_INTEGER, ...PACKED_CIPHER };

const admits = ({ mnemonic }) => OPERATIONS[mnemonic] !== undefined || STRING.test(mnemonic);

/** Bytes of a vector register in FXSAVE's image; mm registers lie by the place in the stack. */
function registerBytes(fx, { file, register }) {
  if (file === 'xmm') return fx.slice(160 + register * 16, 176 + register * 16);
  const top = (fx[3] >> 3) & 7;
  const at = 32 + ((register - top) & 7) * 16;
  return fx.slice(at, at + 8);
}

function compareString(test, theirs, { to, from, immediate }, isWide) {
  const { mnemonic } = test;
  const signed = (n) => BigInt.asIntN(isWide ? 64 : 32, test.registers[n]);
  const lengths = mnemonic.startsWith('pcmpe') ? [signed(RAX), signed(RDX)] : null;
  const [a, b] = [registerBytes(test.fx, to), registerBytes(test.fx, from)];
  const ours = new StringUnit();
  ours.run(viewOf(a), viewOf(b), immediate, lengths);
  const isIndex = mnemonic.endsWith('i');
  const theirMask = hexOf(registerBytes(theirs.fx, { file: 'xmm', register: 0 }));
  const result = isIndex ? theirs.registers[RCX].toString() : theirMask;
  const mine = isIndex ? String(ours.index) : hexOf(ours.mask);
  const flags = theirs.flags & STATUS_FLAGS;
  return {
    mine: `${mine} ${ours.flags}`,
    expected: `${result} ${flags}`,
    line: [mnemonic, immediate, lengths?.join(' ') ?? '-', hexOf(a), hexOf(b), result, flags],
  };
}

function compareOne(test, theirs, { to, from, immediate }) {
  const width = to.size;
  const a = registerBytes(test.fx, to);
  const b = from === null ? a : registerBytes(test.fx, from);
  const result = hexOf(registerBytes(theirs.fx, to));
  const mine = hexOf(OPERATIONS[test.mnemonic](viewOf(a), viewOf(b), width, immediate));
  const line = [test.mnemonic, immediate, width, hexOf(a), hexOf(b), result];
  return { mine, expected: result, line };
}

function compare(test, theirs, operands, { hasRexW }) {
  if (theirs.signal !== SIGTRAP) return null;
  const [to, from = null] = operands.filter(({ kind }) => kind === 'register');
  const immediate = operands.find(({ kind }) => kind === 'immediate')?.low ?? -1;
  const isString = STRING.test(test.mnemonic);
  return (isString ? compareString : compareOne)(test, theirs, { to, from, immediate }, hasRexW);
}

await compareOperations({ tool: 'x86-packed.mjs', record: RECORD, admits, compare });
