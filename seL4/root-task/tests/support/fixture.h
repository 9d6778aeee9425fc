/* Reads fixture files of the form: comment lines that begin with #, else fields separated by one blank. */
#pragma once

#include <stdio.h>

#include "base/bytes.h"

struct fixture {
    FILE *file;
    char line[2048];
    struct bytes field[8];
};

/* The next line's fields, borrowed until the next call; returns how many, 0 at the end of the file. */
static inline size_t fixture_next(struct fixture *f)
{
    do {
        if (!fgets(f->line, sizeof f->line, f->file))
            return 0;
    } while (f->line[0] == '#');
    struct bytes rest = bytes_str(f->line);
    size_t n = 0;
    while (rest.n && n < 8u) {
        size_t at = 0;
        while (at < rest.n && rest.p[at] != ' ' && rest.p[at] != '\n')
            at++;
        f->field[n++] = bytes_sub(rest, 0, at);
        rest = bytes_sub(rest, at + 1u, rest.n);
    }
    return n;
}
