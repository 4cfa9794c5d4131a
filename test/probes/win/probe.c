/*
 * Runs cases of Windows memory and heap calls on the system it stands on and prints what each call
 * gave, one line a statement.
 *
 * The language (also interpreted by packages/platform-win/src/probe/program.ts): one statement a
 * line, `[name =] operation arguments`; `case NAME` begins a case, after which everything the case
 * made is given back. An argument is a sum (`+`, `-`, `|`, from left to right) of numbers (suffixes
 * k, m, g), names of constants and of results. X is the start of 256 MiB of free addresses. Inside
 * them addresses are printed as distances from X, elsewhere as distances from the result they lie
 * closest above, so that placement does not show.
 *
 * A call that fails is printed with GetLastError. Exceptions of an access are printed with code and
 * parameters, by a vectored handler that goes back to before the access.
 */
#define WIN32_LEAN_AND_MEAN
#define _WIN32_WINNT 0x0601
#include <windows.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <winternl.h>

typedef long long word;

#define X_START 0x1000000000ll
#define X_BYTES 0x10000000ll
#define NEAR_BYTES 0x10000000ull
#define MOST_NAMES 128
#define MOST_ARGUMENTS 12
#define UNTOUCHED_ERROR 0xdeadbeef

NTSYSAPI NTSTATUS NTAPI NtAllocateVirtualMemory(HANDLE, void **, ULONG_PTR, SIZE_T *, ULONG, ULONG);
NTSYSAPI NTSTATUS NTAPI NtFreeVirtualMemory(HANDLE, void **, SIZE_T *, ULONG);
NTSYSAPI NTSTATUS NTAPI NtProtectVirtualMemory(HANDLE, void **, SIZE_T *, ULONG, ULONG *);
NTSYSAPI NTSTATUS NTAPI NtQueryVirtualMemory(HANDLE, const void *, int, void *, SIZE_T, SIZE_T *);
NTSYSAPI NTSTATUS NTAPI NtLockVirtualMemory(HANDLE, void **, SIZE_T *, ULONG);
NTSYSAPI NTSTATUS NTAPI NtUnlockVirtualMemory(HANDLE, void **, SIZE_T *, ULONG);
NTSYSAPI NTSTATUS NTAPI NtFlushVirtualMemory(HANDLE, const void **, SIZE_T *, void *);
NTSYSAPI NTSTATUS NTAPI NtGetWriteWatch(HANDLE, ULONG, void *, SIZE_T, void **, ULONG_PTR *, ULONG *);
NTSYSAPI NTSTATUS NTAPI NtResetWriteWatch(HANDLE, void *, SIZE_T);
NTSYSAPI NTSTATUS NTAPI NtCreateSection(HANDLE *, ACCESS_MASK, void *, LARGE_INTEGER *, ULONG, ULONG,
                                        HANDLE);
NTSYSAPI NTSTATUS NTAPI NtMapViewOfSection(HANDLE, HANDLE, void **, ULONG_PTR, SIZE_T,
                                           LARGE_INTEGER *, SIZE_T *, int, ULONG, ULONG);
NTSYSAPI NTSTATUS NTAPI NtUnmapViewOfSection(HANDLE, void *);
NTSYSAPI NTSTATUS NTAPI NtQuerySection(HANDLE, int, void *, SIZE_T, SIZE_T *);

NTSYSAPI SIZE_T NTAPI RtlSizeHeap(HANDLE, ULONG, const void *);
NTSYSAPI BOOLEAN NTAPI RtlValidateHeap(HANDLE, ULONG, const void *);
NTSYSAPI void *NTAPI RtlReAllocateHeap(HANDLE, ULONG, void *, SIZE_T);

#define SELF ((HANDLE)-1)

/* Names and what they stand for. */

static struct { char name[24]; word value; } names[MOST_NAMES];
static int name_count;

#define C(name) { #name, name }
static const struct { const char *name; word value; } constants[] = {
    C(PAGE_NOACCESS), C(PAGE_READONLY), C(PAGE_READWRITE), C(PAGE_WRITECOPY), C(PAGE_EXECUTE),
    C(PAGE_EXECUTE_READ), C(PAGE_EXECUTE_READWRITE), C(PAGE_EXECUTE_WRITECOPY), C(PAGE_GUARD),
    C(PAGE_NOCACHE), C(PAGE_WRITECOMBINE), C(MEM_COMMIT), C(MEM_RESERVE), C(MEM_DECOMMIT),
    C(MEM_RELEASE), C(MEM_FREE), C(MEM_RESET), { "MEM_RESET_UNDO", 0x1000000 }, C(MEM_TOP_DOWN),
    C(MEM_WRITE_WATCH), C(MEM_LARGE_PAGES), C(MEM_PHYSICAL), C(SEC_COMMIT), C(SEC_RESERVE),
    C(SEC_NOCACHE), C(SEC_IMAGE), C(FILE_MAP_COPY), C(FILE_MAP_WRITE), C(FILE_MAP_READ),
    C(FILE_MAP_ALL_ACCESS), C(FILE_MAP_EXECUTE), C(HEAP_NO_SERIALIZE), C(HEAP_GROWABLE),
    C(HEAP_GENERATE_EXCEPTIONS), C(HEAP_ZERO_MEMORY), C(HEAP_REALLOC_IN_PLACE_ONLY),
    C(HEAP_TAIL_CHECKING_ENABLED), C(HEAP_FREE_CHECKING_ENABLED),
    C(HEAP_CREATE_ENABLE_EXECUTE), C(GMEM_FIXED), C(GMEM_MOVEABLE), C(GMEM_ZEROINIT),
    C(GMEM_MODIFY), C(GMEM_DISCARDABLE), C(GMEM_DDESHARE), C(LMEM_FIXED), C(LMEM_MOVEABLE),
    C(LMEM_ZEROINIT), C(LMEM_MODIFY), C(LMEM_DISCARDABLE), C(SECTION_ALL_ACCESS),
    C(SECTION_MAP_READ), C(SECTION_MAP_WRITE), C(GENERIC_READ), C(GENERIC_WRITE), { "X", X_START },
};

