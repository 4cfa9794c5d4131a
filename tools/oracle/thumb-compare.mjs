/** Compares a result of the engine with QEMU's, and says which cases prove nothing. */
import {
  CODE_BYTES,
  GENERAL,
  GROUND,
  GROUND_END,
  IN,
  IN_WORDS,
  OUT,
  OUT_WORDS,
  POOL,
  POOL_BYTES,
  WINDOW,
  WINDOW_BYTES,
} from './thumb-layout.mjs';

const WINDOW_END = WINDOW + WINDOW_BYTES;
const FRAME_BYTES = 36;
const isNowhere = (address) => address >= 0x60000000 && address < 0x60100000;
const hex = (value) => `0x${(value >>> 0).toString(16)}`;

/**
 * Why a case cannot be compared, or null: it loops, touches memory that is the harness's, leaves
 * sp where no frame fits, or disturbs what the harness stands on.
 */
export function unusable(result) {
  if (result.what === 'budget') return 'budget';
  // What an EXC_RETURN value does in thread mode is the machine's business.
  if (result.what === 'exception-return') return 'wild branch';
  // QEMU 7.2 loses what the instructions just before a trapping division wrote.
  if (result.what === 'divide-by-zero' && result.steps > 0) return 'division trap';
  const sp = result.registers[13] >>> 0;
  if (sp - FRAME_BYTES < WINDOW || sp > WINDOW_END) return 'sp';
  if ((result.masks & 0x20000) === 0 || result.mspWritten || result.masks >>> 24 !== 0)
    return 'masks';
  for (let n = 0; n < result.log.length; n += 3) {
    const [address, size, isStore] = result.log.slice(n, n + 3);
    const low = isStore ? WINDOW : GROUND;
    const high = isStore ? WINDOW_END : GROUND_END;
    if (!(address >= low && address + size <= high) && !isNowhere(address)) return 'wild access';
  }
  const { what, pc } = result;
  // The fetch at an address without memory fails before the missing T bit is noticed.
  if (what === 'invalid-state' && !(pc >= GROUND && pc < GROUND_END)) return 'wild branch';
  // QEMU reports an ARM-state target that is no multiple of 4 as misaligned, cores do not.
  if (what === 'invalid-state' && (pc & 2) !== 0) return 'unaligned ARM state';
  if (what === 'fetch' && !isNowhere(pc)) return 'wild branch';
  if (pc >= POOL && pc < POOL + POOL_BYTES) return 'wild branch';
  if (what !== 'fetch' && pc >= WINDOW && pc < WINDOW_END) return 'wild branch';
  return null;
}

/** The exception that should have ended the case. */
function expectedException(core, ours) {
  if (ours.what === 'budget') return 0;
  // BASEPRI 1 is in the same group as priority 0, that of SVC and the faults.
  const masked = (ours.masks & 1) !== 0 || ((ours.masks >> 8) & 0xff) === 1;
  if (core === 'm0') return ours.what === 'supervisor-call' && !masked ? 11 : 3;
  return masked ? 3 : ours.ipsr;
}

const XPSR_MASK = { m0: 0xf700fc00, m3: 0xff00fc00, m4: 0xff0ffc00 };

/** Lines `what: ours, QEMU's` for everything that differs. */
export function differences(core, ours, bytes) {
  if (bytes === null) return ['QEMU: hangs or locks up'];
  const found = [];
  const word = (index) => bytes.readUInt32LE(index * 4);
  const check = (name, a, b) => {
    if (a >>> 0 !== b >>> 0) found.push(`${name}: ours ${hex(a)}, QEMU ${hex(b)}`);
  };
  if (word(OUT.framed) === 0) return ['QEMU: the stack pointer left RAM'];
  check('exception', expectedException(core, ours), word(OUT.ipsr));
  for (const [n, at] of GENERAL.entries()) check(`r${n}`, ours.registers[n], word(at));
  const sp = word(OUT.psp) + 32 + ((word(OUT.xpsr) >>> 9) & 1) * 4;
  check('sp', ours.registers[13], sp);
  check('lr', ours.registers[14], word(OUT.lr));
  check('pc', ours.pc, word(OUT.pc));
  const it = ours.what === 'invalid-state' ? ~((1 << 24) | 0x0600fc00) : -1;
  check('xpsr', ours.xpsr & it & XPSR_MASK[core], word(OUT.xpsr) & XPSR_MASK[core]);
  // In a handler CONTROL.SPSEL reads as 0.
  check('masks', ours.masks & ~0x20000, word(OUT.masks));
  if (core !== 'm0') {
    check('cfsr', ours.cfsr, word(OUT.cfsr));
    // QEMU splits unaligned accesses into aligned ones, and loads doubles whole.
    if (ours.what === 'data' && ours.address % ours.size === 0) {
      check('bfar', ours.address & -8, word(OUT.bfar) & -8);
    }
  }
  if (ours.floats !== null) {
    for (const [n, value] of ours.floats.entries()) check(`s${n}`, value, word(OUT.s0 + n));
    check('fpscr', ours.fpscr, word(OUT.fpscr));
  }
  compareWindow(
    found,
    ours.window,
    bytes.subarray(OUT_WORDS * 4),
    word(OUT.psp) - WINDOW,
    sp - WINDOW,
  );
  return found;
}

/** The exception frame [from, to) was written by the exception, not by the case. */
function compareWindow(found, ours, theirs, from, to) {
  for (let at = 0; at < WINDOW_BYTES; at++) {
    if (at >= from && at < to) continue;
    if (ours[at] !== theirs[at]) {
      found.push(`[${hex(WINDOW + at)}]: ours ${hex(ours[at])}, QEMU ${hex(theirs[at])}`);
      if (found.length > 40) return;
    }
  }
}

/** The input of a case as text. */
export function describeInput(record) {
  const word = (index) => record.readUInt32LE(index * 4);
  const registers = GENERAL.map((at, n) => `r${n}=${hex(word(at))}`);
  const names = ['sp', 'lr', 'pc', 'xpsr', 'ccr'].map((name) => `${name}=${hex(word(IN[name]))}`);
  return [...registers, ...names].join(' ');
}

/** Offset in a record of the window's bytes. */
export const WINDOW_OFFSET = IN_WORDS * 4 + CODE_BYTES + POOL_BYTES;
