/*
 * Runs a program on the real processor one instruction at a time and records what each did, for a
 * second engine to be compared with: tracer RECORD MOST PROGRAM [ARGUMENT…]. CPUID, which names what
 * the processor has, answers by the table in standard input instead: lines of seven hexadecimal
 * numbers, leaf, subleaf, eax, ebx, ecx, edx and 1 where the subleaf matters; others answer zero.
 *
 * The record is a sequence, little-endian and without padding, of
 *
 *   'S' u16 n, n × (u16 word, u64 value)   a step, and the words of the state that it changed;
 *   'X' as 'S'                             the same, of an instruction whose outcome is not the
 *                                          program's own: CPUID, RDTSC, RDRAND, XGETBV and so on;
 *   'P' u32 n, n × page                    before a system call or the end: pages that the program
 *                                          has changed since the last time;
 *   'C' as 'S', then maps and pages        a system call, what is mapped after it, pages changed;
 *   'E' u32 status                         the end, as wait(2) tells it; 0x10000 after MOST steps.
 *
 * Maps are u32 n, n × (u64 start, u64 end, u32 protection); pages u32 n, n × (u64 address, 4096
 * bytes), those of new maps only where they are not zero. The first record is a 'C'. The state is
 * user_regs_struct, then the 512 bytes of FXSAVE, in words of eight bytes.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul
#define MAPS 256
#define LEAVES 64
#define USER_END 0x800000000000ul
#define WRITABLE 2
#define WORDS ((sizeof(struct user_regs_struct) + sizeof(struct user_fpregs_struct)) / 8)

struct map {
    uint64_t start, end;
    uint32_t protection;
    /* What the pages last held; null for maps that cannot be read. */
    uint8_t *pages;
};

struct state {
    struct user_regs_struct registers;
    struct user_fpregs_struct floats;
};

static pid_t child;
static int memory;
static FILE *record;
static struct map maps[MAPS];
static int map_count;
static uint32_t leaves[LEAVES][7];
static int leaf_count;
static union {
    struct state state;
    uint64_t words[WORDS];
} now, before;