static word number(char *text, char **end) {
    word value = (word)strtoull(text, end, 0);
    switch (**end) {
    case 'k': ++*end; return value << 10;
    case 'm': ++*end; return value << 20;
    case 'g': ++*end; return value << 30;
    }
    return value;
}

static word named(const char *text, size_t length) {
    for (int i = name_count - 1; i >= 0; i--)
        if (strlen(names[i].name) == length && !memcmp(names[i].name, text, length))
            return names[i].value;
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (strlen(constants[i].name) == length && !memcmp(constants[i].name, text, length))
            return constants[i].value;
    fprintf(stderr, "no such name: %.*s\n", (int)length, text);
    exit(2);
}

static word sum(char *text) {
    word total = 0;
    char operation = '+';
    if (*text == '-') operation = *text++;
    for (;;) {
        word value;
        if (*text >= '0' && *text <= '9') value = number(text, &text);
        else {
            size_t length = strcspn(text, "+-|");
            value = named(text, length);
            text += length;
        }
        if (operation == '+') total += value;
        else if (operation == '-') total -= value;
        else total |= value;
        if (*text == 0) return total;
        operation = *text++;
    }
}

/* What is printed. */

static void print_address(word value) {
    int best = -1;
    if (value >= X_START && value <= X_START + X_BYTES) {
        printf("X+0x%llx", value - X_START);
        return;
    }
    if (value == 0) {
        printf("0");
        return;
    }
    for (int i = 0; i < name_count; i++) {
        if (names[i].value <= 0xffff || names[i].value > value) continue;
        if ((unsigned long long)(value - names[i].value) >= NEAR_BYTES) continue;
        if (best < 0 || names[i].value >= names[best].value) best = i;
    }
    if (best >= 0) printf("%s+0x%llx", names[best].name, value - names[best].value);
    else printf("?");
}

static void print_error(void) { printf(" error %lu", GetLastError()); }

/* A BOOL and other results whose zero is a failure. */
static word result(word value) {
    printf("%lld", value);
    if (!value) print_error();
    return value;
}

/* The result of a call that places memory: placement is not told outside X. */
static word placed(void *memory) {
    word value = (word)memory;
    if (!value) {
        printf("0");
        print_error();
    } else if (value >= X_START && value < X_START + X_BYTES) print_address(value);
    else printf("placed/0x%x", value & 0xfff ? 1 : value & 0xffff ? 0x1000 : 0x10000);
    return value;
}

static word block(void *memory) {
    word value = (word)memory;
    if (!value) {
        printf("0");
        print_error();
    } else printf(value & 15 ? (value & 7 ? "handle" : "block/8") : "block");
    return value;
}

/* Exceptions. */

static CONTEXT resume;
static enum { DISARMED, ACCESSING, CALLING } volatile armed;
static volatile int caught;
static EXCEPTION_RECORD record;

static LONG CALLBACK on_exception(EXCEPTION_POINTERS *pointers) {
    DWORD code = pointers->ExceptionRecord->ExceptionCode;
    if (armed == DISARMED) return EXCEPTION_CONTINUE_SEARCH;
    if (armed == CALLING && (code == STATUS_ACCESS_VIOLATION || !(code & 0x80000000)))
        return EXCEPTION_CONTINUE_SEARCH;
    record = *pointers->ExceptionRecord;
    armed = DISARMED;
    caught = 1;
    *pointers->ContextRecord = resume;
    return EXCEPTION_CONTINUE_EXECUTION;
}

/* A fault inside a call, which none of the system's own handlers wanted. */
static LONG CALLBACK on_unhandled(EXCEPTION_POINTERS *pointers) {
    if (armed != CALLING) return EXCEPTION_CONTINUE_SEARCH;
    record = *pointers->ExceptionRecord;
    record.NumberParameters = 0;
    armed = DISARMED;
    caught = 1;
    *pointers->ContextRecord = resume;
    return EXCEPTION_CONTINUE_EXECUTION;
}

static void print_exception(void) {
    printf("exception %lx", record.ExceptionCode);
    if (record.NumberParameters < 2) return;
    if (record.ExceptionCode == STATUS_ACCESS_VIOLATION ||
        record.ExceptionCode == STATUS_GUARD_PAGE_VIOLATION ||
        record.ExceptionCode == (DWORD)STATUS_IN_PAGE_ERROR) {
        printf(" %llu ", (unsigned long long)record.ExceptionInformation[0]);
        print_address((word)record.ExceptionInformation[1]);
    }
}

/* Results that are kept until the case ends. */

enum kept { ALLOCATION, VIEW, HEAP, HANDLE_KEPT, FILE_KEPT, KINDS };
static struct { enum kept kind; word value; } kept[1 << 16];
static int kept_count;

static word keep(enum kept kind, word value) {
    if (value && kept_count < 1 << 16) {
        kept[kept_count].kind = kind;
        kept[kept_count++].value = value;
    }
    return value;
}

static void forget(enum kept kind, word value) {
    for (int i = kept_count - 1; i >= 0; i--)
        if (kept[i].kind == kind && kept[i].value == value) {
            kept[i] = kept[--kept_count];
            return;
        }
}

