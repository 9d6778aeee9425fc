/* Devices, segments and their quotas; see telemetry.h. A device comes to be with its first segment and stays
 * for the boot. */
#include "hive/telemetry.h"

#include "base/json.h"
#include "hive/state.h"
#include "hive/telemetry_record.h"

#define DEVICES COH_POOL_TELEMETRY_DEVICES_COUNT
/* Segments of a device: number n lies in place n % SEGMENTS, since those that are kept are consecutive. */
#define SEGMENTS (COH_POOL_TELEMETRY_SEGMENTS_COUNT / DEVICES)
#define SEGMENT_BYTES COH_POOL_TELEMETRY_BYTES_ELEM
#define EVICTS COH_TELEMETRY_INGEST_EVICTION_POLICY_IS_EVICT_OLDEST

#define SEGMENT_NAME_BYTES 24u

_Static_assert(COH_POOL_TELEMETRY_SEGMENTS_COUNT == DEVICES * SEGMENTS &&
                   COH_POOL_TELEMETRY_BYTES_COUNT == DEVICES * SEGMENTS,
               "each device has as many, and each segment its bytes");

/* ---- devices and segments ---- */

/* At least one character, each of them a letter, a digit or one of others. */
static bool made_of(struct bytes s, const char *others)
{
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i], letter = c | 0x20;
        if (!(letter >= 'a' && letter <= 'z') && !(c >= '0' && c <= '9') && !memchr(others, c, strlen(others)))
            return false;
    }
    return s.n > 0;
}

static struct bytes device_name(const struct telemetry_device *d) { return bytes_of(d->name, d->name_n); }

/* Devices never end, so that the slot alone tells one: it is a node's argument. */
static struct key device_key(const void *pool, uint32_t slot, uint32_t order)
{
    return (struct key){.a = device_name((const struct telemetry_device *)pool + slot)};
}

static void telemetry_init(struct hive *h)
{
    index_init(&h->telemetry.by, h->telemetry.order, DEVICES, 1, h->telemetry_devices, device_key,
               BUDGET_ENTRIES(telemetry_devices));
}

/* DEVICES: there is none of that name. */
static uint32_t device_find(const struct hive *h, struct bytes name)
{
    return index_slot_of(&h->telemetry.by, 0, (struct key){.a = name});
}

/* The device that a node belongs to; a late name's is DEVICES until somebody creates it. */
static uint32_t device_of(const struct hive *h, const struct ns_ref *ref)
{
    return ref->late_n ? device_find(h, bytes_of(ref->late, ref->late_n)) : (uint32_t)ref->arg[0];
}

static struct bytes mime_of(const struct telemetry_segment *s) { return bytes_of(s->mime, s->mime_n); }

static uint32_t place(uint64_t device, uint64_t number) { return (uint32_t)(device * SEGMENTS + number % SEGMENTS); }

static bool kept(const struct telemetry_device *d, uint64_t number) { return number >= d->oldest && number < d->next; }

/* Writes a segment's name, and returns it. */
static struct bytes segment_name(uint64_t number, struct buf *out)
{
    buf_say(out, "seg-");
    for (uint64_t least = 100000; number < least; least /= 10) /* six digits at least */
        buf_byte(out, '0');
    buf_say(out, number);
    return buf_bytes(out);
}

static void evict_oldest(struct hive *h, uint32_t device)
{
    struct telemetry_device *d = &h->telemetry_devices[device];
    struct telemetry_segment *s = &h->telemetry_segments[place(device, d->oldest)];
    BUF(name, SEGMENT_NAME_BYTES);
    hive_say(h, "telemetry", TRACE_WARN, 0, "evicted device=", device_name(d), " segment=",
             segment_name(d->oldest, &name), " bytes=", s->used, " records=", s->records);
    ingest_count(h, &h->ingest.dropped, s->records);
    d->bytes -= s->used;
    d->oldest++;
    budget_give(h, POOL_telemetry_segments);
    budget_give(h, POOL_telemetry_bytes);
}

uint32_t telemetry_device(const struct hive *h, struct bytes name, struct telemetry_place *oldest)
{
    uint32_t device = device_find(h, name);
    *oldest = (struct telemetry_place){device < DEVICES ? h->telemetry_devices[device].oldest : 0, 0};
    return device;
}

