/** The calls that do not come back. */
import { endProcess, endThread } from '../process/process-end.ts';
import { REGISTERS_SET, type SystemCall } from '../system-call.ts';

export const EXIT_CALLS: readonly SystemCall[] = [
  {
    name: 'exit',
    number: 60,
    arguments: ['int'],
    result: 'none',
    call: (thread, words) => {
      endThread(thread, words[0]! & 0xff);
      return REGISTERS_SET;
    },
  },
  {
    name: 'exit_group',
    number: 231,
    arguments: ['int'],
    result: 'none',
    call: (thread, words) => {
      endProcess(thread.process, { kind: 'exit', code: words[0]! & 0xff });
      return REGISTERS_SET;
    },
  },
];