static void give_back(void) {
    MEMORY_BASIC_INFORMATION info;
    for (int pass = HANDLE_KEPT; pass >= 0; pass--)
        for (int i = 0; i < kept_count; i++) {
            if ((int)kept[i].kind != pass) continue;
            if (pass == HEAP) HeapDestroy((HANDLE)kept[i].value);
            if (pass == ALLOCATION) VirtualFree((void *)kept[i].value, 0, MEM_RELEASE);
            if (pass == VIEW) UnmapViewOfFile((void *)kept[i].value);
            if (pass == HANDLE_KEPT) CloseHandle((HANDLE)kept[i].value);
        }
    kept_count = 0;
    *(volatile ULONG *)((char *)NtCurrentTeb()->ProcessEnvironmentBlock + 0xbc) = 0;
    for (word at = X_START; at < X_START + X_BYTES;) {
        if (!VirtualQuery((void *)at, &info, sizeof info)) break;
        if (info.State != MEM_FREE && info.Type == MEM_PRIVATE)
            VirtualFree(info.AllocationBase, 0, MEM_RELEASE);
        if (info.State != MEM_FREE && info.Type != MEM_PRIVATE)
            UnmapViewOfFile(info.AllocationBase);
        at = (word)info.BaseAddress + info.RegionSize;
    }
    name_count = 0;
}

/* Virtual memory: Win32. */

static int is_whole(word type) { return (type & MEM_RELEASE) != 0; }

static word op_VirtualAlloc(word *a) {
    void *memory = VirtualAlloc((void *)a[0], a[1], a[2], a[3]);
    if (memory && (a[2] & MEM_RESERVE || !a[0])) keep(ALLOCATION, (word)memory);
    if (memory && a[0]) return print_address((word)memory), (word)memory;
    return placed(memory);
}
static word op_VirtualAllocEx(word *a) {
    void *memory = VirtualAllocEx((HANDLE)a[0], (void *)a[1], a[2], a[3], a[4]);
    if (memory && (a[3] & MEM_RESERVE || !a[1])) keep(ALLOCATION, (word)memory);
    return placed(memory);
}
static word op_VirtualFreeEx(word *a) {
    word ok = VirtualFreeEx((HANDLE)a[0], (void *)a[1], a[2], a[3]);
    if (ok && is_whole(a[3])) forget(ALLOCATION, a[1]);
    return result(ok);
}
static word op_VirtualFree(word *a) {
    word ok = VirtualFree((void *)a[0], a[1], a[2]);
    if (ok && is_whole(a[2])) forget(ALLOCATION, a[0]);
    return result(ok);
}
static word op_VirtualProtect(word *a) {
    DWORD old = 0;
    word ok = VirtualProtect((void *)a[0], a[1], a[2], &old);
    result(ok);
    if (ok) printf(" 0x%lx", old);
    return ok;
}
static const char *state_name(DWORD state) {
    return state == MEM_COMMIT ? "commit" : state == MEM_RESERVE ? "reserve" : "free";
}
static void print_info(const MEMORY_BASIC_INFORMATION *info) {
    print_address((word)info->BaseAddress);
    if (info->State == MEM_FREE) {
        word end = (word)info->BaseAddress + info->RegionSize;
        int inside = (word)info->BaseAddress >= X_START && end < X_START + X_BYTES;
        if (inside) printf(" 0x%llx", (unsigned long long)info->RegionSize);
        printf(" free 0x%lx", info->Protect);
        return;
    }
    printf(" 0x%llx %s 0x%lx of ", (unsigned long long)info->RegionSize, state_name(info->State),
           info->Protect);
    print_address((word)info->AllocationBase);
    printf(" 0x%lx %s", info->AllocationProtect,
           info->Type == MEM_PRIVATE ? "private" : info->Type == MEM_MAPPED ? "mapped" : "image");
}
static word op_VirtualQuery(word *a) {
    MEMORY_BASIC_INFORMATION info;
    word size = VirtualQuery((void *)a[0], &info, a[1] ? (SIZE_T)a[1] : sizeof info);
    if (size) print_info(&info);
    else result(0);
    return size;
}
static word op_VirtualLock(word *a) { return result(VirtualLock((void *)a[0], a[1])); }
static word op_VirtualUnlock(word *a) { return result(VirtualUnlock((void *)a[0], a[1])); }

/* GetWriteWatch flags address size room: result, count, addresses. */
static word op_GetWriteWatch(word *a) {
    static void *pages[1024];
    ULONG_PTR count = a[3];
    DWORD page = 0;
    UINT failed = GetWriteWatch(a[0], (void *)a[1], a[2], a[3] ? pages : NULL, &count, &page);
    printf("%d", failed != 0);
    if (failed) {
        print_error();
        return 1;
    }
    printf(" %llu 0x%lx", (unsigned long long)count, page);
    for (ULONG_PTR i = 0; i < count; i++) {
        printf(" ");
        print_address((word)pages[i]);
    }
    return 0;
}
static word op_ResetWriteWatch(word *a) {
    UINT failed = ResetWriteWatch((void *)a[0], a[1]);
    printf("%d", failed != 0);
    if (failed) print_error();
    return failed;
}

/* Virtual memory: the system calls under it. Their pointers come back changed. */

