/* ARM PrimeCell UART PL011 (ARM DDI 0183), as QEMU's virt board has it at 0x0900 0000, SPI 1. The line is set
 * up (115200 8N1, FIFOs) by firmware, or needs no set-up in QEMU; only the FIFOs and the interrupt masks are
 * ours.
 *
 * offset  register
 *   0x00  DR    data
 *   0x18  FR    flags: bit 4 receive FIFO empty, bit 5 transmit FIFO full
 *   0x2c  LCR_H bit 4 FIFOs on, bits 6:5 = 3 for 8 bits
 *   0x34  IFLS  FIFO levels: receive at 1/8 (0), transmit at 1/8 (0)
 *   0x38  IMSC  interrupt mask: bit 4 receive, bit 5 transmit, bit 6 receive timeout
 *   0x44  ICR   interrupt clear */
#include "plat/sel4/uart.h"

#include "plat/sel4/irq.h"
#include "plat/sel4/seat.h"
#include "task/mmio.h"
#include "plat/sel4/vspace.h"
#include "task/caps.h"

#define UART_PADDR 0x09000000u
#define UART_IRQ 33u

#define DR 0x00u
#define FR 0x18u
#define LCR_H 0x2cu
#define IFLS 0x34u
#define IMSC 0x38u
#define ICR 0x44u

#define FR_RX_EMPTY 0x10u
#define FR_TX_FULL 0x20u
#define INT_RX 0x50u /* receive and receive timeout */
#define INT_TX 0x20u

static seL4_CPtr frame; /* once it is mapped */
static uint32_t mask;

unsigned long uart_init(void)
{
    frame = vspace_device(UART_PADDR, LAYOUT_UART, cap_name("uart.frame"));
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
    while ((mmio_read(LAYOUT_UART, FR) & FR_TX_FULL) != 0)
        continue;
    mmio_write(LAYOUT_UART, DR, c);
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
    mmio_write(LAYOUT_UART, IMSC, 0);
    mmio_write(LAYOUT_UART, LCR_H, 0x70);
    mmio_write(LAYOUT_UART, IFLS, 0);
    mmio_write(LAYOUT_UART, ICR, 0x7ff);
    irq_take_own(UART_IRQ, BADGE_AUTHORITY_UART, cap_name("uart.irq"));
    mask = INT_RX;
    mmio_write(LAYOUT_UART, IMSC, mask);
}

/* Input until the FIFO is empty or the ring is full; then the receive interrupt is off until the pump made
 * room. */
static void receive(struct stream_port *port)
{
    uint32_t tail = port->rx_tail;
    uint32_t head = ring_load(&port->rx_head);
    while (tail - head < STREAM_RX_BYTES && (mmio_read(LAYOUT_UART, FR) & FR_RX_EMPTY) == 0) {
        port->rx[tail % STREAM_RX_BYTES] = (uint8_t)mmio_read(LAYOUT_UART, DR);
        tail++;
    }
    ring_store(&port->rx_tail, tail);
    mask = tail - head < STREAM_RX_BYTES ? mask | INT_RX : mask & ~INT_RX;
}

/* Output until the ring is empty or the FIFO is full; the transmit interrupt is on only while something is
 * left. */
static void transmit(struct stream_port *port)
{
    uint32_t head = port->tx_head;
    uint32_t tail = ring_load(&port->tx_tail);
    while (head != tail && (mmio_read(LAYOUT_UART, FR) & FR_TX_FULL) == 0) {
        mmio_write(LAYOUT_UART, DR, port->tx[head % STREAM_TX_BYTES]);
        seat_put(port->tx[head % STREAM_TX_BYTES]);
        head++;
    }
    seat_tell();
    ring_store(&port->tx_head, head);
    mask = head != tail ? mask | INT_TX : mask & ~INT_TX;
}

void uart_turn(struct stream_port *port, bool interrupted)
{
    uint32_t before = mask;
    /* Without an interrupt nothing moves but what waits for room, and each look at the device leaves a virtual machine. */
    if (!interrupted && port->tx_head == ring_load(&port->tx_tail) && (mask & INT_RX) != 0)
        return;
    mmio_write(LAYOUT_UART, ICR, INT_RX | INT_TX);
    receive(port);
    transmit(port);
    if (mask != before)
        mmio_write(LAYOUT_UART, IMSC, mask);
}
