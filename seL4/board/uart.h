/* The board's serial device (hw.uart), for the loader and the root task. `base` is where its first register is seen.
 *
 * uart_can_send   there is room for a byte
 * uart_send       sends it; only when there is room
 * uart_has_input  a byte is there
 * uart_take       takes it; only when one is there
 * uart_speak      turns the transmitter on where it is off; everything else stays as firmware left it
 * uart_start      sets the FIFOs up, without interrupts, before uart_interrupt
 * uart_interrupt  from now on it interrupts for input, for room to send, both or neither
 * uart_clear      what it has interrupted for so far is seen; what still holds interrupts again */
#pragma once

#include "generated/board.h"

#if COH_BOARD_UART_IS_MINIUART
#include "board/miniuart.h"
#define UART(what) miniuart_##what
#else
#include "board/pl011.h"
#define UART(what) pl011_##what
#endif

#define uart_can_send UART(can_send)
#define uart_send UART(send)
#define uart_has_input UART(has_input)
#define uart_take UART(take)
#define uart_speak UART(speak)
#define uart_start UART(start)
#define uart_interrupt UART(interrupt)
#define uart_clear UART(clear)
