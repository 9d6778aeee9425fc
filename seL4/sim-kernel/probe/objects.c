/* Questions about retype and CNodes. */
#include "probe.h"

/* A raw invocation, for messages that the typed calls would not let us send. */
static seL4_Error raw(seL4_CPtr service, seL4_Word label, seL4_Word caps, seL4_Word length)
{
    return (seL4_Error)seL4_MessageInfo_get_label(
        seL4_Call(service, seL4_MessageInfo_new(label, 0, caps, length)));
}

static void retype(const char *name, seL4_CPtr ut, seL4_Word type, seL4_Word bits, seL4_Word offset,
                   seL4_Word count)
{
    line(name, seL4_Untyped_Retype(ut, type, bits, SELF_CNODE, 0, 0, offset, count));
}

static void retype_limits(seL4_CPtr ut)
{
    seL4_Word size = 1ul << probe_info->initThreadCNodeSizeBits;
    seL4_CPtr free = slot();

    seL4_SetCap(0, SELF_CNODE);
    line("retype truncated", raw(ut, UntypedRetype, 1, 3));
    line("retype without cnode", raw(ut, UntypedRetype, 0, 6));
    line("retype wrong label", raw(ut, CNodeCopy, 1, 6));
    retype("retype unknown type", ut, seL4_ObjectTypeCount, 0, free, 1);
    retype("retype untyped of 2^64", ut, seL4_UntypedObject, 64, free, 1);
    retype("retype untyped of 2^48", ut, seL4_UntypedObject, 48, free, 1);
    retype("retype untyped of 2^3", ut, seL4_UntypedObject, 3, free, 1);
    retype("retype cnode of one slot", ut, seL4_CapTableObject, 0, free, 1);
    retype("retype cnode too large", ut, seL4_CapTableObject, 60, free, 1);
    retype("retype offset behind cnode", ut, seL4_EndpointObject, 0, size, 1);
    retype("retype none", ut, seL4_EndpointObject, 0, free, 0);
    retype("retype 257", ut, seL4_EndpointObject, 0, free, 257);
    retype("retype behind the last slot", ut, seL4_EndpointObject, 0, size - 1, 2);
    retype("retype onto a capability", ut, seL4_EndpointObject, 0, seL4_CapInitThreadTCB, 1);
    line("retype cnode argument is empty",
         seL4_Untyped_Retype(ut, seL4_EndpointObject, 0, free, 0, 0, free, 1));
    line("retype cnode argument is a tcb",
         seL4_Untyped_Retype(ut, seL4_EndpointObject, 0, seL4_CapInitThreadTCB, 0, 0, free, 1));
    line("retype guard mismatch",
         seL4_Untyped_Retype(ut, seL4_EndpointObject, 0, SELF_CNODE, 2, 12, free, 1));
    line("retype node depth 65", seL4_Untyped_Retype(ut, seL4_EndpointObject, 0, SELF_CNODE, 2, 65, free, 1));
    line("retype node not a cnode",
         seL4_Untyped_Retype(ut, seL4_EndpointObject, 0, SELF_CNODE, 1, 64, free, 1));
    line("retype node by lookup",
         seL4_Untyped_Retype(ut, seL4_EndpointObject, 0, SELF_CNODE, seL4_CapInitThreadCNode, 64, free, 1));
}

void probe_retype(void)
{
    seL4_CPtr ut = make(seL4_UntypedObject, 16);

    retype_limits(ut);
    seL4_CPtr small = make(seL4_UntypedObject, 13);
    retype("retype too large for untyped", small, seL4_ARM_LargePageObject, 0, slot(), 1);
    retype("retype two pages", small, seL4_ARM_SmallPageObject, 0, slot(), 2);
    (void)slot();
    retype("retype exhausted", small, seL4_EndpointObject, 0, slot(), 1);
    line("retype revoke", seL4_CNode_Revoke(SELF_CNODE, small, 64));
    seL4_CPtr one = slot();
    retype("retype again after revoke", small, seL4_EndpointObject, 0, one, 1);
    seL4_CPtr page = slot();
    retype("retype a page behind an endpoint", small, seL4_ARM_SmallPageObject, 0, page, 1);
    retype("retype no room after alignment", small, seL4_ARM_SmallPageObject, 0, slot(), 1);
    retype("retype no room, with bytes left", small, seL4_UntypedObject, 13, slot(), 1);
    line("delete the endpoint", seL4_CNode_Delete(SELF_CNODE, one, 64));
    line("delete the page", seL4_CNode_Delete(SELF_CNODE, page, 64));
    retype("retype whole after both are gone", small, seL4_UntypedObject, 13, slot(), 1);
    seL4_CPtr first = slot();
    for (int i = 0; i < 255; i++) {
        (void)slot();
    }
    retype("retype 256", ut, seL4_NotificationObject, 0, first, 256);
    for (seL4_Word i = 0; i < probe_info->untyped.end - probe_info->untyped.start; i++) {
        if (probe_info->untypedList[i].paddr == 0x0a000000) {
            retype("retype device to tcb", probe_info->untyped.start + i, seL4_TCBObject, 0, slot(), 1);
            retype("retype device to table", probe_info->untyped.start + i, seL4_ARM_PageTableObject, 0,
                   slot(), 1);
            retype("retype device to page", probe_info->untyped.start + i, seL4_ARM_SmallPageObject, 0,
                   slot(), 1);
        }
    }
}

static void copy(const char *name, seL4_CPtr to, seL4_CPtr from, seL4_Uint8 to_depth, seL4_Uint8 from_depth)
{
    line(name, seL4_CNode_Copy(SELF_CNODE, to, to_depth, SELF_CNODE, from, from_depth, seL4_AllRights));
}

