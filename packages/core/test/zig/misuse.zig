//! Runs a program of misuse on the general purpose allocator of Zig's standard library: steps of
//! misuse-programs.ts as words on the command line, see record.mjs. What the allocator says goes to
//! standard error; each step is announced there, too.
const std = @import("std");

const Block = struct { at: usize = 0, size: usize = 0, log2_align: u8 = 0 };

var gpa = std.heap.GeneralPurposeAllocator(.{ .stack_trace_frames = 6 }){};
var blocks: [64]Block = [1]Block{.{}} ** 64;

fn bytesAt(address: usize, size: usize) []u8 {
    return @as([*]u8, @ptrFromInt(address))[0..size];
}

/// As Allocator.free does it: the bytes are set to undefined first.
fn free(address: usize, size: usize, log2_align: u8) void {
    const bytes = bytesAt(address, size);
    @memset(bytes, undefined);
    gpa.allocator().rawFree(bytes, log2_align, @returnAddress());
}

fn allocate(size: usize, log2_align: u8) usize {
    return @intFromPtr(gpa.allocator().rawAlloc(size, log2_align, @returnAddress()).?);
}

/// As Allocator.realloc does it: resize, or else allocate, copy and free.
fn reallocate(block: Block, size: usize) void {
    const old = bytesAt(block.at, block.size);
    if (gpa.allocator().rawResize(old, block.log2_align, size, @returnAddress())) return;
    const moved = bytesAt(allocate(size, block.log2_align), size);
    const kept = @min(size, block.size);
    @memcpy(moved[0..kept], old[0..kept]);
    free(block.at, block.size, block.log2_align);
}

/// Bucket of the first class that has one: where the bits and the traces are.
fn poison(what: []const u8) void {
    for (&gpa.cur_buckets) |*bucket| {
        if (bucket.* == null) continue;
        const at = if (std.mem.eql(u8, what, "control")) @intFromPtr(bucket) else @intFromPtr(bucket.*.?);
        @memset(bytesAt(at, 8), 0x41);
        return;
    }
}

fn reuse(block: Block) void {
    for (0..100_000) |_| {
        const again = allocate(block.size, block.log2_align);
        if (again == block.at) return;
        free(again, block.size, block.log2_align);
    }
    std.debug.print("the address never came back\n", .{});
    std.process.exit(3);
}

const Words = struct {
    list: []const [:0]const u8,
    next: usize = 1,

    fn text(self: *Words) ?[]const u8 {
        if (self.next == self.list.len) return null;
        self.next += 1;
        return self.list[self.next - 1];
    }

    fn number(self: *Words) usize {
        const word = self.text() orelse unreachable;
        return @bitCast(std.fmt.parseInt(isize, word, 10) catch unreachable);
    }
};

fn step(kind: u8, words: *Words, threaded: *bool) void {
    switch (kind) {
        'a' => {
            const nth = words.number();
            const size = words.number();
            const log2_align: u8 = @intCast(words.number());
            blocks[nth] = .{ .at = allocate(size, log2_align), .size = size, .log2_align = log2_align };
            std.debug.print("block {d} 0x{x}\n", .{ nth, blocks[nth].at });
        },
        'f', 'F' => {
            const place = words.number();
            const address = (if (kind == 'F') place else blocks[place].at) +% words.number();
            const size = words.number();
            const log2_align: u8 = @intCast(words.number());
            if (!threaded.*) return free(address, size, log2_align);
            const thread = std.Thread.spawn(.{}, free, .{ address, size, log2_align }) catch unreachable;
            thread.join();
        },
        'r' => {
            var block = blocks[words.number()];
            const to = words.number();
            block.size = words.number();
            block.log2_align = @intCast(words.number());
            reallocate(block, to);
        },
        'w', 'R' => {
            const address = blocks[words.number()].at +% words.number();
            const bytes = bytesAt(address, words.number());
            if (kind == 'w') @memset(bytes, 0x41) else std.mem.doNotOptimizeAway(bytes[0]);
        },
        'p' => poison(words.text() orelse unreachable),
        'u' => reuse(blocks[words.number()]),
        't' => threaded.* = true,
        else => unreachable,
    }
}

pub fn main() !void {
    const list = try std.process.argsAlloc(std.heap.page_allocator);
    var words = Words{ .list = list };
    var threaded = false;
    while (words.text()) |kind| {
        std.debug.print("step {s}\n", .{kind});
        step(kind[0], &words, &threaded);
    }
    std.debug.print("end\n", .{});
    _ = gpa.deinit();
}
