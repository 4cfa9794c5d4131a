/** All system functions, by family and name. */
import { ADDRESS_WAITS } from './calls/address-wait.ts';
import { ATTRIBUTE_FUNCTIONS } from './calls/attribute-functions.ts';
import { CODE_PAGE_FUNCTIONS } from './calls/code-page-functions.ts';
import { CONSOLE_FUNCTIONS } from './calls/console-functions.ts';
import { DEBUG_HELP_FUNCTIONS } from './calls/debug-help-functions.ts';
import { EXCEPTION_FUNCTIONS } from './calls/exception-functions.ts';
import { FILE_FUNCTIONS } from './calls/file-functions.ts';
import { FILE_LOCK_FUNCTIONS } from './calls/file-lock-functions.ts';
import { FOLDER_FUNCTIONS } from './calls/folder-functions.ts';
import { LOCALE_FUNCTIONS } from './calls/locale-functions.ts';
import { MEMORY_INFORMATION_FUNCTIONS } from './calls/memory-information-functions.ts';
import { MESSAGE_FUNCTIONS } from './calls/message-functions.ts';
import { MODULE_LIST_FUNCTIONS } from './calls/module-list-functions.ts';
import { NT_FUNCTIONS } from './calls/nt-functions.ts';
import { PIPE_FUNCTIONS } from './calls/pipe-functions.ts';
import { PLATFORM_FUNCTIONS } from './calls/platform-functions.ts';
import { PROCESS_FUNCTIONS } from './calls/process-functions.ts';
import { RANDOM_FUNCTIONS } from './calls/random-functions.ts';
import { REGISTRY_FUNCTIONS } from './calls/registry-functions.ts';
import { SECURITY_FUNCTIONS } from './calls/security-functions.ts';
import { SOCKET_FUNCTIONS } from './calls/socket-functions.ts';
import { SYNC_FUNCTIONS } from './calls/sync-functions.ts';
import { SYSTEM_INFORMATION_FUNCTIONS } from './calls/system-information-functions.ts';
import { THREAD_FUNCTIONS } from './calls/thread-functions.ts';
import { TIME_FUNCTIONS } from './calls/time-functions.ts';
import { VOLUME_FUNCTIONS } from './calls/volume-functions.ts';
import { FLOAT_FUNCTIONS } from './crt/float-functions.ts';
import { CRT_FOLDER_FUNCTIONS } from './crt/folder-functions.ts';
import { JUMP_FUNCTIONS } from './crt/jump-functions.ts';
import { MEMORY_FUNCTIONS } from './crt/memory-functions.ts';
import { MORE_STREAM_FUNCTIONS } from './crt/more-stream-functions.ts';
import { MORE_TEXT_FUNCTIONS } from './crt/more-text-functions.ts';
import { NUMBER_FUNCTIONS } from './crt/number-functions.ts';
import { PATH_FUNCTIONS } from './crt/path-functions.ts';
import { SAFE_PRINT_FUNCTIONS } from './crt/safe-print-functions.ts';
import { SEARCH_FUNCTIONS } from './crt/search-functions.ts';
import { SORT_FUNCTIONS } from './crt/sort-functions.ts';
import { STARTUP_FUNCTIONS } from './crt/startup-functions.ts';
import { STREAM_FUNCTIONS } from './crt/stream-functions.ts';
import { TEXT_FUNCTIONS } from './crt/text-functions.ts';
import { UNIVERSAL_FUNCTIONS } from './crt/universal-functions.ts';
import type { SystemFunction } from './system-function.ts';

const TABLES: readonly (readonly SystemFunction[])[] = [
  PLATFORM_FUNCTIONS,
  MEMORY_INFORMATION_FUNCTIONS,
  PROCESS_FUNCTIONS,
  THREAD_FUNCTIONS,
  SYNC_FUNCTIONS,
  SECURITY_FUNCTIONS,
  SOCKET_FUNCTIONS,
  ADDRESS_WAITS,
  NT_FUNCTIONS,
  PIPE_FUNCTIONS,
  RANDOM_FUNCTIONS,
  FILE_FUNCTIONS,
  FILE_LOCK_FUNCTIONS,
  ATTRIBUTE_FUNCTIONS,
  FOLDER_FUNCTIONS,
  VOLUME_FUNCTIONS,
  CONSOLE_FUNCTIONS,
  REGISTRY_FUNCTIONS,
  MESSAGE_FUNCTIONS,
  MODULE_LIST_FUNCTIONS,
  LOCALE_FUNCTIONS,
  SYSTEM_INFORMATION_FUNCTIONS,
  PATH_FUNCTIONS,
  CODE_PAGE_FUNCTIONS,
  TIME_FUNCTIONS,
  EXCEPTION_FUNCTIONS,
  DEBUG_HELP_FUNCTIONS,
  STARTUP_FUNCTIONS,
  STREAM_FUNCTIONS,
  MEMORY_FUNCTIONS,
  TEXT_FUNCTIONS,
  NUMBER_FUNCTIONS,
  JUMP_FUNCTIONS,
  CRT_FOLDER_FUNCTIONS,
  FLOAT_FUNCTIONS,
  SAFE_PRINT_FUNCTIONS,
  MORE_TEXT_FUNCTIONS,
  MORE_STREAM_FUNCTIONS,
  UNIVERSAL_FUNCTIONS,
  SEARCH_FUNCTIONS,
  SORT_FUNCTIONS,
];

export const FUNCTION_TABLE: ReadonlyMap<string, SystemFunction> = new Map(
  TABLES.flat().map((row) => [row.key, row]),
);
