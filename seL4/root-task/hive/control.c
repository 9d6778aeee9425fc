/* Lines of control files; see control.h. */
#include "hive/control.h"

enum coh_status control_bad_fields(struct ns_why *why)
{
    return ns_refuse(why, COH_INVALID, "invalid-fields", "unknown, missing, duplicate or ill-typed field");
}

enum coh_status control_line(struct bytes line, size_t max, struct json_field *f, size_t n, struct ns_why *why)
{
    struct json_value v;
    if (line.n > max)
        return COH_TOO_BIG;
    if (!json_parse(line, &v) || v.type != JSON_OBJECT)
        return ns_refuse(why, COH_INVALID, "invalid-json", "a control line is one JSON object");
    return json_object(&v, f, n) ? COH_OK : control_bad_fields(why);
}

bool control_allows(unsigned op, const struct json_field *f, unsigned from, size_t n)
{
    for (unsigned i = from; i < n; i++) {
        if (f[i].seen ? !(op & (f[i].must | f[i].may)) : op & f[i].must)
            return false;
    }
    return true;
}

enum coh_status control_parse(struct bytes line, size_t max, struct json_field *f, size_t n, unsigned *op, struct ns_why *why)
{
    enum coh_status s = control_line(line, max, f, n, why);
    *op = 1u << f[CONTROL_OP].value.u;
    if (s == COH_OK && !control_allows(*op, f, CONTROL_OWN, n))
        s = control_bad_fields(why);
    return s;
}

bool control_facts(struct bytes line, const char *keys, struct bytes *values)
{
    for (struct bytes names = bytes_str(keys); names.n; values++) {
        struct bytes name = bytes_split(&names, ' ');
        *values = names.n ? bytes_split(&line, ' ') : line;
        if (!bytes_eq(bytes_split(values, '='), name) || !json_token(*values, values->n))
            return false;
    }
    return true;
}
