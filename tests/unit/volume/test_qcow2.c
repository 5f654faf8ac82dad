// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The header of a qcow2, and where the name of its backing file leads. */
#include "unit/check.h"

#include "volume/qcow2.h"

#define NAME_AT 512

/* Big-endian fields in a header that is fine otherwise. */
struct header {
	uint32_t version, cluster_bits, encryption, name_bytes, header_bytes;
	uint64_t incompatible, name_at;
	struct ri_span extensions; /* behind the header */
};

static void put(char *p, uint64_t v, size_t n)
{
	while (n > 0) {
		p[--n] = (char)v;
		v >>= 8;
	}
}

static void make(const struct header *h, char head[static 1024])
{
	size_t bytes = h->header_bytes ? h->header_bytes : 104;

	memset(head, 0, 1024);
	memcpy(head, "QFI\xfb", 4);
	put(head + 4, h->version ? h->version : 3, 4);
	put(head + 8, h->name_at, 8);
	put(head + 16, h->name_bytes, 4);
	put(head + 20, h->cluster_bits ? h->cluster_bits : 16, 4);
	put(head + 32, h->encryption, 4);
	put(head + 72, h->incompatible, 8);
	put(head + 100, bytes, 4);
	if (h->extensions.n > 0 && bytes + h->extensions.n <= NAME_AT)
		memcpy(head + (h->version == 2 ? 72 : bytes), h->extensions.p, h->extensions.n);
	memcpy(head + NAME_AT, "base.raw", 8);
}

#define FORMAT_RAW "\xe2\x79\x2a\xca\0\0\0\3raw\0\0\0\0\0"
#define UNKNOWN "\x12\x34\x56\x78\0\0\0\1x\0\0\0\0\0\0\0"
#define DATA_FILE "\x44\x41\x54\x41\0\0\0\1d\0\0\0\0\0\0\0"
#define END "\0\0\0\0\0\0\0\0"

