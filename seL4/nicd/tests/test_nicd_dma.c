/* nicd's cache maintenance against a kernel that takes only what seL4 takes: a range within one page. */
#include "support/test.h"

#include <sel4/sel4.h>

#include "generated/caps.h"
#include "task/task.h"

enum operation { CLEAN, INVALIDATE, CLEAN_INVALIDATE };

#define PAGE 4096u
#define QUEUES ((uintptr_t)VADDR_NICD_NIC_QUEUES)
#define QUEUE_PAGES PAGES_NIC_QUEUES
#define PACKETS ((uintptr_t)VADDR_NICD_NET_PACKETS)
#define PACKETS_BYTES ((uintptr_t)BYTES_NET_PACKETS) /* one page */

#define CALLS 16u
static struct {
    enum operation op;
    seL4_Word start, end;
} calls[CALLS];
static uint32_t calls_n;
static seL4_Error answer;

static seL4_Error kernel(enum operation op, seL4_CPtr vspace, seL4_Word start, seL4_Word end)
{
    assert_true(vspace == CAP_NICD_VSPACE && calls_n < CALLS);
    if (answer != seL4_NoError)
        return answer;
    if (start >= end)
        return seL4_InvalidArgument;
    bool packet = start >= PACKETS && start < PACKETS + PACKETS_BYTES;
    seL4_Word page = packet ? PACKETS_BYTES : PAGE;
    if (start / page != (end - 1) / page)
        return seL4_RangeError;
    calls[calls_n].op = op;
    calls[calls_n].start = start;
    calls[calls_n++].end = end;
    return seL4_NoError;
}

static seL4_Error seL4_ARM_VSpace_Clean_Data(seL4_CPtr vspace, seL4_Word start, seL4_Word end)
{
    return kernel(CLEAN, vspace, start, end);
}
static seL4_Error seL4_ARM_VSpace_Invalidate_Data(seL4_CPtr vspace, seL4_Word start, seL4_Word end)
{
    return kernel(INVALIDATE, vspace, start, end);
}
static seL4_Error seL4_ARM_VSpace_CleanInvalidate_Data(seL4_CPtr vspace, seL4_Word start, seL4_Word end)
{
    return kernel(CLEAN_INVALIDATE, vspace, start, end);
}

#include "nicd/dma.c"

/* ---- stops are caught ---- */

static const char *stopped;
static uint64_t stopped_detail;

_Noreturn void task_stop(const char *what, const char *file, int line, uint64_t detail)
{
    stopped = what;
    stopped_detail = detail;
    coh_panic(what, file, line);
}

static int begin(void **state)
{
    calls_n = 0;
    answer = seL4_NoError;
    dma_counts = (struct dma_counts){0};
    stopped = NULL;
    return 0;
}

static void *at(uintptr_t vaddr) { return (void *)vaddr; }

static void assert_call(uint32_t i, enum operation op, seL4_Word start, seL4_Word end)
{
    assert_true(i < calls_n && calls[i].op == op && calls[i].start == start && calls[i].end == end);
}

static void a_range_of_one_page_is_one_call(void **state)
{
    dma_clean(DMA_TX_PACKET, at(PACKETS + PAGE - 64), 2048);
    dma_invalidate(DMA_USED_INDEX, at(QUEUES + PAGE - 64), 64);
    dma_clean_invalidate(DMA_START_BUFFERS, at(PACKETS), PACKETS_BYTES);
    assert_int_equal(calls_n, 3);
    assert_call(0, CLEAN, PACKETS + PAGE - 64, PACKETS + PAGE + 2048 - 64);
    assert_call(1, INVALIDATE, QUEUES + PAGE - 64, QUEUES + PAGE);
    assert_call(2, CLEAN_INVALIDATE, PACKETS, PACKETS + PACKETS_BYTES);
    assert_true(dma_counts.cleaned == 2 && dma_counts.invalidated == 2);
}

static void a_range_over_page_ends_is_split_there(void **state)
{
    dma_clean(DMA_START_QUEUES, at(QUEUES + 64), 2 * PAGE);
    assert_int_equal(calls_n, 3);
    assert_call(0, CLEAN, QUEUES + 64, QUEUES + PAGE);
    assert_call(1, CLEAN, QUEUES + PAGE, QUEUES + 8192);
    assert_call(2, CLEAN, QUEUES + 8192, QUEUES + 8192 + 64);
    assert_true(dma_counts.cleaned == 1);
    dma_clean(DMA_START_QUEUES, at(QUEUES), QUEUE_PAGES * PAGE);
    assert_int_equal(calls_n, 3 + QUEUE_PAGES);
}

static void clean_stops(uintptr_t vaddr, size_t n)
{
    stopped = NULL;
    EXPECT_PANIC(dma_clean(DMA_TX_DESC, at(vaddr), n));
    assert_true(stopped != NULL && stopped_detail == DMA_TX_DESC << 8);
    assert_int_equal(calls_n, 0);
}

static void other_than_whole_lines_stops(void **state)
{
    clean_stops(PACKETS + 1, 64);
    clean_stops(PACKETS + 32, 64);
    clean_stops(PACKETS, 63);
    clean_stops(PACKETS, 65);
    clean_stops(PACKETS, 0);
    assert_string_equal(stopped, "cache maintenance on other than whole lines");
}

static void other_memory_stops(void **state)
{
    clean_stops(PACKETS - 64, 64);
    clean_stops(PACKETS - 64, 128);
    clean_stops(PACKETS + PACKETS_BYTES, 64);
    clean_stops(PACKETS + PACKETS_BYTES - 64, 128);
    clean_stops(QUEUES - 64, 64);
    clean_stops(QUEUES - 64, 128);
    clean_stops(QUEUES + QUEUE_PAGES * PAGE, 64);
    clean_stops(QUEUES, QUEUE_PAGES * PAGE + 64);
    clean_stops(QUEUES < PACKETS ? QUEUES : PACKETS, QUEUES < PACKETS ? PACKETS - QUEUES + 64 : QUEUES - PACKETS + 64);
    clean_stops(VADDR_NICD_DATA, 64);
    clean_stops(0, 64);
    assert_string_equal(stopped, "cache maintenance outside queues and packets");
    clean_stops(PACKETS, SIZE_MAX - 63); /* wraps around */
}

static void refused(seL4_Error e, const char *text)
{
    assert_string_equal(stopped, text);
    assert_true(stopped_detail == (DMA_RX_POST << 8 | e));
    assert_true(dma_counts.cleaned == 0 && dma_counts.invalidated == 0);
}

static void a_refusal_stops_with_what_was_refused(void **state)
{
    answer = seL4_RangeError;
    EXPECT_PANIC(dma_clean(DMA_RX_POST, at(PACKETS), 64));
    refused(seL4_RangeError, "the kernel refused to clean");
    answer = seL4_InvalidCapability;
    EXPECT_PANIC(dma_invalidate(DMA_RX_POST, at(PACKETS), 64));
    refused(seL4_InvalidCapability, "the kernel refused to invalidate");
    answer = seL4_IllegalOperation;
    EXPECT_PANIC(dma_clean_invalidate(DMA_RX_POST, at(PACKETS), 64));
    refused(seL4_IllegalOperation, "the kernel refused to clean and invalidate");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_range_of_one_page_is_one_call, begin),
        cmocka_unit_test_setup(a_range_over_page_ends_is_split_there, begin),
        cmocka_unit_test_setup(other_than_whole_lines_stops, begin),
        cmocka_unit_test_setup(other_memory_stops, begin),
        cmocka_unit_test_setup(a_refusal_stops_with_what_was_refused, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
