/* hive-hosted: the authority as a POSIX process. The same core as on seL4; sockets and a terminal instead of devices. */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "attest/record.h"
#include "base/assert.h"
#include "plat/posix/net.h"
#include "pump/boot.h"
#include "pump/pump.h"

#define PROVISION_BYTES 4096u

struct options {
    const char *bind;
    uint16_t port;
    bool serial, exit_on_eof;
    const char *provision, *evidence;
};

static volatile sig_atomic_t stopping;

static void on_signal(int sig)
{
    stopping = 1;
}

_Noreturn void coh_panic(const char *what, const char *file, int line)
{
    fprintf(stderr, "halted: %s at %s:%d\n", what, file, line);
    abort();
}

static uint64_t clock_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}
static uint64_t clock_ms(void) { return clock_us() / 1000u; }

static void print(struct bytes line)
{
    fwrite(line.p, 1, line.n, stdout);
    fflush(stdout);
}

static void usage(FILE *to)
{
    fputs("Usage: hive-hosted [options]\n"
          "The Cohesix authority as a process of this machine.\n\n"
          "  --port N               TCP port of the console; 0 takes a free one (default: the manifest's)\n"
          "  --bind ADDR            IPv4 address to listen on (default 127.0.0.1)\n"
          "  --serial               the root console on standard input and output\n"
          "  --provision FILE       ticket keys of a release manifest (coh-rtc provision)\n"
          "  --evidence FILE        measurement record, as a loader hands it over (docs/ATTESTATION.md)\n"
          "  --exit-on-stdin-close  end when standard input does, with the process that started this one\n"
          "  --help                 this text\n",
          to);
}

static bool parse(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        {"port", required_argument, NULL, 'p'},     {"bind", required_argument, NULL, 'b'},
        {"serial", no_argument, NULL, 's'},         {"provision", required_argument, NULL, 'k'},
        {"exit-on-stdin-close", no_argument, NULL, 'e'}, {"help", no_argument, NULL, 'h'},
        {"evidence", required_argument, NULL, 'm'}, {0}};
    *o = (struct options){.bind = "127.0.0.1", .port = (uint16_t)COH_CONSOLE_PORT};
    for (int c; (c = getopt_long(argc, argv, "h", longs, NULL)) != -1;) {
        char *end = NULL;
        unsigned long port = c == 'p' ? strtoul(optarg, &end, 10) : 0;
        if (c == 'h') {
            usage(stdout);
            exit(0);
        }
        if (c == '?' || (c == 'p' && (!*optarg || *end || port > UINT16_MAX))) {
            if (c == 'p')
                fprintf(stderr, "hive-hosted: --port %s: a port is 0 to 65535\n", optarg);
            return false;
        }
        if (c == 'p')
            o->port = (uint16_t)port;
        o->bind = c == 'b' ? optarg : o->bind;
        o->provision = c == 'k' ? optarg : o->provision;
        o->evidence = c == 'm' ? optarg : o->evidence;
        o->serial = o->serial || c == 's';
        o->exit_on_eof = o->exit_on_eof || c == 'e';
    }
    if (optind < argc)
        fprintf(stderr, "hive-hosted: unexpected argument %s\n", argv[optind]);
    return optind == argc;
}

static bool load_secret(const char *file, uint8_t *store, size_t cap, struct bytes *out)
{
    FILE *f = fopen(file, "rb");
    size_t n = f ? fread(store, 1, cap, f) : 0;
    if (!f || n == 0) {
        fprintf(stderr, "hive-hosted: can't read %s: ", file);
        perror(NULL);
    }
    if (f)
        fclose(f);
    *out = bytes_of(store, n);
    return n > 0;
}

/* The terminal behind the serial port's rings. False: standard input has ended. */
static bool serial_in(struct stream_port *s)
{
    uint32_t room = STREAM_RX_BYTES - (s->rx_tail - s->rx_head), at = s->rx_tail % STREAM_RX_BYTES;
    uint32_t run = STREAM_RX_BYTES - at < room ? STREAM_RX_BYTES - at : room;
    ssize_t n = run ? read(STDIN_FILENO, s->rx + at, run) : -1;
    if (n > 0)
        ring_store(&s->rx_tail, s->rx_tail + (uint32_t)n);
    return n != 0;
}

static void serial_out(struct stream_port *s, bool shown)
{
    for (; s->tx_head != s->tx_tail; ring_store(&s->tx_head, s->tx_head + 1)) {
        if (shown)
            fputc(s->tx[s->tx_head % STREAM_TX_BYTES], stdout);
    }
    fflush(stdout);
}

static struct termios terminal;

static void terminal_restore(void) { tcsetattr(STDIN_FILENO, TCSANOW, &terminal); }

