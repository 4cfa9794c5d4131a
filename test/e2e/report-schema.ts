/** The shape of `bareheap-run/1`, as data, and a check of a report against it. */

type Shape =
  | 'string'
  | 'number'
  | 'address'
  | 'text or null'
  | 'number or null'
  | readonly Shape[]
  | { readonly [field: string]: Shape };

const STACK: Shape = [
  { pc: 'address', function: 'text or null', file: 'text or null', line: 'number or null' },
];
const MOMENT: Shape = { stack: STACK, instruction: 'number' };
const PHASE: Shape = { allocations: 'number', bytes: 'number' };

/** A field whose name ends with `?` may be absent; `*` stands for any name. */
export const RUN_SHAPE: Shape = {
  schema: 'string',
  program: 'string',
  platform: 'string',
  'machine?': 'string',
  cpu: { isa: 'string', engine: 'string', instructions: 'number' },
  exit: { kind: 'string', code: 'number', 'signal?': 'string' },
  findings: [
    {
      kind: 'string',
      'access?': 'string',
      address: 'address',
      'size?': 'number',
      pc: 'address',
      instruction: 'number',
      stack: STACK,
      'block?': {
        ordinal: 'number',
        address: 'address',
        size: 'number',
        offset: 'number',
        allocatedAt: MOMENT,
        'freedAt?': MOMENT,
      },
      'cause?': { what: 'string', stack: STACK, instruction: 'number' },
      message: 'string',
    },
  ],
  heap: {
    name: 'string',
    allocations: 'number',
    frees: 'number',
    reallocations: 'number',
    failures: 'number',
    bytesTotal: 'number',
    bytesPeak: 'number',
    blocksPeak: 'number',
    bytesLive: 'number',
    blocksLive: 'number',
    residentBytes: 'number',
    overheadBytes: 'number',
    'largestFree?': 'number',
    phases: { loader: PHASE, beforeMain: PHASE, main: PHASE, atExit: PHASE },
    'region?': {
      start: 'address',
      sizeBytes: 'number',
      'source?': 'string',
      'highWaterBytes?': 'number',
      'freeBytes?': 'number',
      'freeBlocks?': 'number',
      'slackBytes?': 'number',
      'stackPeakBytes?': 'number',
      'stackLimitBytes?': 'number',
      'stackGapBytes?': 'number',
    },
    'worst?': [{ function: 'string', ordinal: 'number', cost: 'number', unit: 'string' }],
  },
  mmu: {
    tlb: { hits: 'number', misses: 'number', evictions: 'number', flushes: 'number' },
    faults: 'number',
    pages: 'number',
  },
  syscalls: { '*': 'number' },
};

const FINDING_KINDS =
  'double-free invalid-free use-after-free heap-buffer-overflow heap-buffer-underflow ' +
  'mismatched-free size-mismatch alignment-mismatch leak uninitialised-read access-after-unmap ' +
  'protection-fault null-dereference wild-access bad-request overlap heap-stack-collision ' +
  'out-of-memory heap-corruption';

/** Where `value` is not of `shape`, one line each; none when it fits. */
export function shapeErrors(value: unknown, shape: Shape, where = '$'): string[] {
  if (typeof shape === 'string') return fits(value, shape) ? [] : [`${where} is no ${shape}`];
  if (isList(shape)) {
    if (!Array.isArray(value)) return [`${where} is no list`];
    return value.flatMap((item, index) => shapeErrors(item, shape[0]!, `${where}[${index}]`));
  }
  if (typeof value !== 'object' || value === null) return [`${where} is no object`];
  const record = value as Record<string, unknown>;
  const known = new Map(Object.entries(shape).map(([name, of]) => [name.replace(/\?$/, ''), of]));
  const missing = Object.keys(shape)
    .filter((name) => name !== '*' && !name.endsWith('?') && !(name in record))
    .map((name) => `${where}.${name} is missing`);
  const wrong = Object.entries(record).flatMap(([name, item]) => {
    const of = known.get(name) ?? known.get('*');
    return of === undefined
      ? [`${where}.${name} is not in the schema`]
      : shapeErrors(item, of, `${where}.${name}`);
  });
  return [...missing, ...wrong];
}

/** Kinds of findings that are not in the vocabulary. */
export function unknownKinds(findings: readonly { readonly kind: string }[]): string[] {
  const known = FINDING_KINDS.split(' ');
  return findings.map(({ kind }) => kind).filter((kind) => !known.includes(kind));
}

function isList(shape: Shape): shape is readonly Shape[] {
  return Array.isArray(shape);
}

function fits(value: unknown, shape: string): boolean {
  if (shape === 'address') return typeof value === 'string' && /^0x[0-9a-f]{8,}$/.test(value);
  if (value === null) return shape.endsWith('or null');
  const isText = shape === 'string' || shape === 'text or null';
  return isText ? typeof value === 'string' : Number.isSafeInteger(value);
}
