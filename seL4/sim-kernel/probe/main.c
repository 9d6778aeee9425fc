/* Boot facts, the printer, and the order of the questions. */
#include "tasks.h"

#include <coh_note.h>
#include <coh_sim.h>

COH_NOTE_DEFINE(COH_NOTE_KIND_ROOTSERVER, 16, 0, 0);

__thread seL4_IPCBuffer *__sel4_ipc_buffer;
seL4_BootInfo *probe_info;
seL4_CPtr probe_pool;
static const char manifest_sum[] __attribute__((used)) = PROBE_MANIFEST_SHA256; /* the image tool looks for it */
extern char probe_end[];

static volatile uint32_t *uart;
static seL4_CPtr next_slot;
#define UART_PADDR 0x09000000ul
#define UART_VADDR 0x10000000ul

void *memset(void *to, int byte, size_t n);
void *memset(void *to, int byte, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ((unsigned char *)to)[i] = (unsigned char)byte;
    }
    return to;
}

void *memcpy(void *to, const void *from, size_t n);
void *memcpy(void *to, const void *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ((unsigned char *)to)[i] = ((const unsigned char *)from)[i];
    }
    return to;
}

static void text(const char *s)
{
    for (; uart && *s; s++) {
        while (uart[6] & 0x20) {
        }
        uart[0] = (uint32_t)(unsigned char)*s;
    }
}