uint64_t telemetry_bytes(const struct hive *h, uint32_t device, uint64_t from, uint64_t to)
{
    uint64_t bytes = device < DEVICES && from < h->telemetry_devices[device].oldest ? UINT64_MAX : 0;
    for (; device < DEVICES && from < to && kept(&h->telemetry_devices[device], from); from++)
        bytes += h->telemetry_segments[place(device, from)].used;
    return bytes;
}

bool telemetry_next(const struct hive *h, uint32_t device, struct telemetry_place *at, struct bytes *record)
{
    for (; device < DEVICES && kept(&h->telemetry_devices[device], at->segment); at->segment++, at->offset = 0) {
        uint32_t slot = place(device, at->segment);
        struct bytes rest = bytes_sub(bytes_of(h->telemetry_bytes[slot], h->telemetry_segments[slot].used), at->offset, SIZE_MAX);
        if (!rest.n)
            continue;
        *record = bytes_split(&rest, '\n');
        at->offset += (uint32_t)record->n + 1u;
        return true;
    }
    return false;
}

/* ---- /queen/telemetry/<device> ---- */

static bool late_device(const struct hive *h, const uint64_t *arg, struct bytes name)
{
    return name.n <= NS_LATE_BYTES && made_of(name, "._-");
}

/* ---- ctl and latest ---- */

/* type/subtype of the characters that media types are made of. */
static bool mime_ok(struct bytes mime)
{
    static const char others[] = "!#$&-^_.+";
    return made_of(bytes_split(&mime, '/'), others) && made_of(mime, others);
}

/* A segment without records yet, of the mime type that the line says. False: it is no such line. */
static bool parse_new(struct bytes line, struct telemetry_segment *s)
{
    struct json_field f[] = {JSON_MUST(STRING, "new", .words = "segment"), JSON_MUST(STRING, "mime")};
    struct buf mime = buf_of(s->mime, sizeof s->mime);
    s->used = s->records = 0;
    bool ok = !json_line(line, f, 2) && json_string(&f[1].value, &mime) && mime_ok(buf_bytes(&mime));
    s->mime_n = (uint8_t)mime.n;
    return ok;
}

static enum coh_status ctl_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    return parse_new(w->line, w->plan) ? COH_OK : ns_refuse(why, COH_INVALID, "telemetry-ctl",
                                                            "a line is {\"new\":\"segment\",\"mime\":\"<type>/<subtype>\"}");
}

static enum coh_status ctl_room(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    uint32_t device = device_of(h, w->ref);
    if (device == DEVICES)
        return h->telemetry.by.n < DEVICES ? COH_OK : ns_refuse(why, COH_QUOTA, "devices", NULL);
    const struct telemetry_device *d = &h->telemetry_devices[device];
    return EVICTS || d->next - d->oldest < SEGMENTS ? COH_OK : ns_refuse(why, COH_QUOTA, "segments", NULL);
}

static uint32_t create_device(struct hive *h, const struct ns_ref *ref)
{
    uint32_t device = index_free(&h->telemetry.by);
    struct telemetry_device *d = &h->telemetry_devices[device];
    d->oldest = d->next = 1;
    d->name_n = ref->late_n;
    memcpy(d->name, ref->late, ref->late_n);
    index_put(&h->telemetry.by);
    return device;
}

static void ctl_apply(struct hive *h, const struct ns_write *w)
{
    uint32_t device = device_of(h, w->ref);
    if (device == DEVICES)
        device = create_device(h, w->ref);
    struct telemetry_device *d = &h->telemetry_devices[device];
    if (d->next - d->oldest == SEGMENTS)
        evict_oldest(h, device);
    const struct telemetry_segment *s = w->plan;
    h->telemetry_segments[place(device, d->next)] = *s;
    budget_take(h, POOL_telemetry_segments);
    budget_take(h, POOL_telemetry_bytes);
    BUF(name, SEGMENT_NAME_BYTES);
    hive_say(h, "telemetry", TRACE_INFO, 0, "new device=", device_name(d), " segment=", segment_name(d->next, &name),
             " mime=", mime_of(s));
    d->next++;
}

/* The lines that made the segments that are kept. */
static void show_ctl(const struct hive *h, const uint64_t *arg, struct text *out)
{
    const struct telemetry_device *d = &h->telemetry_devices[arg[0]];
    for (uint64_t number = d->oldest; number < d->next; number++)
        text_say(out, "{\"new\":\"segment\",\"mime\":\"", mime_of(&h->telemetry_segments[place(arg[0], number)]),
                 "\"}\n");
}

