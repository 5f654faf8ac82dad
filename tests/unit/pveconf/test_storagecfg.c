// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* storage.cfg as Proxmox VE reads it. */
#include "unit/check.h"

#include "pveconf/storage_types.h"
#include "pveconf/storagecfg.h"

static void parse(const char *name, struct ri_span text, struct ri_storages *s)
{
	struct ri_err e = { 0 };

	check_ok(name, ri_storages_parse(text, s, &e), &e);
}

static void check_str(const char *name, const char *got, const char *want)
{
	if ((got == NULL) != (want == NULL) || (got && strcmp(got, want) != 0))
		fail_msg("%s: got [%s], want [%s]", name, got ? got : "NULL", want ? want : "NULL");
}

static void test_types(void **state)
{
	static const struct {
		const char *text, *id;
		enum ri_storage_type type;
		const char *path, *vgname, *thinpool, *pool, *ns, *monhost, *username;
		bool krbd, shared, images;
	} cases[] = {
		{ "dir: store\n\tpath /srv/a b\n", "store", RI_STORAGE_DIR, "/srv/a b",
		    .images = true },
		{ "nfs: n1\n\tserver s\n\texport /e\n", "n1", RI_STORAGE_NFS, "/mnt/pve/n1",
		    .shared = true, .images = true },
		{ "cifs: c1\n\tpath /mnt/other\n\tcontent backup\n", "c1", RI_STORAGE_CIFS,
		    "/mnt/other", .shared = true },
		{ "btrfs: b1\n    path /b\n    content rootdir,images\n", "b1", RI_STORAGE_BTRFS,
		    "/b", .images = true },
		{ "lvm: v1\n\tvgname pve\n\tshared\n", "v1", RI_STORAGE_LVM, .vgname = "pve",
		    .shared = true, .images = true },
		{ "LVMTHIN: v2\n\tvgname pve\n\tthinpool data\n", "v2", RI_STORAGE_LVMTHIN,
		    .vgname = "pve", .thinpool = "data", .images = true },
		{ "zfspool: z1\n\tpool tank/vms\n", "z1", RI_STORAGE_ZFSPOOL, .pool = "tank/vms",
		    .images = true },
		{ "rbd: r1\n", "r1", RI_STORAGE_RBD, .pool = "rbd", .username = "admin",
		    .shared = true, .images = true },
		{ "rbd: r2\n\tpool p\n\tnamespace n\n\tmonhost a b\n\tusername u\n\tkrbd 1\n", "r2",
		    RI_STORAGE_RBD, .pool = "p", .ns = "n", .monhost = "a b", .username = "u",
		    .krbd = true, .shared = true, .images = true },
		{ "iscsi: i1\n\tportal p\n", "i1", RI_STORAGE_ISCSI, .shared = true,
		    .images = true },
		{ "acme: x1\n", "x1", RI_STORAGE_OTHER, .images = true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_storages_free) struct ri_storages s = { 0 };
		const struct ri_storage *x;

		parse(cases[i].text, ri_str(cases[i].text), &s);
		x = ri_storages_find(&s, cases[i].id);
		if (!x || x->type != cases[i].type || x->krbd != cases[i].krbd ||
		    x->shared != cases[i].shared || x->images != cases[i].images)
			fail_msg("%s: not as wanted", cases[i].text);
		check_str(cases[i].text, x->path, cases[i].path);
		check_str(cases[i].text, x->vgname, cases[i].vgname);
		check_str(cases[i].text, x->thinpool, cases[i].thinpool);
		check_str(cases[i].text, x->pool, cases[i].pool);
		check_str(cases[i].text, x->rbd_ns, cases[i].ns);
		check_str(cases[i].text, x->monhost, cases[i].monhost);
		check_str(cases[i].text, x->username, cases[i].username);
		check_str(cases[i].text, x->images_dir, "images");
	}
}

