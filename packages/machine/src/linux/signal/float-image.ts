/**
 * The floating-point state as FXSAVE writes it: 512 bytes, of which the last 48 are the kernel's
 * for signal frames. The processor that CPUID describes has no XSAVE, so this is all there is.
 *
 * ```
 *   0 x87 control, status, tags   24 MXCSR   28 MXCSR mask   32 st0…st7   160 xmm0…xmm15
 * 464 magic, extended size, features(8), state size
 * ```
 *
 * @see Intel SDM 1, 10.5.1; arch/x86/kernel/fpu/signal.c: save_sw_bytes
 */
import { type Cpu, readX87, resetX87, writeX87 } from '@bareheap/cpu';

export const FLOAT_IMAGE_BYTES = 512;

const MXCSR_AT = 24;
const MXCSR_MASK_AT = 28;
const XMM_AT = 160;
const XMM_COUNT = 16;
const XMM_WORDS = 4;
const SOFTWARE_AT = 464;
const MAGIC = 0x46505853;
/** The state and the second magic word that would follow it. */
const EXTENDED_BYTES = FLOAT_IMAGE_BYTES + 4;
/** x87 and SSE. */
const FEATURES = 3;
/** Bits of MXCSR that there are; others make FXRSTOR fault. */
export const MXCSR_MASK = 0xffff;
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
  view.setInt32(SOFTWARE_AT + 4, EXTENDED_BYTES, true);
  view.setInt32(SOFTWARE_AT + 8, FEATURES, true);
  view.setInt32(SOFTWARE_AT + 16, FLOAT_IMAGE_BYTES, true);
  return bytes;
}

/** Sets the state from an image; false, with nothing changed, when MXCSR has bits that are none. */
export function loadFloatImage(cpu: Cpu, bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mxcsr = view.getInt32(MXCSR_AT, true);
  if ((mxcsr & ~MXCSR_MASK) !== 0) return false;
  writeX87(cpu, view);
  cpu.write(cpu.registerNumber('mxcsr'), mxcsr);
  eachVectorWord(cpu, (register, word, at) => {
    cpu.writeWord(register, word, view.getInt32(at, true));
  });
  return true;
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
