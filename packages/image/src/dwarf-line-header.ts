/**
 * Headers of line number programs, versions 2 to 5: what the rows need, and the file table with
 * its names left where they are.
 *
 * @see DWARF 5, section 6.2.4; DWARF 2 to 4, same section
 */
import { type ByteReader, readText } from './byte-reader.ts';
import type { DebugSections } from './debug-sections.ts';
import { FORM_STRING, type FormSizes, formText, nextOffset, readForm } from './dwarf-form.ts';
import { ImageError } from './image-error.ts';

/** A path of the file table or the directory table, not yet decoded. */
interface PathEntry {
  readonly form: number;
  readonly value: number;
  /** Number of its directory. */
  readonly directory: number;
}

export interface LineHeader extends FormSizes {
  readonly minimumLength: number;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  /** Operands of each standard opcode. */
  readonly operandCounts: readonly number[];
  /** Index 0 is the directory of compilation in all versions; missing before version 5. */
  readonly directories: readonly (PathEntry | null)[];
  readonly files: readonly PathEntry[];
  /** Number of the first file: 1 before version 5. */
  readonly firstFile: number;
  /** First byte of the opcodes. */
  readonly programStart: number;
}

const CONTENT_PATH = 1;
const CONTENT_DIRECTORY = 2;
/** No bytes of their own in the table: a hostile count of them would never end. */
const FORM_FLAG_PRESENT = 0x19;
const NO_PATH: PathEntry = { form: FORM_STRING, value: -1, directory: 0 };
const PATH_LIMIT = 32_768;

/**
 * Reads a header; the reader stands behind the unit's length and ends with the unit.
 *
 * @throws ImageError  for a version or form that is not known, and past the end
 */
export function readLineHeader(
  reader: ByteReader,
  wide: boolean,
  pointerBytes: number,
): LineHeader {
  const version = reader.next16();
  if (version < 2 || version > 5) {
    throw new ImageError('bad-header', `.debug_line: version ${version} is not known`);
  }
  const addressBytes = version >= 5 ? reader.next8() : pointerBytes;
  if (version >= 5) reader.skip(1);
  const headerLength = nextOffset(reader, wide);
  const programStart = reader.position + headerLength;
  const minimumLength = reader.next8();
  // Operations per instruction matter to VLIW machines alone; is_stmt to debuggers.
  reader.skip(version >= 4 ? 2 : 1);
  const lineBase = (reader.next8() << 24) >> 24;
  const lineRange = reader.next8();
  const opcodeBase = reader.next8();
  if (lineRange === 0) throw new ImageError('bad-header', '.debug_line: a line range of 0');
  const operandCounts = [0];
  for (let opcode = 1; opcode < opcodeBase; opcode++) operandCounts.push(reader.next8());
  const sizes = { version, wide, addressBytes };
  const tables = version >= 5 ? readTables5(reader, sizes) : readTables2(reader);
  return {
    ...sizes,
    ...tables,
    minimumLength,
    lineBase,
    lineRange,
    opcodeBase,
    operandCounts,
    firstFile: version >= 5 ? 0 : 1,
    programStart,
  };
}

interface Tables {
  readonly directories: (PathEntry | null)[];
  readonly files: PathEntry[];
}

function readTables5(reader: ByteReader, sizes: FormSizes): Tables {
  const directories = readEntries5(reader, sizes);
  return { directories, files: readEntries5(reader, sizes) };
}

function readEntries5(reader: ByteReader, sizes: FormSizes): PathEntry[] {
  const formats: (readonly [content: number, form: number])[] = [];
  for (let count = reader.next8(); count > 0; count--) {
    const format = [reader.uleb(), reader.uleb()] as const;
    if (format[1] !== FORM_FLAG_PRESENT) formats.push(format);
  }
  const count = reader.uleb();
  const entries: PathEntry[] = [];
  for (let index = 0; index < count && formats.length > 0; index++) {
    let { form, value, directory } = NO_PATH;
    for (const [content, entryForm] of formats) {
      const entryValue = readForm(reader, entryForm, sizes);
      if (content === CONTENT_PATH) [form, value] = [entryForm, entryValue];
      else if (content === CONTENT_DIRECTORY) directory = entryValue;
    }
    entries.push({ form, value, directory });
  }
  return entries;
}

function readTables2(reader: ByteReader): Tables {
  const directories: (PathEntry | null)[] = [null];
  const files: PathEntry[] = [];
  const next = (): number => {
    const start = reader.position;
    reader.skipText();
    return start;
  };
  while (reader.u8(reader.position) !== 0) {
    directories.push({ form: FORM_STRING, value: next(), directory: 0 });
  }
  reader.skip(1);
  while (reader.u8(reader.position) !== 0) {
    const value = next();
    const directory = reader.uleb();
    reader.uleb();
    reader.uleb();
    files.push({ form: FORM_STRING, value, directory });
  }
  return { directories, files };
}

/**
 * The path of a file by its number, or null. A relative one starts at its directory, and that at
 * the directory of compilation.
 *
 * @param bytes                 those that the header was read from
 * @param compilationDirectory  from the compile unit; used before version 5
 */
export function linePath(
  bytes: Uint8Array,
  header: LineHeader,
  number: number,
  sections: DebugSections,
  compilationDirectory: string | null,
): string | null {
  const text = ({ form, value }: PathEntry): string =>
    (form === FORM_STRING
      ? readText(bytes, value, PATH_LIMIT)
      : formText(bytes, form, value, sections, { wide: header.wide, bases: NO_BASES })) ?? '';
  const entry = header.files[number - header.firstFile];
  if (entry === undefined) return null;
  const directory = header.directories[entry.directory];
  const root = header.directories[0];
  const base = root === null || root === undefined ? (compilationDirectory ?? '') : text(root);
  const inside = directory && entry.directory > 0 ? text(directory) : '';
  return joinPath(joinPath(base, inside), text(entry));
}

const NO_BASES = { stringOffsets: 0, addresses: 0 };

/** Joins a path to the directory it is relative to. Windows paths with a drive are absolute. */
function joinPath(directory: string, path: string): string {
  if (directory === '' || /^(\/|[A-Za-z]:[\\/])/.test(path)) return path;
  if (path === '') return directory;
  return directory.endsWith('/') ? directory + path : `${directory}/${path}`;
}