static void show_latest(const struct hive *h, const uint64_t *arg, struct text *out)
{
    BUF(name, SEGMENT_NAME_BYTES);
    text_say(out, segment_name(h->telemetry_devices[arg[0]].next - 1, &name), "\n");
}

/* ---- seg/<name> ---- */

static bool find_segment(const struct hive *h, const uint64_t *arg, struct bytes name, uint64_t *out)
{
    const struct telemetry_device *d = &h->telemetry_devices[arg[0]];
    for (*out = d->oldest; *out < d->next; ++*out) {
        BUF(b, SEGMENT_NAME_BYTES);
        if (bytes_eq(segment_name(*out, &b), name))
            return true;
    }
    return false;
}

static void list_segments(const struct hive *h, const uint64_t *arg, struct ns_names *names)
{
    const struct telemetry_device *d = &h->telemetry_devices[arg[0]];
    for (uint64_t number = d->oldest; number < d->next; number++) {
        BUF(b, SEGMENT_NAME_BYTES);
        ns_names_add(names, segment_name(number, &b));
    }
}

static void name_segment(const struct hive *h, const uint64_t *arg, struct buf *out) { segment_name(arg[1], out); }

static void show_segment(const struct hive *h, const uint64_t *arg, struct text *out)
{
    uint32_t at = place(arg[0], arg[1]);
    text_put(out, bytes_of(h->telemetry_bytes[at], h->telemetry_segments[at].used));
}

static enum coh_status segment_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    return record_line_check(w->line, why);
}

static enum coh_status segment_room(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    const struct telemetry_device *d = &h->telemetry_devices[w->arg[0]];
    uint64_t n = w->line.n + 1;
    if (n > SEGMENT_BYTES)
        return COH_TOO_BIG;
    if (n > SEGMENT_BYTES - h->telemetry_segments[place(w->arg[0], w->arg[1])].used)
        return ns_refuse(why, COH_QUOTA, "segment-full", NULL);
    /* what evictions may free: older segments */
    uint64_t older = EVICTS ? telemetry_bytes(h, (uint32_t)w->arg[0], d->oldest, w->arg[1]) : 0;
    bool full = d->bytes + n > COH_TELEMETRY_INGEST_MAX_TOTAL_BYTES_PER_DEVICE + older;
    return full ? ns_refuse(why, COH_QUOTA, "device-full", NULL) : COH_OK;
}

static void segment_apply(struct hive *h, const struct ns_write *w)
{
    uint32_t device = (uint32_t)w->arg[0], at = place(device, w->arg[1]);
    struct telemetry_device *d = &h->telemetry_devices[device];
    struct telemetry_segment *s = &h->telemetry_segments[at];
    while (d->bytes + w->line.n + 1 > COH_TELEMETRY_INGEST_MAX_TOTAL_BYTES_PER_DEVICE)
        evict_oldest(h, device);
    COH_ASSERT(kept(d, w->arg[1]));
    memcpy(h->telemetry_bytes[at] + s->used, w->line.p, w->line.n);
    s->used += (uint32_t)w->line.n;
    h->telemetry_bytes[at][s->used++] = '\n';
    s->records++;
    d->bytes += w->line.n + 1;
    ingest_stored(h);
}

#define GATE COH_TELEMETRY_INGEST_ENABLE
#define INGESTS .action = "telemetry", .admits = lifecycle_ingests
#define DEVICE "/queen/telemetry/{device}"
static const struct ns_pattern patterns[] = {
    {.path = DEVICE, .dir = true, .gate = GATE,
     .ops = NS_OPS(NS_INDEX(telemetry.by, 0), .late = late_device)},
    {.path = DEVICE "/ctl", .mode = NS_APPEND, .late = true, .gate = GATE,
     .ops = NS_OPS(INGESTS, .show = show_ctl, .check = ctl_check, .room = ctl_room, .apply = ctl_apply)},
    {.path = DEVICE "/latest", .gate = GATE, .ops = NS_OPS(.show = show_latest)},
    {.path = DEVICE "/seg/{segment}", .mode = NS_APPEND, .at_end = true, .unaudited = true, .gate = GATE,
     .ops = NS_OPS(.find = find_segment, .list = list_segments, .name = name_segment, .show = show_segment,
                   INGESTS, .check = segment_check, .room = segment_room, .apply = segment_apply)},
};
const struct ns_table telemetry_nodes = {NS_PATTERNS(patterns), .init = telemetry_init};
