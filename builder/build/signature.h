// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The signature over manifest.json, which has the sums of all other artifacts: a file beside it, made and checked by
 * openssl(1), which is started by argv. No key is ever read further than to see whether it is encrypted.
 */
#include "format/manifest.h"
#include "host/dir.h"

/** Its file, beside manifest.json. */
#define RI_SIGNATURE_NAME "manifest.json.sig"

/** What there is to say of the signature in a directory of artifacts. */
enum ri_signature {
	RI_SIGNATURE_NONE,      /* there is none */
	RI_SIGNATURE_UNCHECKED, /* there is one, and no key to check it with */
	RI_SIGNATURE_GOOD,
	RI_SIGNATURE_BAD,
	RI_SIGNATURE_MISSING, /* there is a key, and no signature */
};
/** Its word in JSON: "unchecked"; it never changes. */
const char *ri_signature_word(enum ri_signature s);

/**
 * Before a build: whether openssl is there and can sign with the private key in the file @key. *@id is the key's name, the
 * SHA-256 of its public half (DER).
 * @return 0; -1 RI_E_USAGE: it is no file, or none that openssl takes, or a passphrase encrypts it; RI_E_IO: there is no
 *         openssl, or it failed; RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_signature_check_key(const char *key, char id[RI_SHA256_HEX + 1],
    struct ri_err *e) RI_MUST_CHECK;
/** Sign manifest.json in @dir by @key. @return 0; -1 RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM. */
int ri_signature_make(const char *key, const struct ri_dir *dir, struct ri_err *e) RI_MUST_CHECK;

/**
 * Whether the signature in the directory @d is of the bytes @manifest and was made by the key whose public half is in the
 * file @key; NULL: nothing is checked. Where it is bad or missing, @why gets a sentence. @signed_by: the key that the
 * manifest names, or NULL; it is used for that sentence alone.
 * @return 0; -1 RI_E_USAGE: @key is no public key; RI_E_IO: there is no openssl, or a file cannot be read;
 *         RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_signature_check(const struct ri_dir *d, const char *key, struct ri_span manifest,
    const char *signed_by, enum ri_signature *out, struct ri_buf *why,
    struct ri_err *e) RI_MUST_CHECK;