/** Whether a storage is the same on all nodes, and has ISO images. */
static void test_shared(void **state)
{
	static const struct {
		const char *text;
		bool known, shared, isos;
	} cases[] = {
		/* @SHARED_STORAGE, and what Proxmox VE 8 had besides. */
		{ "nfs: aa\n\tshared 0\n", true, true, false },
		{ "cifs: aa\n\tshared 0\n", true, true, false },
		{ "rbd: aa\n\tshared 0\n", true, true, false },
		{ "cephfs: aa\n\tshared 0\n\tcontent iso\n", true, true, true },
		{ "iscsi: aa\n\tshared 0\n", true, true, false },
		{ "iscsidirect: aa\n\tshared 0\n", true, true, false },
		{ "zfs: aa\n\tshared 0\n", true, true, false },
		{ "drbd: aa\n\tshared 0\n", true, true, false },
		{ "pbs: aa\n\tshared 0\n", true, true, false },
		{ "glusterfs: aa\n\tshared 0\n", true, true, false },
		/* Types that have the property. */
		{ "dir: aa\n\tpath /p\n", true, false, false },
		{ "dir: aa\n\tpath /p\n\tshared 1\n\tcontent images,iso\n", true, true, true },
		{ "dir: aa\n\tpath /p\n\tshared 0\n", true, false, false },
		{ "btrfs: aa\n\tpath /p\n\tshared\n", true, true, false },
		{ "lvm: aa\n\tvgname v\n\tshared 1\n", true, true, false },
		{ "esxi: aa\n\tshared 1\n", true, true, false },
		/* Types that do not, of which Proxmox drops it. */
		{ "lvmthin: aa\n\tvgname v\n\tthinpool t\n\tshared 1\n", true, false, false },
		{ "zfspool: aa\n\tpool p\n\tshared 1\n", true, false, false },
		/* A plugin's: it may say so by itself. */
		{ "acme: aa\n", false, false, true },
		{ "acme: aa\n\tshared 0\n\tcontent images\n", false, false, false },
		{ "acme: aa\n\tshared 1\n", true, true, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_storages_free) struct ri_storages s = { 0 };
		const struct ri_storage *x;

		parse(cases[i].text, ri_str(cases[i].text), &s);
		x = ri_storages_find(&s, "aa");
		if (!x || x->shared_known != cases[i].known || x->shared != cases[i].shared ||
		    x->isos != cases[i].isos)
			fail_msg("%s: not as wanted", cases[i].text);
	}
}

