/**
 * The floating-point state of a signal's frame: what XSAVE writes for x87 and SSE, with the kernel's
 * words in the bytes that FXSAVE leaves, and behind it all.
 *
 * ```
 *   0 x87 control, status, tags   24 MXCSR   28 MXCSR mask   32 st0…st7   160 xmm0…xmm15
 * 464 magic, extended size, features(8), state size   512 XSTATE_BV(8), zero(56)   576 magic
 * ```
 *
 * @see Intel SDM 1, 10.5.1 and 13.4; arch/x86/kernel/fpu/signal.c of Linux 6.18
 */
import { type Cpu, readX87, resetX87, writeX87 } from '@bareheap/cpu';
import type { GuestMemory } from '../process/guest-memory.ts';

const MXCSR_AT = 24;
const MXCSR_MASK_AT = 28;
const XMM_AT = 160;
const XMM_COUNT = 16;
const XMM_WORDS = 4;
const SOFTWARE_AT = 464;
const LEGACY_BYTES = 512;
const HEADER_BYTES = 64;
/** What XSAVE writes. */
const STATE_BYTES: number = LEGACY_BYTES + HEADER_BYTES;
const MAGIC = 0x46505853;
const END_MAGIC = 0x46505845;
/** With the word that ends it. */
export const FLOAT_IMAGE_BYTES: number = STATE_BYTES + 4;
/** Features, as bits of XCR0. */
const X87 = 1;
const SSE = 2;
/** Bits of MXCSR that there are; others make FXRSTOR fault. */
const MXCSR_MASK = 0xffff;
/** All exceptions masked, rounding to nearest. */
const INITIAL_MXCSR = 0x1f80;

/** The state of an engine as its image. */
export function floatImage(cpu: Cpu): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(FLOAT_IMAGE_BYTES);
  const view = new DataView(bytes.buffer);
  readX87(cpu, view);
  view.setInt32(MXCSR_AT, cpu.read(cpu.registerNumber('mxcsr')), true);
  view.setInt32(MXCSR_MASK_AT, MXCSR_MASK, true);
  eachVectorWord(cpu, (register, word, at) => {
    view.setInt32(at, cpu.readWord(register, word), true);
  });
  view.setInt32(SOFTWARE_AT, MAGIC, true);
  view.setInt32(SOFTWARE_AT + 4, FLOAT_IMAGE_BYTES, true);
  view.setInt32(SOFTWARE_AT + 8, X87 | SSE, true);
  view.setInt32(SOFTWARE_AT + 16, STATE_BYTES, true);
  view.setInt32(LEGACY_BYTES, X87 | SSE, true);
  view.setInt32(STATE_BYTES, END_MAGIC, true);
  return bytes;
}

/** Sets the state from an image in memory; false when it cannot be read or is none. */
export function loadFloatImage(cpu: Cpu, memory: GuestMemory, address: number): boolean {
  const bytes = memory.read(address, LEGACY_BYTES);
  if (bytes === null) return false;
  const view = new DataView(bytes.buffer);
  const features = featuresOf(memory, address, view);
  const mxcsr = view.getInt32(MXCSR_AT, true);
  if (features === null || (mxcsr & ~MXCSR_MASK) !== 0) return false;
  if ((features & X87) === 0) resetX87(cpu);
  else writeX87(cpu, view);
  cpu.write(cpu.registerNumber('mxcsr'), mxcsr);
  const hasVectors = (features & SSE) !== 0;
  eachVectorWord(cpu, (register, word, at) => {
    cpu.writeWord(register, word, hasVectors ? view.getInt32(at, true) : 0);
  });
  return true;
}

/**
 * Which parts an image has, others being as at the start; null when its header is none. Without
 * the kernel's words it is one of FXSAVE's, which has both.
 */
function featuresOf(memory: GuestMemory, address: number, view: DataView): number | null {
  const isMarked =
    view.getInt32(SOFTWARE_AT, true) === MAGIC &&
    view.getInt32(SOFTWARE_AT + 16, true) === STATE_BYTES &&
    view.getInt32(SOFTWARE_AT + 4, true) >= STATE_BYTES &&
    memory.i32(address + STATE_BYTES) === END_MAGIC;
  if (!isMarked) return X87 | SSE;
  const header = memory.read(address + LEGACY_BYTES, HEADER_BYTES);
  if (header === null || header.subarray(1).some((byte) => byte !== 0)) return null;
  const present = header[0]!;
  return (present & ~(X87 | SSE)) === 0 ? present & view.getInt32(SOFTWARE_AT + 8, true) : null;
}

/** The state that programs and handlers start with. */
export function resetFloat(cpu: Cpu): void {
  resetX87(cpu);
  cpu.write(cpu.registerNumber('mxcsr'), INITIAL_MXCSR);
  eachVectorWord(cpu, (register, word) => cpu.writeWord(register, word, 0));
}

function eachVectorWord(
  cpu: Cpu,
  visit: (register: number, word: number, at: number) => void,
): void {
  const first = cpu.registerNumber('xmm0');
  for (let n = 0; n < XMM_COUNT; n++) {
    for (let word = 0; word < XMM_WORDS; word++) {
      visit(first + n, word, XMM_AT + 4 * (XMM_WORDS * n + word));
    }
  }
}
