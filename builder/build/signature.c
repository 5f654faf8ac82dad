// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build/signature.h"
#include "host/hostfile.h"
#include "host/process.h"
#include "host/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define KEY_MAX ((size_t)64 << 10)
#define SIGNATURE_MAX ((size_t)64 << 10) /* RSA of 16,384 bits: 2 KiB */
#define MANIFEST "manifest.json"
#define OPENSSL_S 60

static const struct ri_process_opts limits = { .timeout_s = OPENSSL_S };

/*
 * A DER of an Ed25519 key begins so (RFC 8410); its signatures have one length (RFC 8032). Of the other kinds of keys the
 * length depends on the key, or on the signature.
 */
static const char ed25519[] = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70";
#define ED25519_DER 44
#define ED25519_BYTES 64

const char *ri_signature_word(enum ri_signature s)
{
	static const char *const words[] = {
		[RI_SIGNATURE_NONE] = "none",
		[RI_SIGNATURE_UNCHECKED] = "unchecked",
		[RI_SIGNATURE_GOOD] = "good",
		[RI_SIGNATURE_BAD] = "bad",
		[RI_SIGNATURE_MISSING] = "missing",
	};

	return words[s];
}

static int run(const char *const *argv, struct ri_process_result *out, struct ri_err *e)
{
	if (ri_process_run(argv, &limits, out, e) == 0)
		return 0;
	if (e->sys == ENOENT)
		ri_fail(e, RI_E_IO, 0,
		    "there is no openssl, which makes and checks signatures: apt install openssl");
	return -1;
}

/* What it says of its failure, and never what it was given. */
static int refused(const struct ri_process_result *r, const char *what, enum ri_code code,
    struct ri_err *e)
{
	struct ri_span said = ri_buf_span(&r->err), line = { 0 };

	ri_span_line(&said, &line);
	line = ri_span_trim(line);
	return ri_fail(e, code, 0, "%s (openssl: %.*s)", what, (int)(line.n > 200 ? 200 : line.n),
	    line.p ? line.p : "");
}

/*
 * PKCS#8 says so in its name (RFC 7468), the older forms in a header (RFC 1421). Nothing is asked for while a build
 * runs, and a passphrase on a command line or in the environment would be anybody's.
 */
static bool is_encrypted(struct ri_span key)
{
	static const char *const marks[] = { "-----BEGIN ENCRYPTED PRIVATE KEY-----",
		"Proc-Type: 4,ENCRYPTED" };

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (key.n > 0 && memmem(key.p, key.n, marks[i], strlen(marks[i])))
			return true;
	return false;
}

static int read_key(const char *path, struct ri_buf *out, struct ri_err *e)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return ri_fail(e, RI_E_USAGE, errno, "the key %s", path);
	if (!S_ISREG(st.st_mode))
		return ri_fail(e, RI_E_USAGE, 0, "the key %s is not a file", path);
	return ri_file_read(path, KEY_MAX, out, e);
}

/* From 3.5 on openssl takes the public half of a private key where a public one is asked for. */
static int refuse_private(const char *key, struct ri_err *e)
{
	const char *argv[] = { "openssl", "pkey", "-in", key, "-passin", "pass:", "-noout", NULL };
	RI_ON_EXIT(ri_process_result_free) struct ri_process_result r = { 0 };

	if (run(argv, &r, e) < 0)
		return -1;
	if (r.status != 0)
		return 0;
	return ri_fail(e, RI_E_USAGE, 0,
	    "%s is no public key but a private one: give its public half", key);
}

/* The public half, as DER; @private: of the file of both, which is refused otherwise. */
static int public_half(const char *key, bool private, struct ri_buf *der, struct ri_err *e)
{
	const char *argv[] = { "openssl", "pkey", "-in", key, "-passin", "pass:", "-pubout",
		"-outform", "DER", private ? NULL : "-pubin", NULL };
	RI_ON_EXIT(ri_process_result_free) struct ri_process_result r = { 0 };
	RI_BUF what = { 0 };

	if ((!private && refuse_private(key, e) < 0) || run(argv, &r, e) < 0)
		return -1;
	if (r.status == 0 && r.out.n > 0) {
		ri_buf_add_span(der, ri_buf_span(&r.out));
		return ri_buf_check(der, e);
	}
	ri_buf_addf(&what, "%s is no %s key in a form that openssl reads, such as PEM", key,
	    private ? "private" : "public");
	return ri_buf_check(&what, e) < 0 ? -1 : refused(&r, what.p, RI_E_USAGE, e);
}

int ri_signature_check_key(const char *key, char id[RI_SHA256_HEX + 1], struct ri_err *e)
{
	RI_BUF text = { 0 };
	RI_BUF der = { 0 };
	bool encrypted;

	if (read_key(key, &text, e) < 0)
		return -1;
	encrypted = is_encrypted(ri_buf_span(&text));
	if (text.n > 0)
		explicit_bzero(text.p, text.n);
	if (encrypted)
		return ri_fail(e, RI_E_USAGE, 0,
		    "the key %s is encrypted, and a build asks nobody for a passphrase: sign manifest.json "
		    "afterwards with openssl yourself (docs/golden-images.md), or give a key without one",
		    key);
	if (public_half(key, true, &der, e) < 0)
		return -1;
	ri_sha256_span(ri_buf_span(&der), id);
	return 0;
}