static void print_range(NTSTATUS status, void *base, SIZE_T size) {
    printf("0x%lx ", (unsigned long)status);
    if (status && base) print_address((word)base);
    else if (!status) placed(base);
    else printf("0");
    printf(" 0x%llx", (unsigned long long)size);
}
/* NtAllocateVirtualMemory address zero-bits size type protection. */
static word op_NtAllocateVirtualMemory(word *a) {
    void *base = (void *)a[0];
    SIZE_T size = a[2];
    NTSTATUS status = NtAllocateVirtualMemory(SELF, &base, a[1], &size, a[3], a[4]);
    if (!status && (a[3] & MEM_RESERVE || !a[0])) keep(ALLOCATION, (word)base);
    print_range(status, base, size);
    return (word)base;
}
static word op_NtFreeVirtualMemory(word *a) {
    void *base = (void *)a[0];
    SIZE_T size = a[1];
    NTSTATUS status = NtFreeVirtualMemory(SELF, &base, &size, a[2]);
    if (!status && is_whole(a[2])) forget(ALLOCATION, a[0]);
    printf("0x%lx ", (unsigned long)status);
    print_address((word)base);
    printf(" 0x%llx", (unsigned long long)size);
    return (word)base;
}
static word op_NtProtectVirtualMemory(word *a) {
    void *base = (void *)a[0];
    SIZE_T size = a[1];
    ULONG old = 0;
    NTSTATUS status = NtProtectVirtualMemory(SELF, &base, &size, a[2], &old);
    printf("0x%lx ", (unsigned long)status);
    print_address((word)base);
    printf(" 0x%llx", (unsigned long long)size);
    if (!status) printf(" 0x%lx", old);
    return status;
}
/* NtQueryVirtualMemory address class length. */
static word op_NtQueryVirtualMemory(word *a) {
    union { MEMORY_BASIC_INFORMATION info; char bytes[512]; } u;
    SIZE_T size = 0;
    NTSTATUS status = NtQueryVirtualMemory(SELF, (void *)a[0], a[1], &u, a[2], &size);
    printf("0x%lx", (unsigned long)status);
    if (!status && a[1] == 0) {
        printf(" 0x%llx ", (unsigned long long)size);
        print_info(&u.info);
    }
    return status;
}
/* NtQueryRegion address length: base, protection, kind, bytes, and what is committed of them. */
static word op_NtQueryRegion(word *a) {
    struct { void *base; ULONG protection, flags; SIZE_T size, committed, rest[2]; } info = {0};
    SIZE_T size = 0;
    NTSTATUS status = NtQueryVirtualMemory(SELF, (void *)a[0], 3, &info, a[1], &size);
    printf("0x%lx", (unsigned long)status);
    if (status) return status;
    printf(" 0x%llx ", (unsigned long long)size);
    print_address((word)info.base);
    printf(" 0x%lx 0x%lx 0x%llx 0x%llx", info.protection, info.flags, (unsigned long long)info.size,
           (unsigned long long)info.committed);
    return status;
}

/* Calls that the headers of old systems lack: where an allocation has to be, ranges of pages. */

typedef struct { ULONG64 type; void *pointer; } EXTENDED;
typedef struct { void *lowest, *highest; SIZE_T alignment; } REQUIREMENTS;

static FARPROC function_of(const char *module, const char *name) {
    return GetProcAddress(GetModuleHandleA(module), name);
}
/* VirtualAlloc2 address size type protection lowest highest alignment. */
static word op_VirtualAlloc2(word *a) {
    void *(WINAPI *call)(HANDLE, void *, SIZE_T, ULONG, ULONG, EXTENDED *, ULONG) =
        (void *)function_of("kernelbase", "VirtualAlloc2");
    REQUIREMENTS where = { (void *)a[4], (void *)a[5], a[6] };
    EXTENDED extended = { 1, &where };
    void *memory = call(SELF, (void *)a[0], a[1], a[2], a[3], &extended, 1);
    if (memory) keep(ALLOCATION, (word)memory);
    return placed(memory);
}
/* NtAllocateVirtualMemoryEx, the same; and with how many parameters of which type. */
static word allocate_ex(word *a, ULONG64 type, ULONG count) {
    NTSTATUS(NTAPI *call)(HANDLE, void **, SIZE_T *, ULONG, ULONG, EXTENDED *, ULONG) =
        (void *)function_of("ntdll", "NtAllocateVirtualMemoryEx");
    REQUIREMENTS where = { (void *)a[4], (void *)a[5], a[6] };
    EXTENDED extended[2] = { { type, &where }, { type, &where } };
    void *base = (void *)a[0];
    SIZE_T size = a[1];
    NTSTATUS status = call(SELF, &base, &size, a[2], a[3], count ? extended : NULL, count);
    if (!status) keep(ALLOCATION, (word)base);
    print_range(status, base, size);
    return (word)base;
}
static word op_NtAllocateVirtualMemoryEx(word *a) { return allocate_ex(a, 1, 1); }
/* NtAllocateParameters type count: of 64 KiB anywhere. */
static word op_NtAllocateParameters(word *a) {
    word rest[7] = { 0, 0x10000, MEM_RESERVE, PAGE_READWRITE };
    return allocate_ex(rest, a[0], a[1]);
}
typedef struct { void *address; SIZE_T size; } RANGE;
/* PrefetchVirtualMemory count address size flags: the same range so many times; address 0 is none. */
static word op_PrefetchVirtualMemory(word *a) {
    BOOL(WINAPI *call)(HANDLE, ULONG_PTR, RANGE *, ULONG) =
        (void *)function_of("kernel32", "PrefetchVirtualMemory");
    RANGE ranges[4];
    for (int i = 0; i < 4; i++) ranges[i].address = (void *)a[1], ranges[i].size = a[2];
    return result(call(SELF, a[0], a[1] ? ranges : NULL, a[3]));
}
/* NtSetInformationVirtualMemory class count address size flags length. */
static word op_NtSetInformationVirtualMemory(word *a) {
    NTSTATUS(NTAPI *call)(HANDLE, int, ULONG_PTR, RANGE *, void *, ULONG) =
        (void *)function_of("ntdll", "NtSetInformationVirtualMemory");
    RANGE ranges[4];
    ULONG flags = a[4];
    for (int i = 0; i < 4; i++) ranges[i].address = (void *)a[2], ranges[i].size = a[3];
    NTSTATUS status = call(SELF, a[0], a[1], a[2] ? ranges : NULL, a[5] ? &flags : NULL, a[5]);
    printf("0x%lx", (unsigned long)status);
    return status;
}
static word op_NtAreMappedFilesTheSame(word *a) {
    NTSTATUS(NTAPI *call)(void *, void *) = (void *)function_of("ntdll", "NtAreMappedFilesTheSame");
    NTSTATUS status = call((void *)a[0], (void *)a[1]);
    printf("0x%lx", (unsigned long)status);
    return status;
}
static word lock_call(word *a, NTSTATUS(NTAPI *call)(HANDLE, void **, SIZE_T *, ULONG)) {
    void *base = (void *)a[0];
    SIZE_T size = a[1];
    NTSTATUS status = call(SELF, &base, &size, a[2]);
    printf("0x%lx ", (unsigned long)status);
    print_address((word)base);
    printf(" 0x%llx", (unsigned long long)size);
    return status;
}
static word op_NtLockVirtualMemory(word *a) { return lock_call(a, NtLockVirtualMemory); }
static word op_NtUnlockVirtualMemory(word *a) { return lock_call(a, NtUnlockVirtualMemory); }

