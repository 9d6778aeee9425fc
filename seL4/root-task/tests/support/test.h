/* What every unit test includes first: cmocka with its prelude, bytes, and EXPECT_PANIC. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "support/panic.h"

/* b holds exactly this text. */
#define ASSERT_TEXT(b, text)                                                                                 \
    do {                                                                                                     \
        struct bytes got_ = (b);                                                                             \
        struct bytes want_ = bytes_str(text);                                                                \
        if (!bytes_eq(got_, want_))                                                                          \
            fail_msg("got `%.*s`, want `%s`", (int)got_.n, got_.n ? (const char *)got_.p : "", (text));      \
    } while (0)

/* A string literal with its embedded zeros, without the closing one. */
#define LIT(s) bytes_of((s), sizeof(s) - 1u)