/** What begins and ends a section, and what is passed over; each warning word for word. */
static void test_grammar(void **state)
{
	static const struct {
		const char *name;
		struct ri_span text;
		const char *path;    /* of the storage "aa", NULL: there is none */
		const char *warning; /* all of them, or NULL */
	} cases[] = {
		{ "comment inside", BYTES("dir: aa\n# x\n  # y\n\tpath /p\n"), "/p", NULL },
		{ "no final newline", BYTES("dir: aa\n\tpath /p"), "/p", NULL },
		{ "DOS line ends, of which none is an empty line",
		    BYTES("dir: aa\r\n\tpath /p\r\n\r\n\tnodes x\r\n"), "/p",
		    "line 3: ignored: \r" },
		{ "ended by an empty line", BYTES("dir: aa\n\n\tpath /p\n"), NULL,
		    "line 3: ignored: path /p" },
		{ "not ended by a line of blanks", BYTES("dir: aa\n \t\n\tpath /p\n"), "/p",
		    "line 2: ignored:  \t" },
		{ "a line of blanks before it", BYTES(" \ndir: aa\n\tpath /p\n"), "/p",
		    "line 1: ignored: " },
		{ "a header behind a line of blanks", BYTES("dir: aa\n\tpath /p\n\t\nlvm: bb\n"),
		    "/p", "line 3: ignored: \t, line 4: ignored: lvm: bb" },
		{ "a header without an empty line before it",
		    BYTES("dir: aa\n\tpath /p\nlvm: bb\n"), "/p", "line 3: ignored: lvm: bb" },
		{ "twice the same property", BYTES("dir: aa\n\tpath /p\n\tpath /q\n"), "/p",
		    "line 3: given twice, the first counts: path" },
		{ "a value that is none", BYTES("dir: aa\n\tpath /p\n\tdisable maybe\n"), "/p",
		    "line 3: not a value for it: disable" },
		{ "indented by odd blanks", BYTES("dir: aa\n\fpath /p\n\vnodes x\n"), "/p", NULL },
		{ "no type", BYTES(": aa\n\n"), NULL, "line 1: ignored: : aa" },
		{ "no colon", BYTES("dir aa\n"), NULL, "line 1: ignored: dir aa" },
		{ "no name", BYTES("dir: \n"), NULL, "line 1: ignored: dir:" },
		{ "two names", BYTES("dir: aa bb\n"), NULL, "line 1: ignored: dir: aa bb" },
		{ "NUL in a type", BYTES("d\0r: aa\n\tpath /p\n"), NULL, "line 1: not text: d" },
		{ "a bad name", BYTES("dir: 1a\n\tpath /p\n"), NULL,
		    "line 1: no storage's name: 1a" },
		{ "a name of one letter", BYTES("dir: a\n"), NULL, "line 1: no storage's name: a" },
		{ "NUL in a path", BYTES("dir: aa\n\tpath /p\0q\n"), NULL,
		    "line 2: not text: \tpath /p" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_storages_free) struct ri_storages s = { 0 };
		const struct ri_storage *x;
		RI_BUF warnings = { 0 };

		parse(cases[i].name, cases[i].text, &s);
		x = ri_storages_find(&s, "aa");
		check_str(cases[i].name, x ? x->path : NULL, cases[i].path);
		for (size_t k = 0; k < s.warnings.n; k++)
			ri_buf_addf(&warnings, "%s%s", k > 0 ? ", " : "", s.warnings.v[k]);
		check_str(cases[i].name, warnings.p, cases[i].warning);
	}
}

static void test_local(void **state)
{
	static const char *const texts[] = { "", "dir: local\n", "dir: local\n\tpath /elsewhere\n",
		"lvm: local\n\tvgname x\n", "dir: local\n\tpath /var/lib/vz\n\tnodes other\n" };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		RI_ON_EXIT(ri_storages_free) struct ri_storages s = { 0 };
		const struct ri_storage *x;
		struct ri_err e = { 0 };

		parse(texts[i], ri_str(texts[i]), &s);
		x = ri_storages_find(&s, "local");
		assert_non_null(x);
		assert_int_equal(s.n, 1);
		assert_int_equal(x->type, RI_STORAGE_DIR);
		assert_string_equal(x->path, "/var/lib/vz");
		check_ok(texts[i], ri_storage_usable(x, "me", &e), &e);
		/* Made up it has all contents; a section that only leaves out the path is kept. */
		assert_int_equal(x->isos, i == 0 || i == 2 || i == 3);
	}
	RI_ON_EXIT(ri_storages_free) struct ri_storages s = { 0 };

	parse("kept", ri_str("dir: local\n\tdisable\n\tcontent iso\n"), &s);
	assert_true(s.v[0].disable && s.v[0].isos && !s.v[0].images);
}

static void test_mountpoint(void **state)
{
	static const struct {
		const char *type, *value, *want;
	} cases[] = {
		{ "dir", "/mnt/usb", "/mnt/usb" },
		{ "btrfs", "/p", "/p" },
		{ "dir", "yes", "/p" },
		{ "dir", "On", "/p" },
		{ "dir", "1", "/p" },
		{ "dir", "TRUE", "/p" },
		{ "dir", "no", NULL },
		{ "dir", "0", NULL },
		{ "dir", "Off", NULL },
		{ "dir", "", NULL }, /* no value of its own, as it is no boolean for Proxmox */
		{ "nfs", "/mnt/usb", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_storages_free) struct ri_storages s = { 0 };
		char text[80];

		snprintf(text, sizeof text, "%s: aa\n\tis_mountpoint %s\n\tpath /p\n",
		    cases[i].type, cases[i].value);
		parse(text, ri_str(text), &s);
		check_str(text, ri_storages_find(&s, "aa")->mountpoint, cases[i].want);
	}
}

