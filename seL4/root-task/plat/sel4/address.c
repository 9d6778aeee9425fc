/* See address.h. */
#include "plat/sel4/address.h"

#include "generated/manifest.h"
#include "netd/dhcp.h"

/* A server on the same network answers in a few milliseconds, one that looks whether an address is free in seconds. The
 * serial console is there no later than this. */
#define BOOT_MS 2000u
#define EVERY_MS 1000u

static struct hive_net shown;
static uint64_t next_ms, boot_ms;

static const char *const reasons[] = {
    [DHCP_FINE] = "none",           [DHCP_SILENCE] = "no-answer",   [DHCP_NAK] = "refused-by-server",
    [DHCP_COOKIE] = "bad-cookie",   [DHCP_OPTIONS] = "bad-options", [DHCP_SERVER] = "bad-server",
    [DHCP_TIME] = "bad-lease-time", [DHCP_NETMASK] = "bad-netmask", [DHCP_ADDRESS] = "bad-address",
    [DHCP_GATEWAY] = "bad-gateway", [DHCP_EXPIRED] = "expired",
};

static const char *reason(const struct hive_net *n)
{
    return n->dhcp < sizeof reasons / sizeof reasons[0] ? reasons[n->dhcp] : "unknown";
}

static bool differs(const struct hive_net *a, const struct hive_net *b)
{
    return a->address != b->address || a->gateway != b->gateway || a->prefix != b->prefix || a->source != b->source;
}

static void say_where_from(struct buf *b, const struct hive_net *n)
{
    if (n->source == HIVE_LEASE) {
        buf_say(b, " source=dhcp server=");
        buf_ipv4(b, n->server);
        buf_say(b, " lease_s=", n->lease_s);
    } else {
        buf_say(b, n->source == HIVE_STATIC ? " source=manifest reason=" : " source=none reason=", reason(n));
    }
}

static void say(struct boot_log *boot, struct hive *h, uint64_t now_ms)
{
    BUF(line, 160);
    BUF(address, 16);
    buf_ipv4(&address, shown.address);
    buf_say(&line, "address=", buf_bytes(&address), "/", shown.prefix, " gateway=");
    buf_ipv4(&line, shown.gateway);
    say_where_from(&line, &shown);
    hive_note(h, "net", buf_bytes(&line), now_ms);
    boot_say(boot, "net: ", buf_bytes(&line));
    if (shown.address)
        boot_say(boot, "net-console: listening port=", COH_CONSOLE_PORT, " addr=", buf_bytes(&address));
}

void address_turn(struct boot_log *boot, struct hive *h, uint64_t now_ms, uint64_t *deadline)
{
    if (!differs(hive_net(h), &shown))
        return;
    if (now_ms >= next_ms) {
        shown = *hive_net(h);
        next_ms = now_ms + EVERY_MS;
        say(boot, h, now_ms);
    } else if (next_ms < *deadline) {
        *deadline = next_ms;
    }
}

bool address_waits(struct boot_log *boot, struct hive *h, uint64_t now_ms)
{
    boot_ms = boot_ms ? boot_ms : now_ms + BOOT_MS;
    bool waits = hive_net(h)->address == 0 && now_ms < boot_ms;
    if (!waits && hive_net(h)->address == 0)
        boot_say(boot, "net-console: waiting for an address (dhcp)");
    return waits;
}