/* Accesses. */

static word op_load(word *a) {
    switch (a[1]) {
    case 1: printf("0x%x", *(volatile uint8_t *)a[0]); break;
    case 2: printf("0x%x", *(volatile uint16_t *)a[0]); break;
    case 8: printf("0x%llx", (unsigned long long)*(volatile uint64_t *)a[0]); break;
    default: printf("0x%x", *(volatile uint32_t *)a[0]);
    }
    return 0;
}
static word op_store(word *a) {
    switch (a[1]) {
    case 1: *(volatile uint8_t *)a[0] = a[2]; break;
    case 2: *(volatile uint16_t *)a[0] = a[2]; break;
    case 8: *(volatile uint64_t *)a[0] = a[2]; break;
    default: *(volatile uint32_t *)a[0] = a[2];
    }
    printf("stored");
    return 0;
}
/* Calls the address; what lies there must be a return. */
static word op_run(word *a) {
    ((void (*)(void))a[0])();
    printf("ran");
    return 0;
}
static word op_fill(word *a) {
    for (word i = 0; i < a[1]; i++) ((volatile uint8_t *)a[0])[i] = a[2];
    printf("filled");
    return 0;
}
/* FNV-1a of the bytes; equal bytes are told by value. */
static word op_sum(word *a) {
    uint32_t hash = 2166136261u;
    int equal = 1;
    for (word i = 0; i < a[1]; i++) {
        uint8_t byte = ((volatile uint8_t *)a[0])[i];
        hash = (hash ^ byte) * 16777619u;
        equal &= byte == *(volatile uint8_t *)a[0];
    }
    if (equal) printf("all 0x%x", a[1] ? *(volatile uint8_t *)a[0] : 0);
    else printf("0x%x", hash);
    return 0;
}
static word op_mod(word *a) {
    printf("%llu", (unsigned long long)a[0] % (unsigned long long)a[1]);
    return 0;
}
static word op_below(word *a) {
    printf("%d", (unsigned long long)a[0] < (unsigned long long)a[1]);
    return 0;
}
static word op_SetLastError(word *a) {
    SetLastError(a[0]);
    printf("set");
    return 0;
}

/* Pages of the program itself, of a section that can be written; a case has its own of them. */
static char image_pages[8 * 4096] __attribute__((section(".pages"), aligned(4096))) = { 1 };
static word op_image(word *a) {
    (void)a;
    printf("image");
    return (word)image_pages;
}

/* Files and sections. */

/* Makes a file of so many bytes, byte i being i * 7 + i / 256; only a[1] accesses. */
static word op_file(word *a) {
    char folder[MAX_PATH], path[MAX_PATH];
    DWORD written;
    HANDLE file, again;
    GetTempPathA(sizeof folder, folder);
    GetTempFileNameA(folder, "win", 0, path);
    file = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 7, NULL, CREATE_ALWAYS,
                       FILE_FLAG_DELETE_ON_CLOSE, NULL);
    for (word i = 0; i < a[0]; i++) {
        uint8_t byte = i * 7 + i / 256;
        WriteFile(file, &byte, 1, &written, NULL);
    }
    keep(HANDLE_KEPT, (word)file);
    if (a[1]) {
        again = CreateFileA(path, a[1], 7, NULL, OPEN_EXISTING, 0, NULL);
        keep(HANDLE_KEPT, (word)again);
        file = again;
    }
    printf("made");
    return (word)file;
}
static word op_fileByte(word *a) {
    uint8_t byte;
    DWORD got = 0;
    SetFilePointer((HANDLE)a[0], a[1], NULL, FILE_BEGIN);
    if (!ReadFile((HANDLE)a[0], &byte, 1, &got, NULL)) return result(0);
    if (got) printf("0x%x", byte);
    else printf("end");
    return 0;
}
static word op_fileSize(word *a) {
    printf("%lu", GetFileSize((HANDLE)a[0], NULL));
    return 0;
}
/* CreateFileMapping file protection size; file -1 is the paging file. */
static word op_CreateFileMapping(word *a) {
    HANDLE made = CreateFileMappingA((HANDLE)a[0], NULL, a[1], a[2] >> 32, a[2], NULL);
    if (made) printf("made");
    else result(0);
    return keep(HANDLE_KEPT, (word)made);
}
/* A name by its number, from 100 on as one of the session; 0 is none. */
static const char *name_text(word number) {
    static char text[40];
    sprintf(text, "%sprobe section %d", number >= 100 ? "Local\\" : "", (int)(number % 100));
    return number ? text : NULL;
}
static word print_made(HANDLE made) {
    if (!made) return result(0);
    printf("made %lu", GetLastError());
    return keep(HANDLE_KEPT, (word)made);
}
/* CreateNamedMapping protection size name, of the paging file. */
static word op_CreateNamedMapping(word *a) {
    return print_made(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, a[0], 0, a[1], name_text(a[2])));
}
static word op_CreateNamedMappingW(word *a) {
    WCHAR text[40];
    MultiByteToWideChar(CP_ACP, 0, name_text(a[2]), -1, text, 40);
    return print_made(CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, a[0], 0, a[1], text));
}
/* OpenFileMapping access name; a handle that is there leaves the error as it was. */
static word op_OpenFileMapping(word *a) { return print_made(OpenFileMappingA(a[0], 0, name_text(a[1]))); }
/* MapViewOfFile section access offset size; MapViewOfFileEx with an address. */
static word op_MapViewOfFileEx(word *a) {
    void *view = MapViewOfFileEx((HANDLE)a[0], a[1], (unsigned long long)a[2] >> 32, a[2], a[3],
                                 (void *)a[4]);
    if (view) keep(VIEW, (word)view);
    return placed(view);
}
static word op_MapViewOfFile(word *a) { return a[4] = 0, op_MapViewOfFileEx(a); }
static word op_UnmapViewOfFile(word *a) {
    word ok = UnmapViewOfFile((void *)a[0]);
    if (ok) forget(VIEW, a[0]);
    return result(ok);
}
static word op_FlushViewOfFile(word *a) { return result(FlushViewOfFile((void *)a[0], a[1])); }
static word op_CloseHandle(word *a) {
    word ok = CloseHandle((HANDLE)a[0]);
    if (ok) forget(HANDLE_KEPT, a[0]);
    return result(ok);
}
/* NtCreateSection file size protection attributes access; size 0 is none. */
static word op_NtCreateSection(word *a) {
    HANDLE made = 0;
    LARGE_INTEGER size;
    size.QuadPart = a[1];
    NTSTATUS status = NtCreateSection(&made, a[4], NULL, a[1] ? &size : NULL, a[2], a[3],
                                      (HANDLE)a[0]);
    printf("0x%lx", (unsigned long)status);
    return status ? 0 : keep(HANDLE_KEPT, (word)made);
}
/* NtMapViewOfSection section address zero-bits commit offset size type protection. */
static word op_NtMapViewOfSection(word *a) {
    void *base = (void *)a[1];
    LARGE_INTEGER offset;
    SIZE_T size = a[5];
    offset.QuadPart = a[4];
    NTSTATUS status = NtMapViewOfSection((HANDLE)a[0], SELF, &base, a[2], a[3], &offset, &size, 1,
                                         a[6], a[7]);
    if (!(status & 0x80000000)) keep(VIEW, (word)base);
    print_range(status, base, size);
    printf(" 0x%llx", offset.QuadPart);
    return (word)base;
}
static word op_NtUnmapViewOfSection(word *a) {
    NTSTATUS status = NtUnmapViewOfSection(SELF, (void *)a[0]);
    if (!status) forget(VIEW, a[0]);
    printf("0x%lx", (unsigned long)status);
    return status;
}
/* The size and attributes that NtQuerySection tells. */
static word op_NtQuerySection(word *a) {
    struct { void *base; ULONG attributes; LARGE_INTEGER size; } info = {0};
    SIZE_T length = 0;
    NTSTATUS status = NtQuerySection((HANDLE)a[0], 0, &info, sizeof info, &length);
    printf("0x%lx", (unsigned long)status);
    if (!status) printf(" 0x%lx 0x%llx", info.attributes, info.size.QuadPart);
    return status;
}