/* The console edits its own line and echoes: a terminal hands it each key. Interrupts stay, so that Ctrl-C ends the hive. */
static void terminal_by_key(void)
{
    if (tcgetattr(STDIN_FILENO, &terminal))
        return;
    struct termios t = terminal;
    t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    t.c_iflag &= ~(tcflag_t)ICRNL;
    tcsetattr(STDIN_FILENO, TCSANOW, &t);
    atexit(terminal_restore);
}

static int timeout_until(uint64_t deadline, uint64_t now)
{
    if (deadline == UINT64_MAX)
        return -1;
    uint64_t left = deadline > now ? deadline - now : 0;
    return left > 3600000u ? 3600000 : (int)left;
}

/* So many turns without a look at what else became ready. */
#define BUSY_TURNS 16u
/* So long after the last movement it offers its processor to others instead of sleeping: to be woken costs more than to serve.
 * Where others take it for longer than that, the processors are crowded, and who sleeps is preferred to who yields. */
#define YIELD_US 50u
#define CROWDED_US 100000u

static void run(struct pump *p, struct posix_net *n, const struct options *o, uint64_t start_ms)
{
    int extra = o->serial || o->exit_on_eof ? STDIN_FILENO : -1;
    uint32_t busy = 0;
    uint64_t moved_us = 0, crowded_us = 0;
    while (!stopping) {
        bool again, moved;
        uint64_t now = clock_ms() - start_ms;
        bool net = net_poll(n, now);
        uint64_t next = pump_turn(p, now, &again, &moved);
        net = net_poll(n, now) || net;
        serial_out(p->serial, o->serial);
        if (net_deadline(n) < next)
            next = net_deadline(n);
        /* While anything moves there is more to do than to wait; all that is ready is done by then, and it ends. */
        if ((again || moved || net) && ++busy < BUSY_TURNS)
            continue;
        uint64_t now_us = clock_us();
        moved_us = busy ? now_us : moved_us;
        bool awake = now_us - moved_us < YIELD_US && now_us >= crowded_us;
        if (awake && !sched_yield() && clock_us() - now_us > YIELD_US)
            crowded_us = now_us + CROWDED_US;
        bool ready = net_wait(n, awake || busy >= BUSY_TURNS ? 0 : timeout_until(next, now), extra);
        busy = 0;
        uint8_t waste[64];
        bool ended = ready && (o->serial ? !serial_in(p->serial) : read(STDIN_FILENO, waste, sizeof waste) == 0);
        if (ended && o->exit_on_eof)
            stopping = 1;
        if (ended)
            extra = -1;
    }
}

int main(int argc, char **argv)
{
    static struct stream_port serial;
    static struct boot_log log = {.out = print};
    static uint8_t provision[PROVISION_BYTES];
    static struct attest_record record;
    struct bytes recorded;
    struct options o;
    struct timespec wall;
    struct hive_facts facts = {.backend = "posix", .kernel = "posix", .kernel_version = "-", .timer = "counter"};
    if (!parse(argc, argv, &o)) {
        usage(stderr);
        return 2;
    }
    if (o.provision && !load_secret(o.provision, provision, sizeof provision, &facts.provision))
        return 1;
    if (o.evidence && !load_secret(o.evidence, (uint8_t *)&record, sizeof record, &recorded))
        return 1;
    facts.evidence = o.evidence ? (uint8_t *)&record : NULL;
    struct sigaction stop = {.sa_handler = on_signal};
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);

    uint64_t start = clock_ms();
    clock_gettime(CLOCK_REALTIME, &wall);
    facts.rtc_unix_ms = (uint64_t)wall.tv_sec * 1000u + (uint64_t)wall.tv_nsec / 1000000u;
    facts.life = (uint32_t)wall.tv_nsec;
    struct hive *h = calloc(1, hive_size());
    struct stream_link *link = aligned_alloc(4096, sizeof *link);
    if (!h || !link) {
        fprintf(stderr, "hive-hosted: no memory for a hive of %zu bytes\n", hive_size());
        return 1;
    }
    memset(link, 0, sizeof *link);
    boot_begin(&log);
    if (!boot_run(&log, h, &facts))
        return 1;
    boot_tickets(&log);
    boot_say(&log, BOOT_SOURCE "timer");
    boot_say(&log, BOOT_SOURCE "serial");
    struct posix_net *net = net_open(o.bind, o.port, link, hive_net(h));
    if (!net)
        return 1;
    if (COH_HW_NET_MODE_IS_DHCP)
        boot_say(&log, "net: hw.net.mode=dhcp is for boards; this process listens on an address of its machine (--bind)");
    boot_say(&log, BOOT_SOURCE "net");
    boot_say(&log, BOOT_SOURCE "workers");
    struct pump pump = {.hive = h, .link = link, .serial = &serial};
    if (o.serial)
        terminal_by_key();
    serial.opened = 1; /* there is a serial console on every platform, so that /proc reads the same */
    boot_ready(&log, net_port(net), o.bind);
    run(&pump, net, &o, start);
    net_close(net);
    free(link);
    free(h);
    return 0;
}