static void cnode_copies(seL4_CPtr ntfn, seL4_CPtr to)
{
    copy("copy", to, ntfn, 64, 64);
    copy("copy onto a capability", to, ntfn, 64, 64);
    copy("copy of nothing", slot(), slot(), 64, 64);
    copy("copy depth 0", slot(), ntfn, 0, 64);
    copy("copy depth 65", slot(), ntfn, 65, 64);
    copy("copy source depth 0", slot(), ntfn, 64, 0);
    copy("copy source guard mismatch", slot(), ntfn, 64, 12);
    copy("copy source beyond the cspace", slot(), 1ul << 40, 64, 64);
    copy("copy irq control", slot(), seL4_CapIRQControl, 64, 64);
    copy("copy untyped with children", slot(), probe_pool, 64, 64);
    copy("copy untyped without children", slot(), make(seL4_UntypedObject, 12), 64, 64);
    copy("copy table not mapped", slot(), make(seL4_ARM_PageTableObject, 0), 64, 64);
    copy("copy tcb", slot(), make(seL4_TCBObject, 0), 64, 64);
    copy("copy asid control", slot(), seL4_CapASIDControl, 64, 64);
    copy("copy domain", slot(), seL4_CapDomain, 64, 64);
    line("copy root not a cnode", seL4_CNode_Copy(SELF_CNODE, slot(), 64, ntfn, ntfn, 64, seL4_AllRights));
    seL4_SetCap(0, SELF_CNODE);
    seL4_SetMR(0, slot());
    seL4_SetMR(1, 64);
    line("copy truncated", raw(SELF_CNODE, CNodeCopy, 1, 3));
    seL4_SetCap(0, SELF_CNODE);
    seL4_SetMR(0, slot());
    seL4_SetMR(1, 64);
    seL4_SetMR(2, ntfn);
    seL4_SetMR(3, 64);
    line("copy without rights", raw(SELF_CNODE, CNodeCopy, 1, 4));
}

static void cnode_mints(seL4_CPtr ntfn)
{
    seL4_CPtr badged = slot();
    seL4_CPtr node = make(seL4_CapTableObject, 4);

    line("mint badge", seL4_CNode_Mint(SELF_CNODE, badged, 64, SELF_CNODE, ntfn, 64, seL4_AllRights, 5));
    line("mint badge twice",
         seL4_CNode_Mint(SELF_CNODE, slot(), 64, SELF_CNODE, badged, 64, seL4_AllRights, 6));
    line("mint untyped with a badge", seL4_CNode_Mint(SELF_CNODE, slot(), 64, SELF_CNODE,
                                                      make(seL4_UntypedObject, 12), 64, seL4_AllRights, 5));
    line("mint guard", seL4_CNode_Mint(SELF_CNODE, slot(), 64, SELF_CNODE, node, 64, seL4_AllRights,
                                       seL4_CNode_CapData_new(0, 60).words[0]));
    line("mint guard too large", seL4_CNode_Mint(SELF_CNODE, slot(), 64, SELF_CNODE, node, 64, seL4_AllRights,
                                                 seL4_CNode_CapData_new(0, 61).words[0]));
    line("copy into a second cnode", seL4_CNode_Copy(node, 3, 4, SELF_CNODE, ntfn, 64, seL4_AllRights));
    line("copy into it again", seL4_CNode_Copy(node, 3, 4, SELF_CNODE, ntfn, 64, seL4_AllRights));
    line("copy out of it", seL4_CNode_Copy(SELF_CNODE, slot(), 64, node, 3, 4, seL4_AllRights));
    line("retype into it", seL4_Untyped_Retype(probe_pool, seL4_EndpointObject, 0, node, 0, 0, 5, 11));
    line("retype over its end", seL4_Untyped_Retype(probe_pool, seL4_EndpointObject, 0, node, 0, 0, 15, 2));
    line("delete the second cnode", seL4_CNode_Delete(SELF_CNODE, node, 64));
}

void probe_cnode(void)
{
    seL4_CPtr ntfn = make(seL4_NotificationObject, 0);
    seL4_CPtr to = slot(), moved = slot();

    cnode_copies(ntfn, to);
    cnode_mints(ntfn);
    line("move", seL4_CNode_Move(SELF_CNODE, moved, 64, SELF_CNODE, to, 64));
    line("move of nothing", seL4_CNode_Move(SELF_CNODE, slot(), 64, SELF_CNODE, to, 64));
    line("mutate notification", seL4_CNode_Mutate(SELF_CNODE, to, 64, SELF_CNODE, moved, 64, 9));
    line("delete", seL4_CNode_Delete(SELF_CNODE, to, 64));
    line("delete empty slot", seL4_CNode_Delete(SELF_CNODE, to, 64));
    line("delete beyond the cspace", seL4_CNode_Delete(SELF_CNODE, 1ul << 40, 64));
    line("revoke", seL4_CNode_Revoke(SELF_CNODE, ntfn, 64));
    line("revoke empty slot", seL4_CNode_Revoke(SELF_CNODE, to, 64));
    line("cnode wrong label", raw(SELF_CNODE, UntypedRetype, 0, 6));
    line("cnode truncated", raw(SELF_CNODE, CNodeDelete, 0, 1));
    line("invoke empty slot", raw(slot(), CNodeDelete, 0, 2));
    line("invoke notification", raw(ntfn, CNodeDelete, 0, 2));
    line("invoke domain", raw(seL4_CapDomain, CNodeDelete, 0, 2));
    line("invoke asid control", raw(seL4_CapASIDControl, CNodeDelete, 0, 2));
    line("invoke tcb with a wrong label", raw(seL4_CapInitThreadTCB, CNodeDelete, 0, 2));
}
