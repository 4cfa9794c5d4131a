/**
 * Build attributes of an Arm object, section `.ARM.attributes`.
 * @see Addenda to the ABI for the Arm Architecture, "Build Attributes"
 */
import { ByteReader } from './byte-reader.ts';

export interface ArmAttributes {
  readonly cpuName: string | null;
  /** Tag_CPU_arch: 10 v7, 11 v6-M, 12 v6S-M, 13 v7E-M, 16 v8-M.base, 17 v8-M.main. */
  readonly cpuArch: number | null;
  /** Tag_CPU_arch_profile as a letter: A, R, M, S. */
  readonly profile: string | null;
  /** Tag_FP_arch; 0 or absent: no floating-point instructions. */
  readonly fpArch: number;
}

const TAG = { cpuName: 5, cpuArch: 6, profile: 7, fpArch: 10, compatibility: 32 } as const;
/** Tags below 32 whose value is a string. */
const TEXT_TAGS: ReadonlySet<number> = new Set([4, TAG.cpuName]);

/** Parses the section; unknown tags are skipped. A malformed section ends the parse early. */
export function parseArmAttributes(bytes: Uint8Array): ArmAttributes {
  const numbers = new Map<number, number>();
  const texts = new Map<number, string>();
  forEachAttribute(bytes, 'aeabi', (reader) => {
    const tag = reader.uleb();
    if (tag === TAG.compatibility) {
      reader.uleb();
      reader.text();
    } else if (TEXT_TAGS.has(tag) || (tag > 32 && tag % 2 === 1)) {
      texts.set(tag, reader.text());
    } else {
      numbers.set(tag, reader.uleb());
    }
  });
  const profile = numbers.get(TAG.profile) ?? 0;
  return {
    cpuName: texts.get(TAG.cpuName) ?? null,
    cpuArch: numbers.get(TAG.cpuArch) ?? null,
    profile: profile === 0 ? null : String.fromCharCode(profile),
    fpArch: numbers.get(TAG.fpArch) ?? 0,
  };
}

/**
 * Visits the file-scope attributes of a vendor: `visit` reads one tag and its value.
 * Format: 'A', then sections (length, vendor, then subsections (tag, length, attributes)).
 */
export function forEachAttribute(
  bytes: Uint8Array,
  vendor: string,
  visit: (reader: ByteReader) => void,
): void {
  if (bytes[0] !== 0x41) return;
  const reader = new ByteReader(bytes, 'the attributes section', 1);
  while (reader.position + 4 < bytes.length) {
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
  while (reader.position + 5 <= bytes.length) {
    const start = reader.position;
    const scope = reader.next8();
    const end = Math.min(start + reader.next32(), bytes.length);
    if (end <= start + 5) return;
    const inner = new ByteReader(bytes.subarray(0, end), 'the attributes section', reader.position);
    while (scope === 1 && !inner.atEnd) visit(inner);
    reader.position = end;
  }
}
