/* PL011: polled while the boot log is printed, then interrupt driven through the serial stream port. */
#pragma once

#include "base/bytes.h"
#include "pump/stream.h"

/* Maps the device and returns its frame (for CAPS); from then on uart_write works. Halts (silently, on kernels without a
 * console) when it can't. */
unsigned long uart_init(void);
bool uart_ready(void);
/* Writes all of it, by polling; '\n' becomes "\r\n". */
void uart_write(struct bytes text);
/* Takes the interrupt: from now on uart_turn moves bytes. */
void uart_irq_init(void);
/* Moves input into port->rx and output from port->tx as far as both sides have room. Without an interrupt it costs little
 * when nothing waits. */
void uart_turn(struct stream_port *port, bool interrupted);
