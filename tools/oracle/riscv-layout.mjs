/**
 * Where a batch of RISC-V cases lies in memory, the same under QEMU and in the engine, so that what
 * each leaves can be compared byte by byte.
 *
 *   0x80000000  HARNESS  the program that runs the cases, one after the other
 *   0x80001000  records  one a case: inputs, which the outcome replaces
 *   then        windows  one a case: data; the stride puts page edges at every place of a window
 *   then        code     pages of slots, each followed by a page of landing pads (C.EBREAK)
 *
 * Every halfword of code that is not a case's is a landing pad, so a case ends by a breakpoint
 * wherever it goes, or by the exception it raises.
 */
export const RAM = 0x80000000;
export const PAGE = 4096;
/** C.EBREAK. */
export const LANDING = 0x9002;

/** Words of a record. On entry: pc, x1 to x31, CSRs; f registers are 64 bits each. */
export const WORD = {
  pc: 0,
  x: 0,
  sscratch: 32,
  scause: 33,
  mcause: 34,
  mtval: 35,
  fcsr: 36,
  f: 40,
};
const RECORD_WORDS = 40;
const RECORD_WORDS_WITH_F = 104;

export const WINDOW_BYTES = 512;
const WINDOW_STRIDE = 544;
/** Windows of cases this far apart have page edges at the same place. */
export const WINDOW_PERIOD = 128;
/** Bytes of a slot; the sequence starts at SLOT_START in it. */
export const SLOT_BYTES = 128;
export const SLOT_START = 48;
const SLOTS_PER_PAGE = PAGE / SLOT_BYTES;

/** QEMU puts the device tree into the last 2 MiB of RAM. */
const DEVICE_TREE_UNIT = 2 << 20;

const up = (value, unit) => Math.ceil(value / unit) * unit;

/** The layout of a batch of `count` cases; addresses are unsigned. */
export function batchLayout(count, floatLength) {
  const recordBytes = (floatLength ? RECORD_WORDS_WITH_F : RECORD_WORDS) * 4;
  const records = RAM + PAGE;
  const windows = up(records + count * recordBytes, PAGE);
  const code = up(windows + count * WINDOW_STRIDE, PAGE);
  const pagePairs = Math.ceil(count / SLOTS_PER_PAGE);
  // One page of landing pads before the first slot.
  const codeBytes = (2 * pagePairs + 1) * PAGE;
  const end = up(code + codeBytes, DEVICE_TREE_UNIT) + DEVICE_TREE_UNIT;
  return {
    count,
    floatLength,
    recordBytes,
    records,
    windows,
    code,
    codeBytes,
    end,
    record: (index) => records + index * recordBytes,
    window: (index) => windows + index * WINDOW_STRIDE,
    slot: (index) =>
      code +
      PAGE +
      Math.floor(index / SLOTS_PER_PAGE) * 2 * PAGE +
      (index % SLOTS_PER_PAGE) * SLOT_BYTES,
  };
}

/** Whether an address is a landing pad whatever the cases are: in one of the pages between. */
export function isFarLanding(layout, address) {
  const offset = address - layout.code;
  return offset >= 0 && offset < layout.codeBytes && Math.floor(offset / PAGE) % 2 === 0;
}
