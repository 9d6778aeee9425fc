/* Questions about page tables, frames, caches and address spaces. */
#include "probe.h"

#define BASE 0x200000000000ul /* far from everything: no table exists on the way */
#define LARGE (BASE + 0x40000000ul)
#define ATTR seL4_ARM_Default_VMAttributes

static seL4_Error map(seL4_CPtr frame, seL4_Word vaddr)
{
    return seL4_ARM_Page_Map(frame, SELF_VSPACE, vaddr, seL4_ReadWrite, ATTR);
}

static seL4_Error table(seL4_CPtr t, seL4_Word vaddr)
{
    return seL4_ARM_PageTable_Map(t, SELF_VSPACE, vaddr, ATTR);
}

void probe_tables(void)
{
    seL4_CPtr frame = make(seL4_ARM_SmallPageObject, 0), l1 = make(seL4_ARM_PageTableObject, 0);
    seL4_CPtr l2 = make(seL4_ARM_PageTableObject, 0), l3 = make(seL4_ARM_PageTableObject, 0);
    seL4_CPtr spare = make(seL4_ARM_PageTableObject, 0);

    line("map with no table", map(frame, BASE));
    line("map table 1", table(l1, BASE));
    line("map with one table", map(frame, BASE));
    line("map table 2", table(l2, BASE));
    line("map with two tables", map(frame, BASE));
    line("map table 3", table(l3, BASE));
    line("map table twice", table(l3, BASE));
    line("map fourth table", table(spare, BASE));
    line("map table at the kernel", table(spare, 0xffffff8040000000ul));
    line("map table over user top", table(spare, seL4_UserTop + 1));
    line("map table with a tcb for vspace",
         seL4_ARM_PageTable_Map(spare, seL4_CapInitThreadTCB, BASE + 0x200000, ATTR));
    line("map", map(frame, BASE));
    line("map again at the same address", map(frame, BASE));
    line("map at another address", map(frame, BASE + 4096));
    line("map misaligned", map(make(seL4_ARM_SmallPageObject, 0), BASE + 4096 + 8));
    line("map over user top", map(make(seL4_ARM_SmallPageObject, 0), seL4_UserTop + 1));
    line("map at the kernel", map(make(seL4_ARM_SmallPageObject, 0), 0xffffff8040000000ul));
    line("map another frame there", map(make(seL4_ARM_SmallPageObject, 0), BASE));
    line("map with a tcb for vspace",
         seL4_ARM_Page_Map(make(seL4_ARM_SmallPageObject, 0), seL4_CapInitThreadTCB, BASE + 8192,
                           seL4_ReadWrite, ATTR));
    line("unmap", seL4_ARM_Page_Unmap(frame));
    line("unmap again", seL4_ARM_Page_Unmap(frame));
    line("map elsewhere after unmap", map(frame, BASE + 4096));
    line("unmap table in use", seL4_ARM_PageTable_Unmap(l3));
    line("unmap table again", seL4_ARM_PageTable_Unmap(l3));
    line("map where the table was", map(make(seL4_ARM_SmallPageObject, 0), BASE));
    line("map the table back", table(l3, BASE));
    line("map where the frame was", map(make(seL4_ARM_SmallPageObject, 0), BASE + 4096));
    line("delete a mapped frame", seL4_CNode_Delete(SELF_CNODE, frame, 64));
    line("frame wrong label", (seL4_Error)seL4_MessageInfo_get_label(
                                  seL4_Call(spare, seL4_MessageInfo_new(CNodeDelete, 0, 0, 2))));
}

static void large_pages(void)
{
    seL4_CPtr large = make(seL4_ARM_LargePageObject, 0), second = make(seL4_ARM_LargePageObject, 0);

    line("map large with no table", map(large, LARGE));
    line("map large table", table(make(seL4_ARM_PageTableObject, 0), LARGE));
    line("map large misaligned", map(large, LARGE + 4096));
    line("map large", map(large, LARGE));
    line("map large over a table", map(second, BASE));
    line("map large elsewhere", map(second, LARGE + 0x200000));
    line("vspace clean over a large page's end", seL4_ARM_VSpace_Clean_Data(SELF_VSPACE, LARGE, LARGE + 0x40000001));
    line("map small under large", map(make(seL4_ARM_SmallPageObject, 0), LARGE + 4096));
    line("map table under large", table(make(seL4_ARM_PageTableObject, 0), LARGE));
    volatile uint64_t *p = (volatile uint64_t *)LARGE;
    line_value("large page is zero", p[0] == 0 && p[0x1ffff8 / 8] == 0);
    p[0x3ffff8 / 8] = 7;
    line_value("large page keeps a word", p[0x3ffff8 / 8]);
    line("map large over large", map(make(seL4_ARM_LargePageObject, 0), LARGE + 0x200000));
    line_value("the page above shows", p[0x3ffff8 / 8]);
    line("unmap the page below", seL4_ARM_Page_Unmap(second));
    line_value("the page above stays", p[0x3ffff8 / 8]);
    line("unmap large", seL4_ARM_Page_Unmap(large));
    line("unmap large again", seL4_ARM_Page_Unmap(large));
}

