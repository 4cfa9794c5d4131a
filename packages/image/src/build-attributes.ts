/**
 * The container of build attributes that Arm and RISC-V share: 'A', then one section a vendor
 * (length, name, subsections of scope, length and attributes).
 *
 * @see Addenda to the ABI for the Arm Architecture, 3.2 "Build Attributes"; RISC-V ELF psABI
 */
import { ByteReader } from './byte-reader.ts';
import { ImageError } from './image-error.ts';

const FORMAT_VERSION = 0x41;
const SCOPE_FILE = 1;

/** Attributes by tag: a number, or a text. */
export interface BuildAttributes {
  readonly numbers: ReadonlyMap<number, number>;
  readonly texts: ReadonlyMap<number, string>;
}

/** What an attribute's value is, by its tag: `both` is a number and a text after it. */
export type ValueShape = 'number' | 'text' | 'both';

/** The file-scope attributes of a vendor; of a damaged section what comes before the damage. */
export function readBuildAttributes(
  bytes: Uint8Array,
  vendor: string,
  shapeOf: (tag: number) => ValueShape,
): BuildAttributes {
  const numbers = new Map<number, number>();
  const texts = new Map<number, string>();
  const visit = (reader: ByteReader): void => {
    const tag = reader.uleb();
    const shape = shapeOf(tag);
    if (shape !== 'text') numbers.set(tag, reader.uleb());
    if (shape !== 'number') texts.set(tag, reader.text());
  };
  try {
    visitVendor(bytes, vendor, visit);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
  }
  return { numbers, texts };
}

function visitVendor(bytes: Uint8Array, vendor: string, visit: (reader: ByteReader) => void): void {
  if (bytes[0] !== FORMAT_VERSION) return;
  const reader = new ByteReader(bytes, 'the attributes section', 1);
  while (reader.has(reader.position, 4)) {
    const start = reader.position;
    const end = Math.min(start + reader.next32(), bytes.length);
    if (end <= start + 4) return;
    if (reader.text() === vendor) visitSubsections(bytes.subarray(0, end), reader.position, visit);
    reader.position = end;
  }
}

function visitSubsections(
  bytes: Uint8Array,
  position: number,
  visit: (reader: ByteReader) => void,
): void {
  const reader = new ByteReader(bytes, 'the attributes section', position);
  while (reader.has(reader.position, 5)) {
    const start = reader.position;
    const scope = reader.next8();
    const end = Math.min(start + reader.next32(), bytes.length);
    if (end <= start + 5) return;
    const inner = new ByteReader(bytes.subarray(0, end), 'the attributes section', reader.position);
    while (scope === SCOPE_FILE && !inner.atEnd) visit(inner);
    reader.position = end;
  }
}
