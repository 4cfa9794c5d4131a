/**
 * The terminal that standard streams are when the host has one there: its settings are kept and
 * given back, and the host's own line discipline does the work. Not here: job control.
 *
 * @see ioctl_tty(2); struct termios of include/uapi/asm-generic/termbits.h
 */
import { EFAULT, EINVAL, ENOTTY } from './errno.ts';
import type { IoctlCaller } from './file-description.ts';

const TCGETS = 0x5401;
const TCSETS = 0x5402;
const TCSETSW = 0x5403;
const TCSETSF = 0x5404;
const TCSBRK = 0x5409;
const TCXONC = 0x540a;
const TCFLSH = 0x540b;
const TIOCGPGRP = 0x540f;
const TIOCSPGRP = 0x5410;
const TIOCOUTQ = 0x5411;
const TIOCGWINSZ = 0x5413;
const TIOCSWINSZ = 0x5414;
const TIOCGSID = 0x5429;
const SETTINGS_BYTES = 36;
const WINDOW_BYTES = 8;

/** ICRNL | IXON; OPOST | ONLCR; CS8 | CREAD | B38400; ISIG … IEXTEN. */
const INITIAL_FLAGS = [0x500, 0x5, 0xbf, 0x8a3b] as const;
/** VINTR, VQUIT, VERASE, VKILL, VEOF, VTIME, VMIN and so on, as a new terminal has them. */
const INITIAL_CHARACTERS = [3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0];

export class Terminal {
  private settings: Uint8Array = initialSettings();
  /** Rows, columns and no pixels, 16 bits each. */
  private window: Uint8Array = Uint8Array.of(24, 0, 80, 0, 0, 0, 0, 0);
  /** The group in the foreground; 0 until one is set: the caller's own. */
  private foreground = 0;

  ioctl(request: number, argument: number, caller: IoctlCaller): number {
    const { memory } = caller;
    const put = (bytes: Uint8Array): number => (memory.write(argument, bytes) ? 0 : -EFAULT);
    switch (request >>> 0) {
      case TCGETS:
        return put(this.settings);
      case TCSETS:
      case TCSETSW:
      case TCSETSF: {
        const bytes = memory.read(argument, SETTINGS_BYTES);
        this.settings = bytes ?? this.settings;
        return bytes === null ? -EFAULT : 0;
      }
      case TIOCGWINSZ:
        return put(this.window);
      case TIOCSWINSZ: {
        const bytes = memory.read(argument, WINDOW_BYTES);
        this.window = bytes ?? this.window;
        return bytes === null ? -EFAULT : 0;
      }
      case TIOCGPGRP:
        return memory.storeU32(argument, this.foreground || caller.groupId) ? 0 : -EFAULT;
      case TIOCSPGRP:
        return this.setForeground(memory.i32(argument));
      case TIOCGSID:
        return memory.storeU32(argument, caller.sessionId) ? 0 : -EFAULT;
      case TIOCOUTQ:
        return memory.storeU32(argument, 0) ? 0 : -EFAULT;
      case TCSBRK:
      case TCXONC:
      case TCFLSH:
        return 0;
      default:
        return -ENOTTY;
    }
  }

  private setForeground(group: number | null): number {
    if (group === null) return -EFAULT;
    if (group < 0) return -EINVAL;
    this.foreground = group;
    return 0;
  }
}

function initialSettings(): Uint8Array {
  const bytes = new Uint8Array(SETTINGS_BYTES);
  const view = new DataView(bytes.buffer);
  INITIAL_FLAGS.forEach((flags, index) => {
    view.setUint32(index * 4, flags, true);
  });
  bytes.set(INITIAL_CHARACTERS, 17);
  return bytes;
}
