// @table
/** What runtimes need of dbghelp to walk their own stack; it knows no symbols. */
import type { Call } from '../call.ts';
import type { Steps } from '../call-steps.ts';
import { CONTEXT_RIP, contextRegister, contextStack } from '../exception/context-record.ts';
import { stepFrame } from '../exception/frame-walk.ts';
import { functionAt } from '../exception/function-table.ts';
import { ERROR_INVALID_PARAMETER, ERROR_MOD_NOT_FOUND } from '../process/windows-error.ts';
import { type SystemFunction, systemFunctions } from '../system-function.ts';

const MACHINE_AMD64 = 0x8664;
const UNW_FLAG_NHANDLER = 0;
const RBP = 5;
/** STACKFRAME64: three addresses of 16 bytes each, and a word that says that the walk began. */
const FRAME = { pc: 0, frame: 32, stack: 48, began: 128 } as const;
/** ADDRESS64: where its mode is, and the one for plain addresses. */
const MODE = 12;
const MODE_FLAT = 3;
const BELOW = 64;

function setAddress(c: Call, at: number, address: number): void {
  c.memory.setU64(at, address);
  c.memory.setU32(at + MODE, MODE_FLAT);
}

/** The first call tells of the frame that the context has, each other one of its caller's. */
function* walk(c: Call): Steps {
  const [frame, context] = [c.word(3), c.word(4)];
  if (c.u32(0) !== MACHINE_AMD64) return c.fail(ERROR_INVALID_PARAMETER);
  if (c.memory.u32(frame + FRAME.began) === 0) c.memory.setU32(frame + FRAME.began, 1);
  else {
    const parts = { kind: UNW_FLAG_NHANDLER, context, below: c.stackPointer - BELOW };
    if ((yield* stepFrame(c.process, c.thread, parts)) === null) return 0;
  }
  const pc = c.memory.u64(context + CONTEXT_RIP);
  if (pc === 0 || c.process.moduleAt(pc) === null) return 0;
  setAddress(c, frame + FRAME.pc, pc);
  setAddress(c, frame + FRAME.frame, c.memory.u64(contextRegister(context, RBP)));
  setAddress(c, frame + FRAME.stack, c.memory.u64(contextStack(context)));
  return 1;
}

const noModule = (c: Call): number => c.fail(ERROR_MOD_NOT_FOUND);
const WALK =
  'machine: u32, process: handle, thread: handle, frame: pointer, context: pointer, read: pointer, table: pointer, base: pointer, translate: pointer';

export const DEBUG_HELP_FUNCTIONS: readonly SystemFunction[] = systemFunctions('other', {
  [`StackWalk64(${WALK}): bool`]: walk,
  [`StackWalkEx(${WALK}, flags: u32): bool`]: walk,
  'SymFunctionTableAccess64(process: handle, pc: pointer): pointer': function* (c) {
    const entry = yield* functionAt(c.process, c.word(1), c.stackPointer - BELOW);
    return entry?.address ?? noModule(c);
  },
  'SymGetModuleBase64(process: handle, pc: pointer): pointer': (c) =>
    c.process.moduleAt(c.word(1))?.base ?? noModule(c),
  'SymGetOptions(): u32': () => 0,
  'SymSetOptions(options: u32): u32': (c) => c.u32(0),
  'SymInitialize(process: handle, path: text, invade: bool): bool': () => 1,
  'SymInitializeW(process: handle, path: wide, invade: bool): bool': () => 1,
  'SymCleanup(process: handle): bool': () => 1,
  'SymFromAddr(process: handle, address: pointer, distance: pointer, symbol: pointer): bool':
    noModule,
  'SymFromAddrW(process: handle, address: pointer, distance: pointer, symbol: pointer): bool':
    noModule,
  'SymGetLineFromAddr64(process: handle, address: pointer, distance: pointer, line: pointer): bool':
    noModule,
  'SymGetLineFromAddrW64(process: handle, address: pointer, distance: pointer, line: pointer): bool':
    noModule,
});
