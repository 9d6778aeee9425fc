/* Lines of control files; see control.h. */
#include "hive/control.h"

enum coh_status control_parse(struct bytes line, size_t max, struct json_field *f, size_t n, const struct control_op *ops,
                              struct ns_why *why)
{
    struct json_value v;
    if (line.n > max)
        return COH_TOO_BIG;
    if (!json_parse(line, &v) || v.type != JSON_OBJECT)
        return ns_refuse(why, COH_INVALID, "invalid-json", "a control line is one JSON object");
    bool ok = json_object(&v, f, n);
    for (unsigned i = CONTROL_OWN; ok && i < n; i++) {
        const struct control_op *op = &ops[f[CONTROL_OP].value.u];
        ok = !((f[i].seen ? ~(op->must | op->may) : op->must) & CONTROL_FIELD(i));
    }
    return ok ? COH_OK
              : ns_refuse(why, COH_INVALID, "invalid-fields", "unknown, missing, duplicate or ill-typed field for this schema and op");
}
