/* Sockets behind stream ports; see net.h. One thread, non-blocking sockets, poll. */
#define _GNU_SOURCE
#include "plat/posix/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long the last output may wait for a peer that does not read; and after our FIN its late bytes are drained this long, so
 * that a reset does not eat the last line. As in plat/sel4/conn.c. */
#define FLUSH_MS 5000u
#define DRAIN_MS 1000u
/* Polls without anything to do after which a half-closed connection has got all its answers: the pump ran between them. */
#define QUIET_POLLS 3u
#define BACKLOG 128

struct socket_state {
    int fd;            /* −1 = free */
    bool eof;          /* the peer sent FIN: no more input */
    bool failed;       /* nothing more goes either way */
    bool fin_sent;     /* ours is out */
    uint8_t quiet;     /* half-closed: polls in a row with nothing to do */
    uint64_t until_ms; /* end of the flush, then of the drain; 0 = neither has begun */
};

struct posix_net {
    int listener;
    uint16_t port;
    struct stream_port *ports;
    struct hive_net *facts;
    struct socket_state sockets[STREAM_PORTS];
};

static void unblock(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

struct posix_net *net_open(const char *addr, uint16_t port, struct stream_port *ports, struct hive_net *facts)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (inet_pton(AF_INET, addr, &a.sin_addr) != 1) {
        fprintf(stderr, "hive-hosted: --bind %s: not an IPv4 address; use for example 127.0.0.1\n", addr);
        return NULL;
    }
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    socklen_t len = sizeof a;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, len) || listen(fd, BACKLOG) ||
        getsockname(fd, (struct sockaddr *)&a, &len)) {
        fprintf(stderr, "hive-hosted: can't listen on %s:%u: ", addr, port);
        perror(NULL);
        return NULL;
    }
    unblock(fd);
    struct posix_net *n = calloc(1, sizeof *n);
    if (!n)
        abort();
    n->listener = fd;
    n->port = ntohs(a.sin_port);
    n->ports = ports;
    n->facts = facts;
    for (uint32_t i = 0; i < STREAM_PORTS; i++)
        n->sockets[i].fd = -1;
    facts->listening = facts->link_up = true;
    return n;
}

void net_close(struct posix_net *n)
{
    for (uint32_t i = 0; i < STREAM_PORTS; i++) {
        if (n->sockets[i].fd >= 0)
            close(n->sockets[i].fd);
    }
    close(n->listener);
    free(n);
}

uint16_t net_port(const struct posix_net *n) { return n->port; }

static void accept_all(struct posix_net *n)
{
    for (uint32_t i = 0; i < STREAM_PORTS; i++) {
        struct stream_port *p = &n->ports[i];
        if (n->sockets[i].fd >= 0 || ring_load(&p->released) != p->opened)
            continue;
        int fd = accept4(n->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), one = 1;
        if (fd < 0)
            return;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        n->sockets[i] = (struct socket_state){.fd = fd};
        p->rx_tail = 0;
        p->tx_head = 0;
        ring_store(&p->opened, p->opened + 1);
        n->facts->accepted++;
    }
}

static bool receive(struct posix_net *n, struct socket_state *s, struct stream_port *p)
{
    bool moved = false;
    for (;;) {
        uint32_t used = p->rx_tail - ring_load(&p->rx_head), at = p->rx_tail % STREAM_RX_BYTES;
        uint32_t room = STREAM_RX_BYTES - used, run = STREAM_RX_BYTES - at < room ? STREAM_RX_BYTES - at : room;
        if (run == 0)
            return moved;
        ssize_t got = recv(s->fd, p->rx + at, run, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return moved;
        if (got <= 0) {
            s->eof = true;
            s->failed = got < 0;
            return true;
        }
        n->facts->rx_bytes += (uint64_t)got;
        ring_store(&p->rx_tail, p->rx_tail + (uint32_t)got);
        moved = true;
    }
}

static bool transmit(struct posix_net *n, struct socket_state *s, struct stream_port *p)
{
    bool moved = false;
    for (;;) {
        uint32_t used = ring_load(&p->tx_tail) - p->tx_head, at = p->tx_head % STREAM_TX_BYTES;
        uint32_t run = STREAM_TX_BYTES - at < used ? STREAM_TX_BYTES - at : used;
        if (run == 0)
            return moved;
        ssize_t sent = send(s->fd, p->tx + at, run, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR))
            return moved;
        if (sent < 0) {
            s->failed = true;
            return true;
        }
        n->facts->tx_bytes += (uint64_t)sent;
        ring_store(&p->tx_head, p->tx_head + (uint32_t)sent);
        moved = true;
    }
}