static void test_usable(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "dir: aa\n\tpath /p\n", NULL },
		{ "dir: aa\n\tpath /p\n\tnodes you, me;him\n", NULL },
		{ "dir: aa\n\tpath /p\n\tdisable 0\n", NULL },
		{ "dir: aa\n\tpath /p\n\tdisable\n", "the storage 'aa' is disabled" },
		{ "dir: aa\n\tpath /p\n\tnodes you,him\n",
		    "the storage 'aa' is not for this node, me, but for you, him" },
		{ "dir: aa\n\tpath /p\n\tnodes ,; \n",
		    "the storage 'aa' is not for this node, me, but for none" },
		{ "dir: aa\n\tpath /p\n\tcontent images,iso\n", NULL },
		{ "pbs: aa\n", NULL }, /* what it is says more than that it holds no disks */
		{ "dir: aa\n\tpath /p\n\tcontent iso,backup\n",
		    "the storage 'aa' holds no VM disks (its content has no images)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_storages_free) struct ri_storages s = { 0 };
		struct ri_err e = { 0 };
		int rc;

		parse(cases[i].text, ri_str(cases[i].text), &s);
		rc = ri_storage_usable(ri_storages_find(&s, "aa"), "me", &e);
		if (cases[i].why)
			check_err(cases[i].text, rc, &e, RI_E_UNSUPPORTED, cases[i].why);
		else
			check_ok(cases[i].text, rc, &e);
	}
}

static void test_supported(void **state)
{
	static const struct {
		const char *type;
		bool ok, plugin;
		const char *why;
	} cases[] = {
		{ "dir", true, false, NULL },
		{ "rbd", true, false, NULL },
		{ "zfs", false, false, "the storage 'aa' is ZFS over iSCSI, whose volumes are no" },
		{ "iscsidirect", false, false, "the storage 'aa' is iSCSI from user space" },
		{ "esxi", false, false, "the storage 'aa' is an ESXi host to import from" },
		{ "pbs", false, false, "the storage 'aa' is a Proxmox Backup Server" },
		{ "cephfs", false, false, "the storage 'aa' is a CephFS" },
		{ "glusterfs", false, false, "the storage 'aa' is a GlusterFS" },
		{ "acme", false, true,
		    "the storage 'aa' is of the type 'acme', which only its plugin knows" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_storages_free) struct ri_storages s = { 0 };
		struct ri_err e = { 0 };
		bool plugin = false;
		char text[64];
		int rc;

		snprintf(text, sizeof text, "%s: aa\n\tpath /p\n", cases[i].type);
		parse(text, ri_str(text), &s);
		rc = ri_storage_supported(ri_storages_find(&s, "aa"), &plugin, &e);
		assert_int_equal(plugin, cases[i].plugin);
		if (cases[i].ok) {
			check_ok(text, rc, &e);
			continue;
		}
		assert_int_equal(rc, -1);
		assert_int_equal(e.code, RI_E_UNSUPPORTED);
		if (strncmp(e.msg, cases[i].why, strlen(cases[i].why)) != 0)
			fail_msg("%s: said [%s]", text, e.msg);
	}
}