/* Heaps. */

static word op_GetProcessHeap(word *a) {
    (void)a;
    printf("heap");
    return (word)GetProcessHeap();
}
/* The process's own heap first; of the others those that have a name. */
static word op_GetProcessHeaps(word *a) {
    HANDLE heaps[64];
    DWORD count = GetProcessHeaps(a[0], heaps);
    int fits = count <= (DWORD)a[0];
    printf("%s", !count ? "0" : !fits ? "more" : heaps[0] == GetProcessHeap() ? "own" : "other");
    for (DWORD i = 1; fits && i < count; i++)
        for (int n = 0; n < name_count; n++)
            if (names[n].value == (word)heaps[i]) printf(" %s", names[n].name);
    return 0;
}
static word op_HeapCreate(word *a) {
    HANDLE heap = HeapCreate(a[0], a[1], a[2]);
    if (heap) printf("heap/0x%x", (word)heap & 0xffff ? 1 : 0x10000);
    else result(0);
    return keep(HEAP, (word)heap);
}
/* Flags of the process that heaps made later take up: 0x10 checks tails, 0x20 checks free blocks. */
static word op_NtGlobalFlag(word *a) {
    *(volatile ULONG *)((char *)NtCurrentTeb()->ProcessEnvironmentBlock + 0xbc) = a[0];
    printf("set");
    return 0;
}
static word op_HeapDestroy(word *a) {
    forget(HEAP, a[0]);
    return result(HeapDestroy((HANDLE)a[0]));
}
static word op_HeapAlloc(word *a) { return block(HeapAlloc((HANDLE)a[0], a[1], a[2])); }
static word op_HeapReAlloc(word *a) {
    return block(HeapReAlloc((HANDLE)a[0], a[1], (void *)a[2], a[3]));
}
static word op_HeapFree(word *a) { return result(HeapFree((HANDLE)a[0], a[1], (void *)a[2])); }
static word op_HeapSize(word *a) {
    word size = HeapSize((HANDLE)a[0], a[1], (void *)a[2]);
    printf("%lld", size);
    if (size == -1) print_error();
    return size;
}
static word op_HeapValidate(word *a) {
    word ok = HeapValidate((HANDLE)a[0], a[1], (void *)a[2]);
    printf("%lld", ok);
    return ok;
}
static word value_of(word value) {
    printf("%lld", value);
    return value;
}
static word op_RtlAllocateHeap(word *a) { return block(RtlAllocateHeap((HANDLE)a[0], a[1], a[2])); }
static word op_RtlReAllocateHeap(word *a) {
    return block(RtlReAllocateHeap((HANDLE)a[0], a[1], (void *)a[2], a[3]));
}
static word op_RtlFreeHeap(word *a) {
    return value_of(RtlFreeHeap((HANDLE)a[0], a[1], (void *)a[2]) != 0);
}
static word op_RtlSizeHeap(word *a) { return value_of(RtlSizeHeap((HANDLE)a[0], a[1], (void *)a[2])); }
static word op_RtlValidateHeap(word *a) {
    return value_of(RtlValidateHeap((HANDLE)a[0], a[1], (void *)a[2]) != 0);
}
static word op_RtlDestroyHeap(word *a) {
    forget(HEAP, a[0]);
    return value_of((word)RtlDestroyHeap((HANDLE)a[0]));
}
static word op_HeapCompact(word *a) {
    word size = HeapCompact((HANDLE)a[0], a[1]);
    printf("%s", size ? "some" : "0");
    if (!size) print_error();
    return size;
}
static word op_HeapLock(word *a) { return result(HeapLock((HANDLE)a[0])); }
static word op_HeapUnlock(word *a) { return result(HeapUnlock((HANDLE)a[0])); }
/* HeapQueryInformation heap class length; HeapSetInformation heap class value length. */
static word op_HeapQueryInformation(word *a) {
    ULONG value = 0xcccccccc;
    SIZE_T size = 0;
    word ok = result(HeapQueryInformation((HANDLE)a[0], a[1], &value, a[2], &size));
    printf(" 0x%lx %llu", value, (unsigned long long)size);
    return ok;
}
static word op_HeapSetInformation(word *a) {
    ULONG value = a[2];
    return result(HeapSetInformation((HANDLE)a[0], a[1], &value, a[3]));
}
/* The named busy blocks in order of their names, how many others, and how the walk ended. */
static word op_HeapWalk(word *a) {
    PROCESS_HEAP_ENTRY entry;
    SIZE_T sizes[MOST_NAMES];
    int regions = 0, others = 0, steps = 0;
    memset(sizes, 0xff, sizeof sizes);
    memset(&entry, 0, sizeof entry);
    while (HeapWalk((HANDLE)a[0], &entry) && steps++ < 100000) {
        if (entry.wFlags & PROCESS_HEAP_REGION) regions++;
        if (!(entry.wFlags & PROCESS_HEAP_ENTRY_BUSY)) continue;
        int named_one = 0;
        for (int i = 0; i < name_count; i++)
            if (names[i].value == (word)entry.lpData) sizes[i] = entry.cbData, named_one = 1;
        others += !named_one;
    }
    printf("error %lu%s", GetLastError(), regions ? " region" : "");
    for (int i = 0; i < name_count; i++)
        if (sizes[i] != (SIZE_T)-1) printf(" %s:%llu", names[i].name, (unsigned long long)sizes[i]);
    if (others) printf(" others:%d", others);
    return 0;
}

