/* Sockets behind stream ports; see net.h. One thread, non-blocking sockets; epoll says which of them have something to do, so
 * that idle ones cost no system call. */
#define _GNU_SOURCE
#include "plat/posix/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* How long the last output may wait for a peer that does not read; and after our FIN its late bytes are drained this long, so
 * that a reset does not eat the last line. As in plat/sel4/conn.c. */
#define FLUSH_MS 5000u
#define DRAIN_MS 1000u
/* Polls without anything to do after which a half-closed connection has got all its answers: the pump ran between them. */
#define QUIET_POLLS 3u
#define BACKLOG 1024
/* A peer that is gone without a word is noticed in about two minutes. As in plat/sel4/conn.c. */
#define KEEP_IDLE_S 60
#define KEEP_INTERVAL_S 15
#define KEEP_PROBES 4
/* What epoll calls the two that are no port. */
#define EVENT_LISTENER UINT32_MAX
#define EVENT_EXTRA (UINT32_MAX - 1u)
#define EVENTS 64

struct socket_state {
    int fd;            /* −1 = free */
    bool readable;     /* there may be input, or its end */
    bool ending;       /* the end was announced: it lies behind the last input, and is announced only once */
    bool blocked;      /* the kernel took less than it was offered */
    bool lost;         /* it ended by an error, not by the peer's FIN */
    bool eof;          /* the peer sent FIN: no more input */
    bool failed;       /* nothing more goes either way */
    bool fin_sent;     /* ours is out */
    uint8_t quiet;     /* half-closed: polls in a row with nothing to do */
    uint64_t until_ms; /* end of the flush, then of the drain; 0 = neither has begun */
};

struct posix_net {
    int listener, epoll;
    int extra;         /* watched besides, −1 = none */
    bool extra_always; /* it is no kind of file that can be waited for */
    bool acceptable;   /* connections may wait at the listener */
    uint16_t port;
    struct stream_link *link;
    struct hive_net *facts;
    uint64_t awake[STREAM_BELL_WORDS]; /* a bit a socket that has something to do; the others wait for epoll or their bell */
    struct socket_state sockets[STREAM_PORTS];
};

static void unblock(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

struct posix_net *net_open(const char *addr, uint16_t port, struct stream_link *link, struct hive_net *facts)
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
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u32 = EVENT_LISTENER};
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) {
        perror("hive-hosted: can't wait for connections");
        return NULL;
    }
    struct posix_net *n = calloc(1, sizeof *n);
    if (!n)
        abort();
    n->listener = fd;
    n->epoll = epoll;
    n->extra = -1;
    n->port = ntohs(a.sin_port);
    n->link = link;
    n->facts = facts;
    for (uint32_t i = 0; i < STREAM_PORTS; i++)
        n->sockets[i].fd = -1;
    facts->listening = facts->link_up = true;
    facts->source = HIVE_STATIC;
    facts->address = ntohl(a.sin_addr.s_addr);
    return n;
}

void net_close(struct posix_net *n)
{
    for (uint32_t i = 0; i < STREAM_PORTS; i++) {
        if (n->sockets[i].fd >= 0)
            close(n->sockets[i].fd);
    }
    close(n->listener);
    close(n->epoll);
    free(n);
}

uint16_t net_port(const struct posix_net *n) { return n->port; }

static void wake(struct posix_net *n, uint32_t i) { n->awake[i / 64] |= UINT64_C(1) << i % 64; }

static void set_option(int fd, int level, int option, int value) { setsockopt(fd, level, option, &value, sizeof value); }

/* False: nobody waits. */
static bool accept_one(struct posix_net *n, uint32_t i)
{
    struct stream_port *p = &n->link->ports[i];
    int fd = accept4(n->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.u32 = i};
    if (fd < 0)
        return false;
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL_S);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEP_PROBES);
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (KEEP_IDLE_S + KEEP_INTERVAL_S * KEEP_PROBES) * 1000); /* and with unread answers */
    if (epoll_ctl(n->epoll, EPOLL_CTL_ADD, fd, &event)) {
        close(fd);
        return true;
    }
    n->sockets[i] = (struct socket_state){.fd = fd, .readable = true};
    wake(n, i);
    p->rx_tail = 0;
    p->tx_head = 0;
    ring_store(&p->opened, p->opened + 1);
    bell_ring(&n->link->to_hive, i);
    n->facts->accepted++;
    return true;
}

static void accept_all(struct posix_net *n)
{
    for (uint32_t i = 0; n->acceptable && i < STREAM_PORTS; i++) {
        if (n->sockets[i].fd < 0 && ring_load(&n->link->ports[i].released) == n->link->ports[i].opened)
            n->acceptable = accept_one(n, i);
    }
}