/** A megabyte of anything is read in well under a second, and a storage that comes again replaces. */
static void test_large(void **state)
{
	RI_ON_EXIT(ri_storages_free) struct ri_storages s = { 0 };
	RI_BUF text = { 0 };

	(void)state;
	while (text.n < 1 << 20)
		ri_buf_addf(&text, "dir: aa\n\tpath /%zu\n\tx%zu\n\n", text.n, text.n);
	ri_buf_add_str(&text, "dir: aa\n\tpath /last\n");
	parse("large", ri_buf_span(&text), &s);
	assert_int_equal(s.n, 2);
	assert_string_equal(ri_storages_find(&s, "aa")->path, "/last");
}

/* No cluster has so many: what repeats sections by the thousand shall not take quadratic time. */
static void test_too_many(void **state)
{
	RI_ON_EXIT(ri_storages_free) struct ri_storages s = { 0 };
	RI_BUF text = { 0 };

	(void)state;
	for (int i = 0; i < 4000; i++)
		ri_buf_addf(&text, "d: aa%d\n\n", i);
	parse("many", ri_buf_span(&text), &s);
	assert_int_equal(s.n, 1025); /* with `local` */
	assert_non_null(ri_storages_find(&s, "aa1023"));
	assert_null(ri_storages_find(&s, "aa1024"));
	assert_non_null(ri_storages_find(&s, "local"));
	assert_string_equal(s.warnings.v[0], "line 2049: too many storages: aa1024");
}

static void test_nul(void **state)
{
	RI_ON_EXIT(ri_storages_free) struct ri_storages s = { 0 };

	(void)state;
	parse("nul", LIT("\0dir: aa\n\tpath /x\n\ndir: bb\n\tpath /y\n"), &s);
	assert_null(ri_storages_find(&s, "aa"));
	assert_non_null(ri_storages_find(&s, "bb"));
	assert_int_equal(s.warnings.n, 1);
}

static void test_names(void **state)
{
	static const struct {
		struct ri_span id;
		bool ok;
	} cases[] = {
		{ BYTES("aa"), true },
		{ BYTES("zZ"), true },
		{ BYTES("Az09"), true },
		{ BYTES("a-_.9"), true },
		{ BYTES(""), false },
		{ BYTES("a"), false },
		{ BYTES("9a"), false },
		{ BYTES("-a"), false },
		{ BYTES("a-"), false },
		{ BYTES("a_"), false },
		{ BYTES("a."), false },
		{ BYTES("a/b"), false },
		{ BYTES("a:b"), false },
		{ BYTES("a@b"), false },
		{ BYTES("a[b"), false },
		{ BYTES("a`b"), false },
		{ BYTES("a{b"), false },
		{ BYTES("a\0b"), false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (ri_storage_id_ok(cases[i].id) != cases[i].ok)
			fail_msg("%s: not %d", cases[i].id.p, cases[i].ok);
}

/* A directory without a path, one that says where other things are, and one with very many properties. */
static void test_odd_properties(void **state)
{
	RI_ON_EXIT(ri_storages_free) struct ri_storages s = { 0 };
	RI_BUF text = { 0 };

	(void)state;
	ri_buf_add_str(&text, "dir: aa\n\tis_mountpoint yes\n\tcontent-dirs iso=i,,snippets=s\n\n"
			      "dir: bb\n");
	for (int i = 0; i < 250; i++)
		ri_buf_addf(&text, "\tx%d 1\n", i);
	/* Of the first 200 it is known that they come again. */
	ri_buf_add_str(&text, "\tx199 1\n\tx200 1\n\tpath /p\n");
	parse("odd", ri_buf_span(&text), &s);
	assert_null(ri_storages_find(&s, "aa")->mountpoint);
	assert_string_equal(ri_storages_find(&s, "aa")->images_dir, "images");
	assert_string_equal(ri_storages_find(&s, "bb")->path, "/p");
	assert_int_equal(s.warnings.n, 1);
	assert_string_equal(s.warnings.v[0], "line 256: given twice, the first counts: x199");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_odd_properties),
		cmocka_unit_test(test_grammar),
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_mountpoint),
		cmocka_unit_test(test_usable),
		cmocka_unit_test(test_supported),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
