/* The boot log; see boot.h. */
#include "pump/boot.h"

#include "auth/ticket.h"
#include "generated/manifest.h"

#define LINE_BYTES 256u

void boot_pieces(struct boot_log *l, const struct piece *p, size_t n)
{
    uint8_t text[LINE_BYTES];
    struct buf b = buf_of(text, sizeof text - 1);
    buf_pieces(&b, p, n);
    struct bytes line = buf_bytes(&b), whole = bytes_of(text, b.n + 1);
    text[b.n] = '\n';
    l->out(whole);
    if (l->hive) {
        hive_kmesg(l->hive, line);
    } else if (whole.n <= sizeof l->text - l->n) {
        memcpy(l->text + l->n, whole.p, whole.n);
        l->n += whole.n;
    }
}

void boot_begin(struct boot_log *l)
{
    boot_say(l, "[kernel:entry] root-task entry reached");
    boot_say(l, "[MARK] boot_state=COLD");
}

static void say_bootinfo(struct boot_log *l, const struct hive_facts *f)
{
    BUF(b, LINE_BYTES);
    if (f->has_bootinfo) {
        buf_say(&b, " node_bits=", f->node_bits, " nodes=", f->nodes, " untyped=", f->mem_untyped, " ram=",
                f->mem_ram_bytes);
    }
    boot_say(l, "bootinfo: kernel=", f->kernel, " version=", f->kernel_version, " backend=", f->backend, buf_bytes(&b));
}

static void say_tickets(struct boot_log *l)
{
    BUF(b, LINE_BYTES);
    for (uint32_t i = 0; i < coh_ticket_keys_count; i++)
        buf_say(&b, i ? "," : "", role_name((enum coh_role)coh_ticket_keys[i].role));
    boot_say(l, "tickets: registered roles=", buf_bytes(&b));
}

bool boot_run(struct boot_log *l, struct hive *h, struct hive_facts *facts)
{
    say_bootinfo(l, facts);
    boot_say(l, "manifest.schema=", COH_ROOT_TASK_SCHEMA);
    boot_say(l, "manifest.profile=", COH_PROFILE_NAME);
    boot_say(l, "manifest.sha256=", COH_MANIFEST_SHA256);
    facts->boot_lines = bytes_of(l->text, l->n);
    const char *why = hive_init(h, facts);
    if (why) {
        boot_say(l, "boot halted: ", why);
        return false;
    }
    l->hive = h;
    return true;
}

void boot_tickets(struct boot_log *l)
{
    say_tickets(l);
    for (uint32_t i = 0; i < coh_mounts_count; i++)
        boot_say(l, "mount: ", coh_mounts[i].service, " at ", coh_mounts[i].target);
}

void boot_ready(struct boot_log *l, uint32_t port, const char *addr)
{
    if (addr)
        boot_say(l, "net-console: listening port=", port, " addr=", addr);
    boot_say(l, "[Cohesix] Root console ready (type 'help' for commands)");
}