static bool receive(struct posix_net *n, struct socket_state *s, struct stream_port *p)
{
    bool moved = false;
    while (s->readable) {
        uint32_t used = p->rx_tail - ring_load(&p->rx_head), at = p->rx_tail % STREAM_RX_BYTES;
        uint32_t room = STREAM_RX_BYTES - used, run = STREAM_RX_BYTES - at < room ? STREAM_RX_BYTES - at : room;
        if (run == 0)
            return moved;
        ssize_t got = recv(s->fd, p->rx + at, run, 0);
        s->readable = s->ending || got == (ssize_t)run || (got < 0 && errno == EINTR);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return moved;
        if (got <= 0) {
            s->eof = true;
            s->failed = s->lost = got < 0;
            return true;
        }
        n->facts->rx_bytes += (uint64_t)got;
        ring_store(&p->rx_tail, p->rx_tail + (uint32_t)got);
        moved = true;
    }
    return moved;
}

static bool transmit(struct posix_net *n, struct socket_state *s, struct stream_port *p)
{
    bool moved = false;
    while (!s->blocked) {
        uint32_t used = ring_load(&p->tx_tail) - p->tx_head, at = p->tx_head % STREAM_TX_BYTES;
        uint32_t run = STREAM_TX_BYTES - at < used ? STREAM_TX_BYTES - at : used;
        if (used == 0)
            return moved;
        /* Both ends of the ring in one call: an answer that came in two parts would wake its reader twice. */
        struct iovec parts[2] = {{p->tx + at, run}, {p->tx, used - run}};
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = used > run ? 2 : 1};
        ssize_t sent = sendmsg(s->fd, &message, MSG_NOSIGNAL);
        s->blocked = sent < (ssize_t)used && (sent >= 0 || errno == EAGAIN);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR))
            return moved;
        if (sent < 0) {
            s->failed = s->lost = true;
            return true;
        }
        n->facts->tx_bytes += (uint64_t)sent;
        ring_store(&p->tx_head, p->tx_head + (uint32_t)sent);
        moved = true;
    }
    return moved;
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
    s->readable = true;
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
    struct stream_port *p = &n->link->ports[i];
    if (s->fd < 0)
        return false;
    bool moved = transmit(n, s, p);
    if (ring_load(&p->hive_closed) == p->opened)
        moved = wind_up(s, p, now_ms) || moved;
    else if (s->eof)
        moved = half_closed(s, p) || moved;
    else
        moved = receive(n, s, p) || moved;
    if (moved || s->eof || s->until_ms) /* an end counts its polls and its time */
        wake(n, i);
    if (moved)
        bell_ring(&n->link->to_hive, i);
    if (!s->failed)
        return moved;
    close(s->fd);
    s->fd = -1;
    if (s->lost)
        ring_store(&p->net_lost, p->opened);
    ring_store(&p->net_closed, p->opened);
    bell_ring(&n->link->to_hive, i);
    return true;
}

bool net_poll(struct posix_net *n, uint64_t now_ms)
{
    bool moved = false;
    accept_all(n);
    for (uint32_t w = 0; w < STREAM_BELL_WORDS; w++) {
        uint64_t look = n->awake[w] | bell_take(&n->link->to_net, w);
        for (n->awake[w] = 0; look; look &= look - 1u)
            moved = serve_socket(n, w * 64u + (uint32_t)__builtin_ctzll(look), now_ms) || moved;
    }
    return moved;
}

uint64_t net_deadline(const struct posix_net *n)
{
    uint64_t first = UINT64_MAX;
    for (uint32_t w = 0; w < STREAM_BELL_WORDS; w++) {
        for (uint64_t look = n->awake[w]; look; look &= look - 1u) {
            const struct socket_state *s = &n->sockets[w * 64u + (uint32_t)__builtin_ctzll(look)];
            if (s->fd >= 0 && s->until_ms && s->until_ms < first)
                first = s->until_ms;
        }
    }
    return first;
}

/* Which file is watched besides. One that epoll refuses, a regular file, is always ready. */
static void watch(struct posix_net *n, int extra)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = EVENT_EXTRA};
    if (extra == n->extra)
        return;
    if (n->extra >= 0)
        epoll_ctl(n->epoll, EPOLL_CTL_DEL, n->extra, NULL);
    n->extra = extra;
    n->extra_always = extra >= 0 && epoll_ctl(n->epoll, EPOLL_CTL_ADD, extra, &event) != 0;
}

bool net_wait(struct posix_net *n, int timeout_ms, int extra)
{
    struct epoll_event events[EVENTS];
    watch(n, extra);
    bool ready = n->extra_always;
    int count = epoll_wait(n->epoll, events, EVENTS, ready ? 0 : timeout_ms);
    for (int i = 0; i < count; i++) {
        uint32_t what = events[i].data.u32, flags = events[i].events;
        if (what == EVENT_LISTENER) {
            n->acceptable = true;
        } else if (what == EVENT_EXTRA) {
            ready = true;
        } else {
            n->sockets[what].ending = n->sockets[what].ending || (flags & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
            n->sockets[what].readable = n->sockets[what].readable || (flags & ~(uint32_t)EPOLLOUT);
            n->sockets[what].blocked = n->sockets[what].blocked && !(flags & EPOLLOUT);
            wake(n, what);
        }
    }
    return ready;
}
