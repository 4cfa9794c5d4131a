/**
 * A process's memory as system functions touch it, the way the program would: a fault leaves
 * `mmu.faulted` set, which becomes an exception of the program when the function ends. Numbers are
 * little-endian; of 64-bit ones what a double holds exactly.
 */
import { type Mmu, PAGE_BYTES, Supervisor } from '@bareheap/mmu';

const HIGH = 2 ** 32;
/**
 * Longest text that is taken over as one, in characters: V8's own strings have less than 2^29. What
 * goes beyond is cut in a text that ends with a zero, and refused where its length is told.
 */
export const TEXT_LIMIT: number = 1 << 28;

export class ProcessMemory {
  readonly mmu: Mmu;
  private readonly supervisor: Supervisor;
  private readonly scratch = new DataView(new ArrayBuffer(8));

  constructor(mmu: Mmu) {
    this.mmu = mmu;
    this.supervisor = new Supervisor(mmu);
  }

  u8(address: number): number {
    return this.supervisor.load(address, 1);
  }

  u16(address: number): number {
    return this.supervisor.load(address, 2);
  }

  u32(address: number): number {
    return this.supervisor.load(address, 4) >>> 0;
  }

  i32(address: number): number {
    return this.supervisor.load(address, 4) | 0;
  }

  /** An unsigned 64-bit number. */
  u64(address: number): number {
    const low = this.supervisor.load(address, 8) >>> 0;
    return (this.mmu.high >>> 0) * HIGH + low;
  }

  /** All 64 bits, signed. */
  big(address: number): bigint {
    const low = this.supervisor.load(address, 8) >>> 0;
    return (BigInt(this.mmu.high | 0) << 32n) | BigInt(low);
  }

  f64(address: number): number {
    const low = this.supervisor.load(address, 8);
    this.scratch.setUint32(0, low, true);
    this.scratch.setUint32(4, this.mmu.high, true);
    return this.scratch.getFloat64(0, true);
  }

  setU8(address: number, value: number): void {
    this.supervisor.store(address, 1, value);
  }

  setU16(address: number, value: number): void {
    this.supervisor.store(address, 2, value);
  }

  setU32(address: number, value: number): void {
    this.supervisor.store(address, 4, value | 0);
  }

  /** Negative numbers are sign-extended. */
  setU64(address: number, value: number): void {
    this.supervisor.store(address, 8, value | 0, Math.floor(value / HIGH) | 0);
  }

  setBig(address: number, value: bigint): void {
    const bits = BigInt.asUintN(64, value);
    this.setHalves(address, Number(bits & 0xffffffffn) | 0, Number(bits >> 32n) | 0);
  }

  setHalves(address: number, low: number, high: number): void {
    this.supervisor.store(address, 8, low, high);
  }

  setF64(address: number, value: number): void {
    this.scratch.setFloat64(0, value, true);
    this.setHalves(address, this.scratch.getInt32(0, true), this.scratch.getInt32(4, true));
  }

  /** Bytes of a range; shorter after a fault. */
  read(address: number, length: number): Uint8Array<ArrayBuffer> {
    return this.supervisor.copyOut(address, length);
  }

  write(address: number, bytes: Uint8Array): void {
    this.supervisor.copyIn(address, bytes);
  }

  fill(address: number, byte: number, length: number): void {
    const PIECE = 65_536;
    const bytes = new Uint8Array(Math.min(length, PIECE)).fill(byte);
    for (let done = 0; done < length && !this.mmu.faulted; done += PIECE) {
      this.write(address + done, bytes.subarray(0, Math.min(PIECE, length - done)));
    }
  }

  /** Writes whatever the protection is: for the loader. False when memory is not there. */
  poke(address: number, bytes: Uint8Array): boolean {
    return this.supervisor.poke(address, bytes);
  }

  /** The bytes of a C string, without its end. */
  cString(address: number, limit: number = TEXT_LIMIT): Uint8Array<ArrayBuffer> {
    return this.supervisor.cString(address, Math.min(limit, TEXT_LIMIT));
  }

  /** A string of the ANSI code page, which is Latin-1 here. */
  text(address: number, limit: number = TEXT_LIMIT): string {
    return latin1(this.cString(address, limit));
  }

  /** A UTF-16 string. */
  wideText(address: number, limit: number = TEXT_LIMIT): string {
    const most = Math.min(limit, TEXT_LIMIT);
    let text = '';
    for (let at = address; text.length < most && !this.mmu.faulted; ) {
      // What is left of the page, or the one unit that lies on two.
      const left = Math.max(2, (PAGE_BYTES - (at % PAGE_BYTES)) & ~1);
      const piece = this.read(at, Math.min(left, 2 * (most - text.length)));
      const end = endOfWide(piece);
      text += utf16(piece.subarray(0, end));
      if (end < piece.length) break;
      at += piece.length;
    }
    return text;
  }

  setText(address: number, text: string): void {
    this.write(address, latin1Bytes(`${text}\0`));
  }

  setWideText(address: number, text: string): void {
    this.write(address, wideBytes(`${text}\0`));
  }
}

/** From so many bytes on, making a text of many at once is quicker than one by one. */
const SHORT = 24;
const PIECE = 8192;

/** Text of bytes, one character each. */
export function latin1(bytes: Uint8Array): string {
  if (bytes.length >= SHORT) return ofCodes(bytes);
  let text = '';
  for (let at = 0; at < bytes.length; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

/** Where the first unit of UTF-16 is that is zero; the length when there is none. */
function endOfWide(bytes: Uint8Array): number {
  for (let at = 0; at + 2 <= bytes.length; at += 2) {
    if (bytes[at] === 0 && bytes[at + 1] === 0) return at;
  }
  return bytes.length;
}

/** Text of UTF-16, whatever its units are; half of one at the end does not count. */
export function utf16(bytes: Uint8Array): string {
  const units = new Uint16Array(bytes.length >> 1);
  for (let n = 0; n < units.length; n++) units[n] = bytes[2 * n]! | (bytes[2 * n + 1]! << 8);
  return ofCodes(units);
}

function ofCodes(codes: Uint8Array | Uint16Array): string {
  let text = '';
  for (let at = 0; at < codes.length; at += PIECE) {
    // Spreading would go through an iterator, one by one.
    text += Reflect.apply(String.fromCharCode, null, codes.subarray(at, at + PIECE));
  }
  return text;
}

/** The bytes of a text in Latin-1; `?` for what it does not have. */
export function latin1Bytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let n = 0; n < text.length; n++) {
    const code = text.charCodeAt(n);
    bytes[n] = code < 256 ? code : 0x3f;
  }
  return bytes;
}

export function wideBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let n = 0; n < text.length; n++) view.setUint16(n * 2, text.charCodeAt(n), true);
  return bytes;
}

/** The bytes of a text in either width: UTF-16, or the ANSI code page. */
export function textBytes(text: string, isWide: boolean): Uint8Array<ArrayBuffer> {
  return isWide ? wideBytes(text) : latin1Bytes(text);
}
