/* The boot log; see boot.h. */
#include "pump/boot.h"

#include "auth/ticket.h"
#include "base/fmt.h"
#include "generated/manifest.h"

#define LINE_BYTES 256u

void boot_line(struct boot_log *l, struct bytes line)
{
    uint8_t text[LINE_BYTES];
    struct buf b = buf_of(text, sizeof text);
    buf_say(&b, bytes_sub(line, 0, sizeof text - 1), "\n");
    l->out(buf_bytes(&b));
    if (l->hive) {
        hive_kmesg(l->hive, bytes_sub(line, 0, sizeof text - 1));
    } else if (b.n <= sizeof l->text - l->n) {
        memcpy(l->text + l->n, b.p, b.n);
        l->n += b.n;
    }
}

void boot_str(struct boot_log *l, const char *line) { boot_line(l, bytes_str(line)); }

void boot_begin(struct boot_log *l)
{
    boot_str(l, "[kernel:entry] root-task entry reached");
    boot_str(l, "[MARK] boot_state=COLD");
}

static void say(struct boot_log *l, const char *key, const char *value)
{
    BUF(b, LINE_BYTES);
    buf_say(&b, key, value);
    boot_line(l, buf_bytes(&b));
}

static void say_bootinfo(struct boot_log *l, const struct hive_facts *f)
{
    BUF(b, LINE_BYTES);
    buf_say(&b, "bootinfo: kernel=", f->kernel, " version=", f->kernel_version, " backend=", f->backend);
    if (f->has_bootinfo) {
        buf_say(&b, " node_bits=", f->node_bits, " nodes=", f->nodes, " untyped=", f->mem_untyped, " ram=",
                f->mem_ram_bytes);
    }
    boot_line(l, buf_bytes(&b));
}

static void say_tickets(struct boot_log *l)
{
    BUF(b, LINE_BYTES);
    buf_say(&b, "tickets: registered roles=");
    for (uint32_t i = 0; i < coh_ticket_keys_count; i++) {
        if (i)
            buf_byte(&b, ',');
        buf_say(&b, role_name((enum coh_role)coh_ticket_keys[i].role));
    }
    boot_line(l, buf_bytes(&b));
}

static void say_mounts(struct boot_log *l)
{
    for (uint32_t i = 0; i < coh_mounts_count; i++) {
        BUF(b, LINE_BYTES);
        buf_say(&b, "mount: ", coh_mounts[i].service, " at ", coh_mounts[i].target);
        boot_line(l, buf_bytes(&b));
    }
}

bool boot_run(struct boot_log *l, struct hive *h, struct hive_facts *facts)
{
    say_bootinfo(l, facts);
    say(l, "manifest.schema=", COH_ROOT_TASK_SCHEMA);
    say(l, "manifest.profile=", COH_PROFILE_NAME);
    say(l, "manifest.sha256=", COH_MANIFEST_SHA256);
    facts->boot_lines = bytes_of(l->text, l->n);
    const char *why = hive_init(h, facts);
    if (why) {
        say(l, "boot halted: ", why);
        return false;
    }
    l->hive = h;
    say_tickets(l);
    say_mounts(l);
    return true;
}

void boot_subsystem(struct boot_log *l, const char *subsystem) { say(l, "event-pump: init ", subsystem); }

void boot_ready(struct boot_log *l, uint32_t port, const char *addr)
{
    BUF(b, LINE_BYTES);
    buf_say(&b, "net-console: listening port=", port, " addr=", addr);
    boot_line(l, buf_bytes(&b));
    boot_str(l, "[Cohesix] Root console ready (type 'help' for commands)");
}
