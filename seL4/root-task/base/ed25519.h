/* Ed25519 signatures (RFC 8032), checked and never made: binds libsodium's source without its signing half. */
#pragma once

#include "base/bytes.h"

#define ED25519_KEY_BYTES 32u
#define ED25519_SIGNATURE_BYTES 64u

/* Is signature one of message by the holder of the public key? No for keys and signatures that are not canonical or of
 * small order. Needs about 3 KiB of stack. */
bool ed25519_verify(struct bytes message, const uint8_t signature[ED25519_SIGNATURE_BYTES], const uint8_t key[ED25519_KEY_BYTES]);