static void number(uint64_t v)
{
    char digits[21];
    unsigned n = sizeof digits;

    digits[--n] = '\0';
    do {
        digits[--n] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    text(&digits[n]);
}

static const char *const error_names[] = {"ok",          "InvalidArgument", "InvalidCapability", "IllegalOperation",
                                          "RangeError",  "AlignmentError",  "FailedLookup",      "TruncatedMessage",
                                          "DeleteFirst", "RevokeFirst",     "NotEnoughMemory"};
/* How many message registers say more about each. */
static const unsigned error_words[] = {0, 1, 1, 0, 2, 0, 3, 0, 0, 0, 1};

void line(const char *name, seL4_Error e)
{
    text("probe: ");
    text(name);
    text(": ");
    text(e < seL4_NumErrors ? error_names[e] : "?");
    unsigned words = e < seL4_NumErrors ? error_words[e] : 0;
    if (e == seL4_FailedLookup && seL4_GetMR(1) == seL4_InvalidRoot) {
        words = 2;
    }
    for (unsigned i = 0; i < words; i++) {
        text(" ");
        number(seL4_GetMR((int)i));
    }
    text("\r\n");
}

void line_value(const char *name, uint64_t value)
{
    text("probe: ");
    text(name);
    text(": ");
    number(value);
    text("\r\n");
}

void line_words(const char *name, const uint64_t *words, unsigned n)
{
    text("probe: ");
    text(name);
    text(":");
    for (unsigned i = 0; i < n; i++) {
        text(" ");
        number(words[i]);
    }
    text("\r\n");
}

void line_text(const char *name, const char *value)
{
    text("probe: ");
    text(name);
    text(": ");
    text(value);
    text("\r\n");
}

void stop(const char *why)
{
    line_text("stopped", why);
    for (;;) {
        seL4_Yield();
    }
}

seL4_CPtr slot(void) { return next_slot++; }

seL4_CPtr make(seL4_Word type, seL4_Word bits)
{
    seL4_CPtr s = slot();

    if (seL4_Untyped_Retype(probe_pool, type, bits, SELF_CNODE, 0, 0, s, 1) != seL4_NoError) {
        stop("pool exhausted");
    }
    return s;
}

static seL4_CPtr untyped_with(bool device, seL4_Word paddr, seL4_Word min_bits)
{
    for (seL4_Word i = 0; i < probe_info->untyped.end - probe_info->untyped.start; i++) {
        const seL4_UntypedDesc *u = &probe_info->untypedList[i];
        if ((u->isDevice != 0) == device && u->sizeBits >= min_bits && (!device || u->paddr == paddr)) {
            return probe_info->untyped.start + i;
        }
    }
    return 0;
}

void uart_start(void)
{
    seL4_CPtr frame = slot();
    seL4_CPtr device = untyped_with(true, UART_PADDR, 12);

    (void)seL4_Untyped_Retype(device, seL4_ARM_SmallPageObject, 0, SELF_CNODE, 0, 0, frame, 1);
    for (int i = 0; i < 4; i++) {
        if (seL4_ARM_Page_Map(frame, SELF_VSPACE, UART_VADDR, seL4_ReadWrite, seL4_ARM_ExecuteNever) == seL4_NoError) {
            uart = (volatile uint32_t *)UART_VADDR;
            return;
        }
        (void)seL4_ARM_PageTable_Map(make(seL4_ARM_PageTableObject, 0), SELF_VSPACE, UART_VADDR,
                                     seL4_ARM_Default_VMAttributes);
    }
}

static void boot_facts(void)
{
    const seL4_BootInfo *bi = probe_info;
    seL4_Word pages = ((seL4_Word)(probe_end - probe_image) + 4095) / 4096, ram = 0, kinds = 0;
    const seL4_BootInfoHeader *h = (const void *)((const char *)bi + seL4_BootInfoFrameSize);
    const char *end = (const char *)h + bi->extraLen;

    line_value("boot node", bi->nodeID);
    line_value("boot nodes", bi->numNodes);
    line_value("boot cnode bits", bi->initThreadCNodeSizeBits);
    line_value("boot domain", bi->initThreadDomain);
    line_value("boot empty end", bi->empty.end);
    line_value("boot image frames cover the image", bi->userImageFrames.end - bi->userImageFrames.start >= pages);
    line_value("boot image paging", bi->userImagePaging.end > bi->userImagePaging.start);
    line_value("boot shared frames", bi->sharedFrames.end - bi->sharedFrames.start);
    line_value("boot io spaces", bi->ioSpaceCaps.end - bi->ioSpaceCaps.start);
    line_value("boot ipc buffer aligned", ((seL4_Word)bi->ipcBuffer & 1023) == 0);
    line_value("boot info behind ipc buffer", (seL4_Word)bi == ((seL4_Word)bi->ipcBuffer & ~4095ul) + 4096);
    line_value("boot extra pages hold the chunks",
               (bi->extraBIPages.end - bi->extraBIPages.start) * 4096 >= bi->extraLen);
    for (; (const char *)h < end && h->len != 0; h = (const void *)((const char *)h + h->len)) {
        kinds |= h->id == SEL4_BOOTINFO_HEADER_FDT;
        if (h->id == SEL4_BOOTINFO_HEADER_FDT) {
            line_value("boot device tree magic", *(const uint32_t *)(h + 1));
        }
        if (h->id == COH_SIM_BOOTINFO_ID) {
            const struct coh_sim_chunk *sim = (const void *)h;
            text("kernel=sim seed="); /* not an answer: seL4 has no such chunk */
            number(sim->seed);
            text(" faults=");
            number(sim->flags);
            text("\r\n");
        }
    }
    line_value("boot device tree chunk", kinds);
    for (seL4_Word i = 0; i < bi->untyped.end - bi->untyped.start; i++) {
        ram += bi->untypedList[i].isDevice ? 0 : 1ul << bi->untypedList[i].sizeBits;
    }
    line_value("boot ram of at least 1000 MiB", ram >= 1000ul << 20);
    line_value("boot uart untyped", untyped_with(true, UART_PADDR, 24) != 0);
    line_value("boot virtio untyped", untyped_with(true, 0x0a000000, 25) != 0);
}

void probe_main(seL4_BootInfo *bi);
void probe_main(seL4_BootInfo *bi)
{
    probe_info = bi;
    seL4_SetIPCBuffer(bi->ipcBuffer);
    next_slot = bi->empty.start;
    seL4_CPtr pool = slot();
    if (seL4_Untyped_Retype(untyped_with(false, 0, PROBE_POOL_BITS + 1), seL4_UntypedObject, PROBE_POOL_BITS,
                            SELF_CNODE, 0, 0, pool, 1) == seL4_NoError) {
        probe_pool = pool;
        uart_start();
    }
    boot_facts();
    probe_retype();
    probe_cnode();
    probe_tables();
    probe_memory();
    probe_notification();
    probe_irq();
    probe_threads();
    probe_faults();
    probe_registers();
    probe_priorities();
    probe_cspaces();
    probe_pools();
    probe_revocation();
    line_text("done", "all questions asked");
    for (;;) {
        seL4_Wait(make(seL4_NotificationObject, 0), NULL); /* sleeps for good: the guest must idle */
    }
}