static void caches(seL4_CPtr frame, seL4_Word at)
{
    line("clean", seL4_ARM_Page_Clean_Data(frame, 0, 4096));
    line("invalidate", seL4_ARM_Page_Invalidate_Data(frame, 64, 128));
    line("clean and invalidate", seL4_ARM_Page_CleanInvalidate_Data(frame, 0, 1));
    line("unify", seL4_ARM_Page_Unify_Instruction(frame, 0, 4096));
    line("clean nothing", seL4_ARM_Page_Clean_Data(frame, 8, 8));
    line("clean backwards", seL4_ARM_Page_Clean_Data(frame, 16, 8));
    line("clean over the end", seL4_ARM_Page_Clean_Data(frame, 0, 4097));
    line("clean from the end", seL4_ARM_Page_Clean_Data(frame, 4096, 4097));
    line("clean unmapped", seL4_ARM_Page_Clean_Data(make(seL4_ARM_SmallPageObject, 0), 0, 4096));
    line("vspace clean", seL4_ARM_VSpace_Clean_Data(SELF_VSPACE, at, at + 64));
    line("vspace invalidate", seL4_ARM_VSpace_Invalidate_Data(SELF_VSPACE, at, at + 64));
    line("vspace flush", seL4_ARM_VSpace_CleanInvalidate_Data(SELF_VSPACE, at, at + 4096));
    line("vspace unify", seL4_ARM_VSpace_Unify_Instruction(SELF_VSPACE, at, at + 64));
    line("vspace clean backwards", seL4_ARM_VSpace_Clean_Data(SELF_VSPACE, at, at));
    line("vspace clean unmapped", seL4_ARM_VSpace_Clean_Data(SELF_VSPACE, BASE + 0x100000, BASE + 0x100040));
    line("vspace clean over a page's end", seL4_ARM_VSpace_Clean_Data(SELF_VSPACE, at, at + 0x40000001));
    line("vspace clean from a page's middle", seL4_ARM_VSpace_Clean_Data(SELF_VSPACE, at + 64, at + 4097));
    line("vspace clean on from nothing", seL4_ARM_VSpace_Clean_Data(SELF_VSPACE, BASE + 0x100000, BASE + 0x40100001));
    line("vspace clean at the kernel",
         seL4_ARM_VSpace_Clean_Data(SELF_VSPACE, 0xffffff8040000000ul, 0xffffff8040000040ul));
}

static void spaces(void)
{
    seL4_CPtr space = make(seL4_ARM_VSpaceObject, 0), frame = make(seL4_ARM_SmallPageObject, 0);

    line("map into a vspace without asid", seL4_ARM_Page_Map(frame, space, BASE, seL4_ReadWrite, ATTR));
    line("copy vspace without asid",
         seL4_CNode_Copy(SELF_CNODE, slot(), 64, SELF_CNODE, space, 64, seL4_AllRights));
    line("assign asid", seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, space));
    line("assign asid twice", seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, space));
    line("assign asid to a frame", seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, frame));
    line("map into the new vspace", seL4_ARM_Page_Map(frame, space, BASE, seL4_ReadWrite, ATTR));
    line("map table into the new vspace",
         seL4_ARM_PageTable_Map(make(seL4_ARM_PageTableObject, 0), space, BASE, ATTR));
    line("delete the new vspace", seL4_CNode_Delete(SELF_CNODE, space, 64));
}

void probe_memory(void)
{
    seL4_CPtr frame = make(seL4_ARM_SmallPageObject, 0), alias = slot();
    volatile uint64_t *p = (volatile uint64_t *)(BASE + 0x8000), *q = (volatile uint64_t *)(BASE + 0x9000);

    line("frame map", map(frame, (seL4_Word)p));
    line_value("frame is zero", p[0] == 0 && p[511] == 0);
    line("frame copy", seL4_CNode_Copy(SELF_CNODE, alias, 64, SELF_CNODE, frame, 64, seL4_AllRights));
    line("alias map", map(alias, (seL4_Word)q));
    p[3] = 42;
    line_value("alias shows the word", q[3]);
    line_value("alias has the same address",
               seL4_ARM_Page_GetAddress(frame).paddr == seL4_ARM_Page_GetAddress(alias).paddr);
    line_value("address is page aligned", seL4_ARM_Page_GetAddress(frame).paddr % 4096);
    line("alias device attributes", seL4_ARM_Page_Map(alias, SELF_VSPACE, (seL4_Word)q, seL4_ReadWrite, 0));
    line("clean before reading uncached", seL4_ARM_Page_CleanInvalidate_Data(frame, 0, 4096));
    line_value("alias shows the word uncached", q[3]);
    line("alias read only", seL4_ARM_Page_Map(alias, SELF_VSPACE, (seL4_Word)q, seL4_CanRead, ATTR));
    line_value("alias readable", q[3]);
    line("alias unmap", seL4_ARM_Page_Unmap(alias));
    line_value("frame keeps the word", p[3]);
    caches(frame, (seL4_Word)p);
    large_pages();
    spaces();
}
