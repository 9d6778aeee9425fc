/* The one result type of the authority. Layers return it; only serve/ turns it into console text or an errno. */
#pragma once

/* spec/secure9p.md "Errors". The values are internal; errno numbers and console words live in serve/. */
enum coh_status {
    COH_OK = 0,
    COH_PERMISSION, /* EPERM: role, scope, mode, policy gate */
    COH_AUTH,       /* EACCES: token, ticket, role */
    COH_NOT_FOUND,  /* ENOENT: no such node, disabled node, bad path */
    COH_BUSY,       /* EBUSY: window, queue, resource in use, pool full */
    COH_QUOTA,      /* EDQUOT: a session's or subject's limit */
    COH_INVALID,    /* EINVAL: grammar, JSON, state transition */
    COH_TOO_BIG,    /* EMSGSIZE */
    COH_STALE,      /* ESTALE: overwritten position */
    COH_CLOSED,     /* EBADF: clunked, revoked, session closed */
    COH_OFFLINE,    /* EHOSTDOWN: root cut, lifecycle offline */
    COH_RATE,       /* EAGAIN: rate limited */
    COH_STATUS_COUNT
};
