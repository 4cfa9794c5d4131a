/* __try for compilers without it: frames with the handler of C, whose blocks are functions. */
#include <windows.h>

typedef void (*Body)(void *);
typedef LONG (*Filter)(EXCEPTION_POINTERS *, void *);

/* __try { body(argument); 0 } __except (filter) { 1 } and __try … __finally { last }. */
int try_call(Body body, void *argument, Filter filter);
void finally_call(Body body, void *argument, void (*last)(BOOLEAN abnormal, void *frame));
__asm__(".text\n"
        "filter_of_frame: jmp *64(%rdx)\n"
        "last_of_frame: jmp *64(%rdx)\n"
        ".globl try_call\n.seh_proc try_call\ntry_call:\n"
        "subq $40, %rsp\n.seh_stackalloc 40\n.seh_endprologue\n"
        "movq %r8, 64(%rsp)\nmovq %rcx, %rax\nmovq %rdx, %rcx\n"
        "1: call *%rax\n nop\n2: xorl %eax, %eax\n jmp 6f\n"
        "3: movl $1, %eax\n"
        "6: addq $40, %rsp\n ret\n"
        ".seh_handler __C_specific_handler, @except\n.seh_handlerdata\n"
        ".long 1\n.rva 1b, 2b, filter_of_frame, 3b\n.text\n.seh_endproc\n"
        ".globl finally_call\n.seh_proc finally_call\nfinally_call:\n"
        "subq $40, %rsp\n.seh_stackalloc 40\n.seh_endprologue\n"
        "movq %r8, 64(%rsp)\nmovq %rcx, %rax\nmovq %rdx, %rcx\n"
        "4: call *%rax\n nop\n"
        "5: xorl %ecx, %ecx\n movq %rsp, %rdx\n call *64(%rsp)\n addq $40, %rsp\n ret\n"
        ".seh_handler __C_specific_handler, @unwind, @except\n.seh_handlerdata\n"
        ".long 1\n.rva 4b, 5b, last_of_frame\n.long 0\n.text\n.seh_endproc\n");