/* The same below Win32: entries that are in use, by name. */
static word op_RtlWalkHeap(word *a) {
    struct {
        void *data;
        SIZE_T size;
        BYTE overhead, region;
        WORD flags;
        ULONG_PTR rest[4];
    } entry = {0};
    NTSTATUS(NTAPI *call)(HANDLE, void *) = (void *)GetProcAddress(GetModuleHandleA("ntdll"), "RtlWalkHeap");
    NTSTATUS status;
    int regions = 0;
    while (!(status = call((HANDLE)a[0], &entry))) {
        regions += entry.flags == 2;
        if (!(entry.flags & 1)) continue;
        for (int i = 0; i < name_count; i++)
            if (names[i].value == (word)entry.data)
                printf("%s:%llu:0x%x ", names[i].name, (unsigned long long)entry.size, entry.flags);
    }
    printf("0x%lx%s", (unsigned long)status, regions ? " region" : "");
    return status;
}

/* Global and local memory. */

static word op_GlobalAlloc(word *a) { return block(GlobalAlloc(a[0], a[1])); }
static word op_GlobalReAlloc(word *a) { return block(GlobalReAlloc((HGLOBAL)a[0], a[1], a[2])); }
static word zero_is_good(HANDLE handle) {
    printf("%d", handle != NULL);
    if (handle) print_error();
    return (word)handle;
}
static word op_GlobalFree(word *a) { return zero_is_good(GlobalFree((HGLOBAL)a[0])); }
static word counted(word size) {
    printf("%lld", size);
    if (!size) print_error();
    return size;
}
static word op_GlobalSize(word *a) { return counted(GlobalSize((HGLOBAL)a[0])); }
static word op_GlobalFlags(word *a) {
    word flags = GlobalFlags((HGLOBAL)a[0]);
    printf("0x%llx", flags);
    if (flags == GMEM_INVALID_HANDLE) print_error();
    return flags;
}
static word op_GlobalLock(word *a) { return block(GlobalLock((HGLOBAL)a[0])); }
static word op_GlobalUnlock(word *a) { return result(GlobalUnlock((HGLOBAL)a[0])); }
static word op_GlobalHandle(word *a) {
    word handle = (word)GlobalHandle((void *)a[0]);
    print_address(handle);
    if (!handle) print_error();
    return handle;
}
static word op_LocalAlloc(word *a) { return block(LocalAlloc(a[0], a[1])); }
static word op_LocalReAlloc(word *a) { return block(LocalReAlloc((HLOCAL)a[0], a[1], a[2])); }
static word op_LocalFree(word *a) { return zero_is_good(LocalFree((HLOCAL)a[0])); }
static word op_LocalSize(word *a) { return counted(LocalSize((HLOCAL)a[0])); }
static word op_LocalFlags(word *a) {
    word flags = LocalFlags((HLOCAL)a[0]);
    printf("0x%llx", flags);
    if (flags == LMEM_INVALID_HANDLE) print_error();
    return flags;
}
static word op_LocalLock(word *a) { return block(LocalLock((HLOCAL)a[0])); }
static word op_LocalUnlock(word *a) { return result(LocalUnlock((HLOCAL)a[0])); }
static word op_LocalHandle(word *a) {
    word handle = (word)LocalHandle((void *)a[0]);
    print_address(handle);
    if (!handle) print_error();
    return handle;
}

/* The C runtime's heap: errno is not told, its blocks are. */

static word op_malloc(word *a) { return block(malloc(a[0])); }
static word op_calloc(word *a) { return block(calloc(a[0], a[1])); }
static word op_realloc(word *a) { return block(realloc((void *)a[0], a[1])); }
static word op_free(word *a) {
    free((void *)a[0]);
    printf("done");
    return 0;
}
static word op__msize(word *a) {
    printf("%lld", (word)_msize((void *)a[0]));
    return 0;
}

