/** A growable string, UTF-8, that lives in a heap of the caller's choice. */
import { BlockBuffer } from './block-buffer.ts';
import type { PlacedHeap } from './placed-heap.ts';

/** What stands for a lone surrogate, which UTF-8 has no form of. */
const REPLACEMENT = 0xfffd;
/** Bits that the first byte of a form of n + 1 bytes has set, and the largest code point of it. */
const FORMS: readonly { readonly lead: number; readonly largest: number }[] = [
  { lead: 0x00, largest: 0x7f },
  { lead: 0xc0, largest: 0x7ff },
  { lead: 0xe0, largest: 0xffff },
  { lead: 0xf0, largest: 0x10ffff },
];

export class HeapString {
  /** Bytes in it. */
  length = 0;
  private readonly buffer: BlockBuffer;

  constructor(place: PlacedHeap) {
    this.buffer = new BlockBuffer(place, 1);
  }

  /** Appends text; false when the heap has no room, and nothing is changed. */
  append(text: string): boolean {
    let bytes = 0;
    for (const char of text) bytes += formOf(pointOf(char)) + 1;
    if (!this.buffer.reserve(this.length + bytes)) return false;
    for (const char of text) this.put(pointOf(char));
    return true;
  }

  /** A byte. @param index  below `length` */
  byteAt(index: number): number {
    const at = this.buffer.offset + index;
    return (this.buffer.memory.load32(at & ~3) >>> (8 * (at & 3))) & 255;
  }

  equals(other: HeapString): boolean {
    if (this.length !== other.length) return false;
    for (let index = 0; index < this.length; index++) {
      if (this.byteAt(index) !== other.byteAt(index)) return false;
    }
    return true;
  }

  /** Its text, as a string of the host. */
  toString(): string {
    let text = '';
    for (let index = 0; index < this.length; ) {
      const lead = this.byteAt(index++);
      const more = FORMS.findLastIndex((form) => (lead & form.lead) === form.lead);
      let point = more === 0 ? lead : lead & (0x3f >> more);
      for (let count = 0; count < more; count++) {
        point = (point << 6) | (this.byteAt(index++) & 0x3f);
      }
      text += String.fromCodePoint(point);
    }
    return text;
  }

  /** Makes it empty; its room stays. */
  clear(): void {
    this.length = 0;
  }

  /** Gives its block back; it is empty then and can be used again. */
  free(): void {
    this.buffer.free();
    this.length = 0;
  }

  private put(point: number): void {
    const more = formOf(point);
    this.putByte(FORMS[more]!.lead | (point >>> (6 * more)));
    for (let left = more - 1; left >= 0; left--) this.putByte(0x80 | ((point >>> (6 * left)) & 63));
  }

  private putByte(byte: number): void {
    this.buffer.memory.fill(this.buffer.offset + this.length, 1, byte);
    this.length++;
  }
}

/** A character's code point; a lone surrogate's replacement. */
function pointOf(char: string): number {
  const point = char.codePointAt(0)!;
  return point >= 0xd800 && point <= 0xdfff ? REPLACEMENT : point;
}

/** How many bytes follow the first one of a code point. */
function formOf(point: number): number {
  return FORMS.findIndex(({ largest }) => point <= largest);
}
