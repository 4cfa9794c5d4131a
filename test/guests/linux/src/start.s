; No runtime at all: exit(0).
        global  _start
        section .text
_start:
        mov     eax, 60
        xor     edi, edi
        syscall