#define ROW(name, count) { #name, op_##name, count, 0 }
#define GUARDED(name, count) { #name, op_##name, count, 1 }
static const struct operation {
    const char *name;
    word (*call)(word *);
    int count;
    int accesses;
} operations[] = {
    ROW(VirtualAlloc, 4), ROW(VirtualFree, 3), ROW(VirtualProtect, 3), ROW(VirtualQuery, 2),
    ROW(VirtualLock, 2), ROW(VirtualUnlock, 2), ROW(GetWriteWatch, 4), ROW(ResetWriteWatch, 2),
    ROW(NtAllocateVirtualMemory, 5), ROW(NtFreeVirtualMemory, 3), ROW(NtProtectVirtualMemory, 3),
    ROW(NtQueryVirtualMemory, 3), ROW(NtLockVirtualMemory, 3), ROW(NtUnlockVirtualMemory, 3),
    GUARDED(load, 2), GUARDED(store, 3), GUARDED(run, 1), GUARDED(fill, 3), GUARDED(sum, 2),
    ROW(mod, 2), ROW(below, 2), ROW(SetLastError, 1), ROW(image, 0), ROW(file, 2), ROW(fileByte, 2),
    ROW(fileSize, 1), ROW(CreateFileMapping, 3), ROW(MapViewOfFile, 4), ROW(MapViewOfFileEx, 5),
    ROW(UnmapViewOfFile, 1), ROW(FlushViewOfFile, 2), ROW(CloseHandle, 1), ROW(NtCreateSection, 5),
    ROW(NtMapViewOfSection, 8), ROW(NtUnmapViewOfSection, 1), ROW(NtQuerySection, 1),
    ROW(GetProcessHeap, 0), ROW(HeapCreate, 3), ROW(NtGlobalFlag, 1), ROW(HeapDestroy, 1), ROW(HeapAlloc, 3),
    ROW(HeapReAlloc, 4), ROW(RtlAllocateHeap, 3), ROW(RtlReAllocateHeap, 4), ROW(RtlFreeHeap, 3),
    ROW(RtlSizeHeap, 3), ROW(RtlValidateHeap, 3), ROW(RtlDestroyHeap, 1), ROW(VirtualAllocEx, 5),
    ROW(VirtualFreeEx, 4), ROW(HeapFree, 3), ROW(HeapSize, 3), ROW(HeapValidate, 3),
    ROW(HeapCompact, 2), ROW(HeapLock, 1), ROW(HeapUnlock, 1), ROW(HeapQueryInformation, 3),
    ROW(HeapSetInformation, 4), ROW(HeapWalk, 1), ROW(GlobalAlloc, 2), ROW(GlobalReAlloc, 3),
    ROW(GlobalFree, 1), ROW(GlobalSize, 1), ROW(GlobalFlags, 1), ROW(GlobalLock, 1),
    ROW(GlobalUnlock, 1), ROW(GlobalHandle, 1), ROW(LocalAlloc, 2), ROW(LocalReAlloc, 3),
    ROW(LocalFree, 1), ROW(LocalSize, 1), ROW(LocalFlags, 1), ROW(LocalLock, 1),
    ROW(LocalUnlock, 1), ROW(LocalHandle, 1), ROW(malloc, 1), ROW(calloc, 2), ROW(realloc, 2),
    ROW(free, 1), ROW(_msize, 1), ROW(NtQueryRegion, 2), ROW(VirtualAlloc2, 7),
    ROW(NtAllocateVirtualMemoryEx, 7), ROW(NtAllocateParameters, 2), ROW(PrefetchVirtualMemory, 4),
    ROW(NtSetInformationVirtualMemory, 6), ROW(NtAreMappedFilesTheSame, 2),
    ROW(CreateNamedMapping, 3), ROW(CreateNamedMappingW, 3), ROW(OpenFileMapping, 2),
    ROW(GetProcessHeaps, 1), ROW(RtlWalkHeap, 1),
};

static word perform(const struct operation *operation, word *arguments) {
    static volatile word value;
    value = 0;
    caught = 0;
    RtlCaptureContext(&resume);
    if (caught) {
        print_exception();
        return 0;
    }
    armed = operation->accesses ? ACCESSING : CALLING;
    SetLastError(UNTOUCHED_ERROR);
    value = operation->call(arguments);
    armed = DISARMED;
    return value;
}

static void statement(char *line) {
    char *words[MOST_ARGUMENTS + 4];
    word arguments[MOST_ARGUMENTS] = {0};
    int count = 0, first = 0;
    for (char *at = strtok(line, " "); at && count < MOST_ARGUMENTS + 4; at = strtok(NULL, " "))
        words[count++] = at;
    if (count > 2 && !strcmp(words[1], "=")) first = 2;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (strcmp(operations[i].name, words[first])) continue;
        if (count - first - 1 != operations[i].count) break;
        for (int j = 0; j < operations[i].count; j++) arguments[j] = sum(words[first + 1 + j]);
        word value = perform(&operations[i], arguments);
        printf("\n");
        if (first && name_count < MOST_NAMES) {
            int at = 0;
            while (at < name_count && strcmp(names[at].name, words[0])) at++;
            if (at == name_count) name_count++;
            strncpy(names[at].name, words[0], sizeof names[at].name - 1);
            names[at].value = value;
        }
        return;
    }
    fprintf(stderr, "no such statement: %s with %d arguments\n", words[first], count - first - 1);
    exit(2);
}

int main(void) {
    static char line[4096];
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    AddVectoredExceptionHandler(1, on_exception);
    SetUnhandledExceptionFilter(on_unhandled);
    VirtualAlloc((void *)(X_START + X_BYTES), 0x10000, MEM_RESERVE, PAGE_NOACCESS);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\r\n")] = 0;
        if (!line[0] || line[0] == '#' || !strncmp(line, "rule ", 5)) continue;
        if (!strncmp(line, "case ", 5)) {
            give_back();
            printf("%s\n", line);
            fflush(stdout);
        } else statement(line);
    }
    give_back();
    return 0;
}
