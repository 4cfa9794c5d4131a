/** Flags of the memory calls, as in Microsoft's winnt.h and winbase.h.
 * @table
 */

export const PAGE_NOACCESS = 0x01;
export const PAGE_READONLY = 0x02;
export const PAGE_READWRITE = 0x04;
export const PAGE_WRITECOPY = 0x08;
export const PAGE_EXECUTE = 0x10;
export const PAGE_EXECUTE_READ = 0x20;
export const PAGE_EXECUTE_READWRITE = 0x40;
export const PAGE_EXECUTE_WRITECOPY = 0x80;
export const PAGE_GUARD = 0x100;
export const PAGE_NOCACHE = 0x200;
export const PAGE_WRITECOMBINE = 0x400;

export const MEM_COMMIT = 0x1000;
export const MEM_RESERVE = 0x2000;
export const MEM_DECOMMIT = 0x4000;
export const MEM_RELEASE = 0x8000;
export const MEM_FREE = 0x10000;
export const MEM_PRIVATE = 0x20000;
export const MEM_MAPPED = 0x40000;
export const MEM_RESET = 0x80000;
export const MEM_TOP_DOWN = 0x100000;
export const MEM_WRITE_WATCH = 0x200000;
export const MEM_IMAGE = 0x1000000;

export const SEC_FILE = 0x800000;
export const SEC_IMAGE = 0x1000000;
export const SEC_RESERVE = 0x4000000;
export const SEC_COMMIT = 0x8000000;
export const SEC_NOCACHE = 0x10000000;
export const SEC_WRITECOMBINE = 0x40000000;

export const SECTION_QUERY = 0x1;
export const SECTION_MAP_WRITE = 0x2;
export const SECTION_MAP_READ = 0x4;
export const SECTION_MAP_EXECUTE = 0x8;
export const SECTION_ALL_ACCESS = 0xf001f;

export const FILE_MAP_COPY = 0x1;
export const FILE_MAP_WRITE = 0x2;
export const FILE_MAP_READ = 0x4;
export const FILE_MAP_EXECUTE = 0x20;

export const HEAP_NO_SERIALIZE = 0x1;
export const HEAP_GROWABLE = 0x2;
export const HEAP_GENERATE_EXCEPTIONS = 0x4;
export const HEAP_ZERO_MEMORY = 0x8;
export const HEAP_REALLOC_IN_PLACE_ONLY = 0x10;
export const HEAP_TAIL_CHECKING_ENABLED = 0x20;
export const HEAP_FREE_CHECKING_ENABLED = 0x40;
export const HEAP_CREATE_ENABLE_EXECUTE = 0x40000;

/** Of the process, as in the PEB's NtGlobalFlag: heaps made later check more. */
export const FLG_HEAP_ENABLE_TAIL_CHECK = 0x10;
export const FLG_HEAP_ENABLE_FREE_CHECK = 0x20;

export const GMEM_MOVEABLE = 0x2;
export const GMEM_ZEROINIT = 0x40;
export const GMEM_MODIFY = 0x80;
export const GMEM_DISCARDABLE = 0x100;
export const LMEM_DISCARDABLE = 0xf00;
export const GMEM_DDESHARE = 0x2000;
export const GMEM_DISCARDED = 0x4000;
export const GMEM_INVALID_HANDLE = 0x8000;
