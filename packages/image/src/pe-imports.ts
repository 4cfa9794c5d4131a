/** Import tables of a PE file: what it wants of other modules, at once or at the first call. */
import { DIRECTORY_DELAY_IMPORT, DIRECTORY_IMPORT } from './pe-constants.ts';
import type { PeImport, PeImportedModule } from './pe-details.ts';
import type { PeImage } from './pe-image.ts';

/** Where one module's tables lie. */
interface Descriptor {
  readonly name: number;
  /** Names and ordinals; 0 when the slots themselves have them. */
  readonly lookup: number;
  readonly slots: number;
}

interface TableShape {
  readonly directory: number;
  readonly isDelayed: boolean;
  readonly bytes: number;
  readonly what: string;
  read(image: PeImage, at: number): Descriptor;
}

const TABLES: readonly TableShape[] = [
  {
    directory: DIRECTORY_IMPORT,
    isDelayed: false,
    bytes: 20,
    what: 'imports',
    read: (image, at) => ({
      name: image.u32(at + 12, 'imports'),
      lookup: image.u32(at, 'imports'),
      slots: image.u32(at + 16, 'imports'),
    }),
  },
  {
    directory: DIRECTORY_DELAY_IMPORT,
    isDelayed: true,
    bytes: 32,
    what: 'delayed imports',
    read: (image, at) => ({
      name: image.u32(at + 4, 'delayed imports'),
      lookup: image.u32(at + 16, 'delayed imports'),
      slots: image.u32(at + 12, 'delayed imports'),
    }),
  },
];

/** @throws ImageError  `bad-header` for tables that leave the image or do not end */
export function readPeImports(image: PeImage): PeImportedModule[] {
  return TABLES.flatMap((table) => readTable(image, table));
}

function readTable(image: PeImage, table: TableShape): PeImportedModule[] {
  const directory = image.directory(table.directory);
  const modules: PeImportedModule[] = [];
  if (directory === null) return modules;
  for (let at = directory.rva; ; at += table.bytes) {
    const descriptor = table.read(image, at);
    if (descriptor.name === 0 || descriptor.slots === 0) return modules;
    image.countEntry();
    modules.push({
      module: image.text(descriptor.name),
      isDelayed: table.isDelayed,
      imports: readThunks(image, descriptor, table.what),
    });
  }
}

function readThunks(image: PeImage, { lookup, slots }: Descriptor, what: string): PeImport[] {
  const imports: PeImport[] = [];
  const from = lookup === 0 ? slots : lookup;
  for (let offset = 0; ; offset += 8) {
    const low = image.u32(from + offset, what);
    const high = image.u32(from + offset + 4, what);
    if (low === 0 && high === 0) return imports;
    image.countEntry();
    const byOrdinal = high >>> 31 === 1;
    const at = low & 0x7fff_ffff;
    imports.push({
      name: byOrdinal ? null : image.text(at + 2),
      ordinal: byOrdinal ? low & 0xffff : image.u16(at, what),
      slotRva: slots + offset,
    });
  }
}
