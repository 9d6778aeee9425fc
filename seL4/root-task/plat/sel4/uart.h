/* The serial line: polled while the boot log is printed, then interrupt driven through the serial stream port. */
#pragma once

#include "base/bytes.h"
#include "pump/stream.h"

/* Maps the device and returns its frame (for CAPS). Halts when it can't. */
unsigned long uart_init(void);
/* Writes all of it, by polling; '\n' becomes "\r\n". Before uart_init: to the kernel's own console, where it has one. */
void uart_write(struct bytes text);
/* Takes the interrupt: from now on uart_turn moves bytes. */
void uart_irq_init(void);
/* Moves input into port->rx and output from port->tx as far as both sides have room. Without an interrupt it costs little
 * when nothing waits. True: input came, which is to be pumped before anybody sleeps. */
bool uart_turn(struct stream_port *port, bool interrupted);