/* The authority is done: FIN behind the last byte, then the peer's late bytes are read and forgotten. */
static bool wind_up(struct socket_state *s, struct stream_port *p, uint64_t now_ms)
{
    uint8_t waste[4096];
    bool moved = false;
    if (!s->until_ms)
        s->until_ms = now_ms + FLUSH_MS;
    if (!s->fin_sent && ring_load(&p->tx_tail) == p->tx_head) {
        shutdown(s->fd, SHUT_WR);
        s->fin_sent = moved = true;
        s->until_ms = now_ms + DRAIN_MS;
    }
    for (uint32_t i = 0; i < 16 && !s->eof && s->fin_sent; i++) {
        ssize_t got = recv(s->fd, waste, sizeof waste, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        s->eof = got <= 0;
        moved = true;
    }
    if (now_ms >= s->until_ms || (s->eof && s->fin_sent))
        s->failed = true;
    return moved;
}

/* The peer has said all it will; it still gets the answers. */
static bool half_closed(struct socket_state *s, const struct stream_port *p)
{
    bool idle = ring_load(&p->rx_head) == p->rx_tail && ring_load(&p->tx_tail) == p->tx_head;
    s->quiet = idle ? (uint8_t)(s->quiet + 1) : 0;
    s->failed = s->failed || s->quiet == QUIET_POLLS;
    return idle;
}

static bool serve_socket(struct posix_net *n, uint32_t i, uint64_t now_ms)
{
    struct socket_state *s = &n->sockets[i];
    struct stream_port *p = &n->ports[i];
    if (s->fd < 0)
        return false;
    bool moved = transmit(n, s, p);
    if (ring_load(&p->hive_closed) == p->opened)
        moved = wind_up(s, p, now_ms) || moved;
    else if (s->eof)
        moved = half_closed(s, p) || moved;
    else
        moved = receive(n, s, p) || moved;
    if (!s->failed)
        return moved;
    close(s->fd);
    s->fd = -1;
    ring_store(&p->net_closed, p->opened);
    return true;
}

bool net_poll(struct posix_net *n, uint64_t now_ms)
{
    bool moved = false;
    accept_all(n);
    for (uint32_t i = 0; i < STREAM_PORTS; i++)
        moved = serve_socket(n, i, now_ms) || moved;
    return moved;
}

uint64_t net_deadline(const struct posix_net *n)
{
    uint64_t first = UINT64_MAX;
    for (uint32_t i = 0; i < STREAM_PORTS; i++) {
        if (n->sockets[i].fd >= 0 && n->sockets[i].until_ms && n->sockets[i].until_ms < first)
            first = n->sockets[i].until_ms;
    }
    return first;
}

bool net_wait(struct posix_net *n, int timeout_ms, int extra)
{
    struct pollfd fds[STREAM_PORTS + 2];
    nfds_t count = 0;
    bool room = false;
    for (uint32_t i = 0; i < STREAM_PORTS; i++) {
        const struct stream_port *p = &n->ports[i];
        if (n->sockets[i].fd < 0) {
            room = room || p->released == p->opened;
            continue;
        }
        bool may_read = !n->sockets[i].eof &&
                        (n->sockets[i].fin_sent || p->rx_tail - p->rx_head < STREAM_RX_BYTES);
        bool may_write = p->tx_tail != p->tx_head;
        fds[count++] = (struct pollfd){n->sockets[i].fd, (short)((may_read ? POLLIN : 0) | (may_write ? POLLOUT : 0)), 0};
    }
    if (room)
        fds[count++] = (struct pollfd){n->listener, POLLIN, 0};
    if (extra >= 0)
        fds[count++] = (struct pollfd){extra, POLLIN, 0};
    if (poll(fds, count, timeout_ms) <= 0 || extra < 0)
        return false;
    return fds[count - 1].revents != 0;
}