static void test_headers(void **state)
{
	static const struct {
		const char *name;
		struct header h;
		const char *backing, *format;
		bool data_file, encrypted, corrupt;
	} cases[] = {
		{ .name = "alone", .backing = "", .format = "" },
		{ "version 2", { .version = 2, .name_at = NAME_AT, .name_bytes = 8 }, "base.raw",
		    .format = "" },
		{ "version 2 with a format",
		    { .version = 2,
			.name_at = NAME_AT,
			.name_bytes = 8,
			.extensions = BYTES(FORMAT_RAW END) },
		    "base.raw", .format = "raw" },
		{ "format",
		    { .name_at = NAME_AT, .name_bytes = 8, .extensions = BYTES(FORMAT_RAW END) },
		    "base.raw", .format = "raw" },
		{ "behind another extension",
		    { .name_at = NAME_AT,
			.name_bytes = 8,
			.extensions = BYTES(UNKNOWN FORMAT_RAW END) },
		    "base.raw", .format = "raw" },
		{ "behind the end",
		    { .name_at = NAME_AT, .name_bytes = 8, .extensions = BYTES(END FORMAT_RAW) },
		    "base.raw", .format = "" },
		/* QEMU reads a name inside of the header too. */
		{ "a name in the header", { .name_at = 1, .name_bytes = 2 }, "FI", .format = "" },
		{ "a longer header", { .header_bytes = 112, .extensions = BYTES(FORMAT_RAW END) },
		    "", .format = "raw" },
		{ "data file by its bit", { .incompatible = 4 }, "", "", .data_file = true },
		{ "data file by its name", { .extensions = BYTES(DATA_FILE END) }, "", "",
		    .data_file = true },
		{ "AES", { .encryption = 1 }, "", "", .encrypted = true },
		{ "LUKS", { .encryption = 2 }, "", "", .encrypted = true },
		{ "corrupt", { .incompatible = 2 }, "", "", .corrupt = true },
		{ "dirty, zstd, extended L2", { .incompatible = 0x19 }, "", .format = "" },
		/* In version 2 these bytes are no feature bits. */
		{ "bits in version 2", { .version = 2, .extensions = BYTES("\0\0\0\0\0\0\0\4") },
		    "", .format = "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char head[1024];
		struct ri_qcow2 q;
		struct ri_err e = { 0 };

		make(&cases[i].h, head);
		check_ok(cases[i].name, ri_qcow2_parse(ri_span(head, sizeof head), &q, &e), &e);
		check_span(cases[i].name, q.backing, ri_str(cases[i].backing));
		check_span(cases[i].name, q.backing_format, ri_str(cases[i].format));
		if (q.data_file != cases[i].data_file || q.encrypted != cases[i].encrypted ||
		    q.corrupt != cases[i].corrupt)
			fail_msg("%s", cases[i].name);
	}
}

static void test_damaged_headers(void **state)
{
	static const struct {
		const char *name;
		struct header h;
		size_t n; /* bytes that there are; 0: all */
	} cases[] = {
		{ "version 1", { .version = 1 }, 0 },
		{ "version 4", { .version = 4 }, 0 },
		{ "clusters of 256 bytes", { .cluster_bits = 8 }, 0 },
		{ "clusters of 4 MiB", { .cluster_bits = 22 }, 0 },
		{ "a header of 64 bytes", { .header_bytes = 64 }, 0 },
		{ "a header beyond the end", { .header_bytes = 1025 }, 0 },
		{ "a name of 1024 bytes", { .name_at = NAME_AT, .name_bytes = 1024 }, 0 },
		{ "a name beyond the end",
		    { .name_at = 1020, .name_bytes = 5, .extensions = BYTES(END) }, 0 },
		{ "a name far away",
		    { .name_at = UINT64_MAX, .name_bytes = 5, .extensions = BYTES(END) }, 0 },
		{ "an extension that is too long",
		    { .extensions = BYTES("\x12\x34\x56\x78\xff\xff\xff\xff") }, 0 },
		{ "an extension that runs into the name",
		    { .name_at = 120,
			.name_bytes = 1,
			.extensions = BYTES("\x12\x34\x56\x78\0\0\0\x09") },
		    0 },
		{ "no end of the extensions", { .extensions = BYTES(UNKNOWN) }, 120 },
		{ "cut short", { 0 }, 103 },
		{ "cut shorter", { .version = 2 }, 71 },
		{ "a magic number", { 0 }, 4 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char head[1024];
		struct ri_qcow2 q;
		struct ri_err e = { 0 };
		int rc;

		make(&cases[i].h, head);
		rc = ri_qcow2_parse(ri_span(head, cases[i].n ? cases[i].n : sizeof head), &q, &e);
		check_err(cases[i].name, rc, &e, RI_E_UNSUPPORTED,
		    "cannot be opened as qcow2: its header is damaged or cut short");
	}
}

static void test_something_else(void **state)
{
	static const struct ri_span cases[] = { BYTES(""), BYTES("QFI"),
		BYTES("KDMVKDMVKDMVKDMVKDMVKDMVKDMV") };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ri_qcow2 q;
		struct ri_err e = { 0 };

		check_err("magic", ri_qcow2_parse(cases[i], &q, &e), &e, RI_E_UNSUPPORTED,
		    "cannot be opened as qcow2: Image is not in qcow2 format");
	}
}

static void test_protocols(void **state)
{
	static const struct {
		const char *name;
		bool has;
	} cases[] = {
		{ "base.raw", false },
		{ "/a:b", false },
		{ "./a:b", false },
		{ "a:b", true },
		{ "nbd://host/x", true },
		{ "json:{\"driver\":\"raw\"}", true },
		{ "file:base.raw", true },
		{ "host_device:/dev/sda", true },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (ri_qcow2_has_protocol(ri_str(cases[i].name)) != cases[i].has)
			fail_msg("%s", cases[i].name);
}

static void test_paths(void **state)
{
	static const struct {
		const char *image;
		struct ri_span name;
		const char *want; /* NULL: no path */
	} cases[] = {
		{ "/i/105/vm.qcow2", BYTES("../100/base.qcow2"), "/i/105/../100/base.qcow2" },
		{ "/i/105/vm.qcow2", BYTES("/srv/base.raw"), "/srv/base.raw" },
		{ "vm.qcow2", BYTES("base.raw"), "base.raw" },
		{ "/i/vm.qcow2", BYTES("file:base.raw"), "/i/base.raw" },
		{ "/i/vm.qcow2", BYTES("./a:b.raw"), "/i/./a:b.raw" },
		{ "/i/vm.qcow2", BYTES("nbd://host/x"), NULL },
		{ "/i/vm.qcow2", BYTES("json:{\"driver\":\"raw\"}"), NULL },
		{ "/i/vm.qcow2", BYTES("a\0b"), NULL },
		{ "/i/vm.qcow2", BYTES("file:"), NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_BUF path = { 0 };
		bool is = ri_qcow2_backing_path(cases[i].image, cases[i].name, &path);

		if (is != (cases[i].want != NULL))
			fail_msg("%.*s", (int)cases[i].name.n, cases[i].name.p);
		if (is)
			check_span(cases[i].image, ri_buf_span(&path), ri_str(cases[i].want));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_damaged_headers),
		cmocka_unit_test(test_something_else),
		cmocka_unit_test(test_protocols),
		cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