static void fail(const char *what) {
    fprintf(stderr, "tracer: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void put(const void *bytes, size_t count) {
    if (fwrite(bytes, 1, count, record) != count) fail("record");
}

static void put32(uint32_t value) { put(&value, sizeof value); }
static void put64(uint64_t value) { put(&value, sizeof value); }

static void read_leaves(void) {
    uint32_t *l = leaves[0];
    while (leaf_count < LEAVES && scanf("%x %x %x %x %x %x %x", l, l + 1, l + 2, l + 3, l + 4, l + 5, l + 6) == 7) {
        l = leaves[++leaf_count];
    }
}

static void load_state(void) {
    if (ptrace(PTRACE_GETREGS, child, 0, &now.state.registers) != 0) fail("registers");
    if (ptrace(PTRACE_GETFPREGS, child, 0, &now.state.floats) != 0) fail("float registers");
}

static void put_state(char kind) {
    uint16_t count = 0;
    for (uint16_t word = 0; word < WORDS; word++) count += now.words[word] != before.words[word];
    put(&kind, 1);
    put(&count, sizeof count);
    for (uint16_t word = 0; word < WORDS; word++) {
        if (now.words[word] == before.words[word]) continue;
        put(&word, sizeof word);
        put64(now.words[word]);
    }
    before = now;
}

/* Room for pages that are counted before they are written. */
static uint8_t *kept;
static size_t kept_count, kept_room;

static void keep(uint64_t address, const uint8_t *page) {
    if (kept_count == kept_room) {
        kept_room = kept_room * 2 + 64;
        kept = realloc(kept, kept_room * (PAGE + 8));
        if (kept == NULL) fail("memory");
    }
    uint8_t *entry = kept + kept_count++ * (PAGE + 8);
    memcpy(entry, &address, 8);
    memcpy(entry + 8, page, PAGE);
}

static void put_kept(void) {
    put32(kept_count);
    put(kept, kept_count * (PAGE + 8));
    kept_count = 0;
}

/* Keeps the pages of a map that are not as they were. */
static void keep_changes(struct map *map) {
    uint8_t page[PAGE];
    for (uint64_t at = map->start; at < map->end; at += PAGE) {
        if (pread(memory, page, PAGE, at) != (ssize_t)PAGE) continue;
        uint8_t *last = map->pages + (at - map->start);
        if (memcmp(last, page, PAGE) == 0) continue;
        memcpy(last, page, PAGE);
        keep(at, page);
    }
}

static void put_changes(void) {
    for (int n = 0; n < map_count; n++) {
        if (maps[n].pages != NULL && (maps[n].protection & WRITABLE)) keep_changes(&maps[n]);
    }
    put("P", 1);
    put_kept();
}

/* Takes over the pages of an old map that is the same; else they are those of a new one, zero. */
static void adopt(struct map *map, struct map *old, int old_count) {
    for (int n = 0; n < old_count; n++) {
        if (old[n].start != map->start || old[n].end != map->end || old[n].pages == NULL) continue;
        if (old[n].protection != map->protection) continue;
        map->pages = old[n].pages;
        old[n].pages = NULL;
        return;
    }
    map->pages = calloc(map->end - map->start, 1);
    if (map->pages == NULL) fail("memory");
}

static void read_maps(void) {
    static struct map old[MAPS];
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%d/maps", child);
    FILE *file = fopen(path, "r");
    if (file == NULL) fail("maps");
    memcpy(old, maps, sizeof old);
    int old_count = map_count;
    map_count = 0;
    while (fgets(line, sizeof line, file) != NULL && map_count < MAPS) {
        struct map map = {0};
        char flags[5];
        if (sscanf(line, "%lx-%lx %4s", &map.start, &map.end, flags) != 3) continue;
        if (map.end > USER_END || strstr(line, "[vvar") != NULL) continue;
        map.protection = (flags[0] == 'r') | (flags[1] == 'w') << 1 | (flags[2] == 'x') << 2;
        if (flags[0] == 'r') adopt(&map, old, old_count);
        maps[map_count++] = map;
    }
    fclose(file);
    for (int n = 0; n < old_count; n++) free(old[n].pages);
}

static void put_memory(void) {
    read_maps();
    put32(map_count);
    for (int n = 0; n < map_count; n++) {
        put64(maps[n].start);
        put64(maps[n].end);
        put32(maps[n].protection);
    }
    for (int n = 0; n < map_count; n++) {
        if (maps[n].pages != NULL) keep_changes(&maps[n]);
    }
    put_kept();
}

static void step(void) {
    int status;
    if (ptrace(PTRACE_SINGLESTEP, child, 0, 0) != 0) fail("step");
    if (waitpid(child, &status, 0) != child) fail("wait");
    if (WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP) return;
    put("E", 1);
    put32(status);
    fclose(record);
    kill(child, SIGKILL);
    exit(0);
}

/* Answers by the table; the operands were those before the step. */
static void answer_cpuid(void) {
    struct user_regs_struct *r = &now.state.registers;
    uint32_t leaf = before.state.registers.rax, subleaf = before.state.registers.rcx;
    r->rax = r->rbx = r->rcx = r->rdx = 0;
    for (int n = 0; n < leaf_count; n++) {
        uint32_t *l = leaves[n];
        if (l[0] != leaf || (l[6] && l[1] != subleaf)) continue;
        r->rax = l[2];
        r->rbx = l[3];
        r->rcx = l[4];
        r->rdx = l[5];
    }
    if (ptrace(PTRACE_SETREGS, child, 0, r) != 0) fail("registers");
}

enum { PLAIN, CALL, CPUID, MACHINE };

static int kind_of(uint64_t rip) {
    uint8_t code[4] = {0};
    if (pread(memory, code, sizeof code, rip) < 2) return PLAIN;
    int escape = code[0] == 0x0f ? 0 : code[1] == 0x0f ? 1 : -1;
    if (escape < 0) return PLAIN;
    uint8_t opcode = code[escape + 1], modrm = code[escape + 2];
    if (opcode == 0x05 && escape == 0) return CALL;
    if (opcode == 0xa2) return CPUID;
    if (opcode == 0x31) return MACHINE;
    if (opcode == 0x01 && (modrm == 0xd0 || modrm == 0xf9)) return MACHINE;
    return opcode == 0xc7 && (modrm & 0xf0) == 0xf0 ? MACHINE : PLAIN;
}

/*
 * Hides the kernel's own code (vdso) from the program: it reads pages that the kernel changes. On
 * the stack lie the count of arguments, they, the environment, and pairs of words; 0 ends each.
 */
static void hide_vdso(void) {
    uint64_t at = now.state.registers.rsp, word = 0, zeros = 0;
    if (pread(memory, &word, 8, at) != 8) fail("stack");
    for (at += (word + 2) * 8; zeros == 0; at += 8) {
        if (pread(memory, &word, 8, at) != 8) fail("stack");
        zeros += word == 0;
    }
    for (;; at += 16) {
        if (pread(memory, &word, 8, at) != 8) fail("stack");
        if (word == AT_NULL) return;
        if (word == AT_SYSINFO_EHDR) ptrace(PTRACE_POKEDATA, child, at, AT_IGNORE);
    }
}

static void trace(uint64_t most) {
    load_state();
    hide_vdso();
    put_state('C');
    put_memory();
    for (uint64_t count = 0; count < most; count++) {
        int kind = kind_of(now.state.registers.rip);
        if (kind == CALL) put_changes();
        step();
        load_state();
        if (kind == CPUID) answer_cpuid();
        put_state(kind == PLAIN ? 'S' : kind == CALL ? 'C' : 'X');
        if (kind == CALL) put_memory();
    }
    put_changes();
    put("E", 1);
    put32(0x10000);
    fclose(record);
    kill(child, SIGKILL);
}

int main(int count, char **words) {
    if (count < 4) {
        fprintf(stderr, "usage: tracer RECORD MOST PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    read_leaves();
    record = fopen(words[1], "wb");
    if (record == NULL) fail(words[1]);
    child = fork();
    if (child == 0) {
        /* With restartable sequences the kernel would write to the program between its steps. */
        char *environment[] = {"GLIBC_TUNABLES=glibc.pthread.rseq=0", NULL};
        int nothing = open("/dev/null", O_RDWR);
        dup2(nothing, 0);
        dup2(nothing, 1);
        personality(ADDR_NO_RANDOMIZE);
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        execve(words[3], words + 3, environment);
        _exit(127);
    }
    int status;
    if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) fail(words[3]);
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", child);
    memory = open(path, O_RDONLY);
    if (memory < 0) fail(path);
    trace(strtoull(words[2], NULL, 10));
    return 0;
}