int ri_signature_make(const char *key, const struct ri_dir *dir, struct ri_err *e)
{
	RI_FREE char *in = ri_file_join(dir->path, MANIFEST);
	RI_FREE char *out = ri_file_join(dir->path, RI_SIGNATURE_NAME);
	const char *argv[] = { "openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key, "-passin",
		"pass:", "-in", in, "-out", out, NULL };
	RI_ON_EXIT(ri_process_result_free) struct ri_process_result r = { 0 };

	if (!in || !out)
		return ri_nomem(e);
	if (run(argv, &r, e) < 0)
		return -1;
	if (r.status != 0)
		return refused(&r, "openssl could not sign manifest.json", RI_E_IO, e);
	return ri_file_sync(out, e);
}

/* A file of @d that somebody else may have put there. @there is whether there is one. */
static int read_signature(const struct ri_dir *d, bool *there, struct ri_buf *out, struct ri_err *e)
{
	RI_FREE char *bytes = NULL;
	RI_FD int fd = -1;
	struct stat st;
	ssize_t n;

	if (ri_dir_has(d, RI_SIGNATURE_NAME, there, e) < 0)
		return -1;
	if (!*there)
		return 0;
	fd = ri_dir_file(d, RI_SIGNATURE_NAME, O_RDONLY | O_NONBLOCK, e);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return ri_fail(e, RI_E_IO, 0, RI_SIGNATURE_NAME " is not a file");
	bytes = malloc(SIGNATURE_MAX + 1);
	if (!bytes)
		return ri_nomem(e);
	n = ri_file_read_at(fd, bytes, SIGNATURE_MAX + 1, 0);
	if (n < 0)
		return ri_fail(e, RI_E_IO, errno, "reading " RI_SIGNATURE_NAME);
	ri_buf_add(out, bytes, (size_t)n);
	return ri_buf_check(out, e);
}

/* Why it may be bad, as far as that can be known. */
static void explain(struct ri_span signature, struct ri_span der, const char *signed_by,
    const char *key, struct ri_buf *why)
{
	char id[RI_SHA256_HEX + 1];

	ri_sha256_span(der, id);
	if (signature.n == 0 || signature.n > SIGNATURE_MAX)
		ri_buf_addf(why, RI_SIGNATURE_NAME " is %s",
		    signature.n == 0 ? "empty" : "too long for a signature");
	else if (signed_by && strcmp(signed_by, id) != 0)
		ri_buf_addf(why,
		    "another key than %s made " RI_SIGNATURE_NAME
		    ", as manifest.json itself says: %.16s… and not %.16s…",
		    key, signed_by, id);
	else if (der.n == ED25519_DER && memcmp(der.p, ed25519, sizeof ed25519 - 1) == 0 &&
		 signature.n != ED25519_BYTES)
		ri_buf_addf(why,
		    RI_SIGNATURE_NAME
		    " is cut off or damaged: it has %zu bytes, and one by %s has %d",
		    signature.n, key, ED25519_BYTES);
	else
		ri_buf_addf(why,
		    "manifest.json or " RI_SIGNATURE_NAME
		    " was changed: the one is no signature of the other by %s",
		    key);
}

/* On copies that nobody else can change while openssl reads them. */
static int ask(const struct ri_dir *tmp, const char *key, struct ri_span manifest,
    struct ri_span signature, bool *good, struct ri_err *e)
{
	RI_FREE char *in = ri_file_join(tmp->path, MANIFEST);
	RI_FREE char *sig = ri_file_join(tmp->path, RI_SIGNATURE_NAME);
	const char *argv[] = { "openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", key,
		"-sigfile", sig, "-in", in, NULL };
	RI_ON_EXIT(ri_process_result_free) struct ri_process_result r = { 0 };

	if (!in || !sig)
		return ri_nomem(e);
	if (ri_dir_put(tmp, MANIFEST, manifest, 0600, e) < 0 ||
	    ri_dir_put(tmp, RI_SIGNATURE_NAME, signature, 0600, e) < 0 || run(argv, &r, e) < 0)
		return -1;
	/* 1: it does not verify. What else it may end with says nothing of the signature. */
	if (r.status > 1)
		return refused(&r, "openssl could not check the signature", RI_E_IO, e);
	*good = r.status == 0;
	return 0;
}

static int check(const char *key, struct ri_span manifest, struct ri_span signature,
    struct ri_span der, const char *signed_by, enum ri_signature *out, struct ri_buf *why,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_dir_remove_temporary) struct ri_dir tmp = { 0 };
	bool good = false;

	if (signature.n > 0 && signature.n <= SIGNATURE_MAX &&
	    (ri_dir_make_temporary(&tmp, e) < 0 ||
		ask(&tmp, key, manifest, signature, &good, e) < 0))
		return -1;
	*out = good ? RI_SIGNATURE_GOOD : RI_SIGNATURE_BAD;
	if (!good)
		explain(signature, der, signed_by, key, why);
	return ri_buf_check(why, e);
}

int ri_signature_check(const struct ri_dir *d, const char *key, struct ri_span manifest,
    const char *signed_by, enum ri_signature *out, struct ri_buf *why, struct ri_err *e)
{
	RI_BUF signature = { 0 };
	RI_BUF der = { 0 };
	bool there;

	if (key && public_half(key, false, &der, e) < 0)
		return -1;
	if (!key) {
		if (ri_dir_has(d, RI_SIGNATURE_NAME, &there, e) < 0)
			return -1;
		*out = there ? RI_SIGNATURE_UNCHECKED : RI_SIGNATURE_NONE;
		return 0;
	}
	if (read_signature(d, &there, &signature, e) < 0)
		return -1;
	if (!there) {
		*out = RI_SIGNATURE_MISSING;
		ri_buf_add_str(why,
		    RI_SIGNATURE_NAME " is missing: nobody signed it, or somebody removed it");
		return ri_buf_check(why, e);
	}
	return check(key, manifest, ri_buf_span(&signature), ri_buf_span(&der), signed_by, out, why,
	    e);
}
