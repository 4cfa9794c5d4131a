/** Arguments of System V's calls. */
import { type ArgumentText, type CallView, Fields, isFailed } from './call-view.ts';
import { bytesAt } from './file-text.ts';
import { type FlagTable, flagsText, splitFlags } from './flag-text.ts';
import { IPC_FLAGS, OPERATION_FLAGS, SEGMENT_FLAGS } from './ipc-tables.ts';
import { addressText, hexInt, octalText } from './scalar-text.ts';
import { arrayAt, type StructureFormat, structureAt } from './structure-text.ts';

const MODE = 0o777;
const [IPC_SET, IPC_STAT] = [1, 2] as const;
const TYPE_BYTES = 8;

/** `IPC_PRIVATE`, `0x1234abcd`. */
export const key: ArgumentText = (word) => ((word | 0) === 0 ? 'IPC_PRIVATE' : hexInt(word));

const modeFlags =
  (table: FlagTable): ArgumentText =>
  (word) => {
    const { known, rest } = splitFlags(word & ~MODE, table.names);
    const names = (word & ~MODE) === 0 ? [] : known;
    if (rest !== 0) names.push(hexInt(rest));
    return [...names, octalText(word & MODE)].join('|');
  };

export const makeFlags: ArgumentText = modeFlags(IPC_FLAGS);
export const segmentFlags: ArgumentText = modeFlags(SEGMENT_FLAGS);

const OPERATION: StructureFormat = {
  bytes: 6,
  text: (fields) => {
    const flags = flagsText(fields.u16(4), OPERATION_FLAGS);
    return `{sem_num=${fields.u16(0)}, sem_op=${fields.i16(2)}, sem_flg=${flags}}`;
  },
};

/** An array of struct sembuf; how many there are is the next argument. */
export const operationsIn: ArgumentText = (word, call, at) =>
  arrayAt(word, call.words[at + 1]! >>> 0, call.memory, OPERATION);

/** A struct msgbuf of as many bytes as the next argument says. */
export const messageIn: ArgumentText = (word, call, at) => {
  const type = word === 0 ? null : call.memory.read(word, TYPE_BYTES);
  if (type === null) return addressText(word);
  const text = bytesAt(word + TYPE_BYTES, call.words[at + 1]!, call);
  return `{mtype=${new Fields(type).word(0)}, mtext=${text}}`;
};

/** One that the call has filled: strace shows all that there was room for. */
export const messageOut: ArgumentText = (word, call, at) =>
  isFailed(call) ? addressText(word) : messageIn(word, call, at);

function permissions(fields: Fields, isWhole: boolean): string {
  const parts = [
    `uid=${fields.i32(4)}`,
    `gid=${fields.i32(8)}`,
    `mode=${octalText(fields.u32(20))}`,
  ];
  if (isWhole) {
    parts.push(`key=${fields.i32(0)}`, `cuid=${fields.i32(12)}`, `cgid=${fields.i32(16)}`);
  }
  return `{${parts.join(', ')}}`;
}

/** A field of 32 bits or of 64, by its name and place in the record. */
type Field = readonly [string, number, 'int' | 'long'];

interface RecordShape {
  readonly prefix: string;
  readonly bytes: number;
  readonly fields: readonly Field[];
  /** Fields that IPC_SET sets, beside the permissions. */
  readonly set: readonly Field[];
}

const fieldText = (fields: Fields, [name, at, size]: Field): string =>
  `${name}=${size === 'int' ? fields.i32(at) : fields.word(at)}`;

const SHAPES: Readonly<Record<string, RecordShape>> = {
  semctl: {
    prefix: 'sem',
    bytes: 104,
    fields: [
      ['sem_otime', 48, 'long'],
      ['sem_ctime', 64, 'long'],
      ['sem_nsems', 80, 'long'],
    ],
    set: [],
  },
  msgctl: {
    prefix: 'msg',
    bytes: 120,
    fields: [
      ['msg_stime', 48, 'long'],
      ['msg_rtime', 56, 'long'],
      ['msg_ctime', 64, 'long'],
      ['msg_qnum', 80, 'long'],
      ['msg_qbytes', 88, 'long'],
      ['msg_lspid', 96, 'int'],
      ['msg_lrpid', 100, 'int'],
    ],
    set: [['msg_qbytes', 88, 'long']],
  },
  shmctl: {
    prefix: 'shm',
    bytes: 112,
    fields: [
      ['shm_segsz', 48, 'long'],
      ['shm_cpid', 80, 'int'],
      ['shm_lpid', 84, 'int'],
      ['shm_nattch', 88, 'long'],
      ['shm_atime', 56, 'long'],
      ['shm_dtime', 64, 'long'],
      ['shm_ctime', 72, 'long'],
    ],
    set: [],
  },
};

/** The command of semctl, msgctl or shmctl. */
const commandOf = ({ name, words }: CallView): number => words[name === 'semctl' ? 2 : 1]! | 0;

export const isControlOutput = (call: CallView): boolean => commandOf(call) === IPC_STAT;

/** What follows the command: a record of IPC_STAT or IPC_SET, else a number as an address. */
export const controlArgument: ArgumentText = (word, call) => {
  const command = commandOf(call);
  const shape = SHAPES[call.name];
  const isRecord = command === IPC_SET || (command === IPC_STAT && !isFailed(call));
  if (shape === undefined || !isRecord) return addressText(word);
  const isWhole = command === IPC_STAT;
  const text = (fields: Fields): string => {
    const rest = (isWhole ? shape.fields : shape.set).map((field) => fieldText(fields, field));
    return `{${[`${shape.prefix}_perm=${permissions(fields, isWhole)}`, ...rest].join(', ')}}`;
  };
  return structureAt(word, call.memory, { bytes: shape.bytes, text });
};
