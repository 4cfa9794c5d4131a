/** The x87 registers as the first 160 bytes of FXSAVE's image (SDM volume 1, 10.5.1), and back. */
import type { Cpu } from '../../cpu.ts';
import {
  X87_CONTROL,
  X87_COUNT,
  X87_EXPONENT,
  X87_SIGNIFICAND,
  X87_STATUS,
  X87_TAGS,
} from './state.ts';
import { INITIAL_CONTROL } from './x87-state.ts';

const CONTROL_AT = 0;
const STATUS_AT = 2;
const TAGS_AT = 4;
const STACK_AT = 32;
const STACK_STEP = 16;
const EXPONENT_AT = 8;

/** Puts the x87 state into an image; the addresses of the last instruction stay as they are. */
export function readX87(cpu: Cpu, image: DataView): void {
  image.setUint16(CONTROL_AT, cpu.read(X87_CONTROL), true);
  image.setUint16(STATUS_AT, cpu.read(X87_STATUS), true);
  image.setUint8(TAGS_AT, cpu.read(X87_TAGS));
  for (let n = 0; n < X87_COUNT; n++) {
    const at = STACK_AT + n * STACK_STEP;
    image.setInt32(at, cpu.readLow(X87_SIGNIFICAND + n), true);
    image.setInt32(at + 4, cpu.readHigh(X87_SIGNIFICAND + n), true);
    image.setUint16(at + EXPONENT_AT, cpu.read(X87_EXPONENT + n), true);
  }
}

/** Sets the x87 state from an image. */
export function writeX87(cpu: Cpu, image: DataView): void {
  cpu.write(X87_CONTROL, image.getUint16(CONTROL_AT, true));
  cpu.write(X87_STATUS, image.getUint16(STATUS_AT, true));
  cpu.write(X87_TAGS, image.getUint8(TAGS_AT));
  for (let n = 0; n < X87_COUNT; n++) {
    const at = STACK_AT + n * STACK_STEP;
    const low = image.getInt32(at, true);
    cpu.writeHalves(X87_SIGNIFICAND + n, low, image.getInt32(at + 4, true));
    cpu.write(X87_EXPONENT + n, image.getUint16(at + EXPONENT_AT, true));
  }
}

/** x87 as FNINIT leaves it and programs find it: an empty stack, all exceptions masked. */
export function resetX87(cpu: Cpu): void {
  cpu.write(X87_CONTROL, INITIAL_CONTROL);
  cpu.write(X87_STATUS, 0);
  cpu.write(X87_TAGS, 0);
}
