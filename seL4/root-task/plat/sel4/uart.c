/* See uart.h; the device's registers are board/uart.h's. */
#include "plat/sel4/uart.h"

#include "board/uart.h"
#include "plat/sel4/irq.h"
#include "plat/sel4/seat.h"
#include "plat/sel4/vspace.h"
#include "task/caps.h"

/* Registers may lie behind others in their page. */
#define REGISTERS (LAYOUT_UART + COH_BOARD_UART_PADDR % PAGE_BYTES)

static seL4_CPtr frame; /* once it is mapped */
static bool listens, waits; /* the device interrupts for input, for room to send */

unsigned long uart_init(void)
{
    frame = vspace_device(COH_BOARD_UART_PADDR - COH_BOARD_UART_PADDR % PAGE_BYTES, LAYOUT_UART, cap_name("uart.frame"));
    return frame;
}

static void put(uint8_t c)
{
    if (frame == seL4_CapNull) {
#ifdef CONFIG_PRINTING
        seL4_DebugPutChar((char)c);
#endif
        return;
    }
    while (!uart_can_send(REGISTERS))
        continue;
    uart_send(REGISTERS, c);
    seat_put(c);
}

void uart_write(struct bytes text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\n')
            put('\r');
        put(text.p[i]);
    }
    seat_tell();
}

void uart_irq_init(void)
{
    uart_start(REGISTERS);
    irq_take_own(COH_BOARD_UART_IRQ, BADGE_AUTHORITY_UART, cap_name("uart.irq"));
    listens = true;
    uart_interrupt(REGISTERS, listens, waits);
}

/* Input until the FIFO is empty or the ring is full; then the receive interrupt is off until the pump made
 * room. */
static void receive(struct stream_port *port)
{
    uint32_t tail = port->rx_tail;
    uint32_t head = ring_load(&port->rx_head);
    while (tail - head < STREAM_RX_BYTES && uart_has_input(REGISTERS)) {
        port->rx[tail % STREAM_RX_BYTES] = uart_take(REGISTERS);
        tail++;
    }
    ring_store(&port->rx_tail, tail);
    listens = tail - head < STREAM_RX_BYTES;
}

/* Output until the ring is empty or the FIFO is full; the transmit interrupt is on only while something is
 * left. */
static void transmit(struct stream_port *port)
{
    uint32_t head = port->tx_head;
    uint32_t tail = ring_load(&port->tx_tail);
    while (head != tail && uart_can_send(REGISTERS)) {
        uart_send(REGISTERS, port->tx[head % STREAM_TX_BYTES]);
        seat_put(port->tx[head % STREAM_TX_BYTES]);
        head++;
    }
    seat_tell();
    ring_store(&port->tx_head, head);
    waits = head != tail;
}

bool uart_turn(struct stream_port *port, bool interrupted)
{
    uint32_t before = port->rx_tail;
    bool listened = listens, waited = waits;
    /* Without an interrupt nothing moves but what waits for room, and each look at the device leaves a virtual machine. */
    if (!interrupted && port->tx_head == ring_load(&port->tx_tail) && listens)
        return false;
    uart_clear(REGISTERS);
    receive(port);
    transmit(port);
    if (listens != listened || waits != waited)
        uart_interrupt(REGISTERS, listens, waits);
    return port->rx_tail != before;
}
