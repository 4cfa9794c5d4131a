/* Vector table, reset and default handlers for Cortex-M0, M3 and M4. */
  .file "startup-arm.S"
  .syntax unified
  .thumb

  .section .vectors, "a"
  .balign 128
  .global vectors
vectors:
  .word __stack
  .word Reset_Handler
  .word NMI_Handler
  .word HardFault_Handler
  .word MemManage_Handler
  .word BusFault_Handler
  .word UsageFault_Handler
  .word 0, 0, 0, 0
  .word SVC_Handler
  .word DebugMon_Handler
  .word 0
  .word PendSV_Handler
  .word SysTick_Handler
  .rept 32
  .word Interrupt_Handler
  .endr

  .text
  .thumb_func
  .global Reset_Handler
  .type Reset_Handler, %function
Reset_Handler:
  bl start
  .size Reset_Handler, . - Reset_Handler

/* The program brought no handler for this exception: say which, and stop. */
  .thumb_func
  .global unexpected_exception
  .type unexpected_exception, %function
unexpected_exception:
  mrs r0, ipsr
  ldr r3, =report_unexpected
  bx r3
  .size unexpected_exception, . - unexpected_exception
  .pool

  .macro default_handler name
  .weak \name
  .thumb_set \name, unexpected_exception
  .endm

  default_handler NMI_Handler
  default_handler HardFault_Handler
  default_handler MemManage_Handler
  default_handler BusFault_Handler
  default_handler UsageFault_Handler
  default_handler SVC_Handler
  default_handler DebugMon_Handler
  default_handler PendSV_Handler
  default_handler SysTick_Handler
  default_handler Interrupt_Handler

/* int semihost(int operation, const void *block) */
  .thumb_func
  .global semihost
  .type semihost, %function
semihost:
  bkpt 0xab
  bx lr
  .size semihost, . - semihost
