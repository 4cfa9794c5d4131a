/** DISPATCHER_CONTEXT: what a language's handler is told of the frame that it is asked about. */
import type { ProcessMemory } from '../process/process-memory.ts';
import type { RuntimeFunction } from './runtime-function.ts';
import type { UnwoundFrame } from './virtual-unwind.ts';

export const DISPATCHER_BYTES = 0x60;
export const DISPATCHER = {
  controlPc: 0,
  imageBase: 8,
  functionEntry: 0x10,
  establisher: 0x18,
  targetIp: 0x20,
  context: 0x28,
  handler: 0x30,
  handlerData: 0x38,
  historyTable: 0x40,
  scopeIndex: 0x48,
} as const;

export function writeDispatcher(
  memory: ProcessMemory,
  at: number,
  parts: {
    readonly pc: number;
    readonly entry: RuntimeFunction;
    readonly frame: UnwoundFrame;
    readonly targetIp: number;
    readonly context: number;
    /** Where a handler that was interrupted goes on; 0 for one that begins. */
    readonly scopeIndex: number;
  },
): void {
  const { pc, entry, frame, targetIp, context, scopeIndex } = parts;
  memory.setU64(at + DISPATCHER.controlPc, pc);
  memory.setU64(at + DISPATCHER.imageBase, entry.imageBase);
  memory.setU64(at + DISPATCHER.functionEntry, entry.address);
  memory.setU64(at + DISPATCHER.establisher, frame.establisher);
  memory.setU64(at + DISPATCHER.targetIp, targetIp);
  memory.setU64(at + DISPATCHER.context, context);
  memory.setU64(at + DISPATCHER.handler, frame.handler);
  memory.setU64(at + DISPATCHER.handlerData, frame.handlerData);
  memory.setU64(at + DISPATCHER.historyTable, 0);
  memory.setU64(at + DISPATCHER.scopeIndex, scopeIndex);
}
