// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is made of a monitor's answers about a disk. */
#include "unit/check.h"
#include "unit/qemu/monitor.h"

#include "qemu/qmp_disk.h"

static const struct ri_qemu_names single = { .key = "scsi0",
	.drive = "drive-scsi0",
	.throttle = "throttle-drive-scsi0",
	.controller = "virtioscsi0",
	.disks = 1,
	.iothread = "iothread-virtioscsi0" };
static const struct ri_qemu_names hardware = { .key = "scsi0",
	.drive = "drive-scsi0",
	.throttle = "throttle-drive-scsi0",
	.controller = "scsihw0",
	.disks = 7,
	.shared = true };
static const struct ri_qemu_names virtio = { .key = "virtio0",
	.drive = "drive-virtio0",
	.throttle = "throttle-drive-virtio0" };

/* The questions in their order: blocks, graph, objects, statistics, device, controller (where it has one). */
#define ANSWERS 6
struct row {
	const char *name;
	const struct ri_qemu_names *names;
	const char *answers[ANSWERS];
	struct ri_qmp_disk want; /* but the nodes, which are: */
	const char *nodes;       /* each followed by a blank */
};

#define SAID(json) "{\"return\": " json "}\r\n"
#define NODE(id, type, name) "{\"id\": " id ", \"type\": \"" type "\", \"name\": \"" name "\"}"
#define EDGE(parent, child) "{\"parent\": " parent ", \"child\": " child "}"
/* The disk's device has the drive's name too; QEMU named one node, and one edge leads back, one nowhere. */
#define GRAPH                                                                                      \
	SAID("{\"nodes\": [" NODE("9", "block-backend", "drive-scsi0") ", " NODE("1",              \
	    "block-driver", "drive-scsi0") ", " NODE("2", "block-driver", "fmt") ", " NODE("3",    \
	    "block-driver", "#block7") ", " NODE("4", "block-driver",                              \
	    "file") "], \"edges\": [" EDGE("1", "2") ", " EDGE("1", "3") ", " EDGE("2",            \
	    "4") ", " EDGE("4", "1") ", " EDGE("4", "77") ", " EDGE("8", "4") "]}")

static const struct row rows[] = {
	{ "all of it", &single,
	    { SAID("[{\"qdev\": \"ide2\", \"device\": \"drive-ide2\"}, {\"qdev\": \"scsi1\"}, "
		   "{\"qdev\": \"scsi0\", \"device\": \"\"}]"),
		GRAPH,
		SAID("[{\"name\": \"throttle-drive-scsi1\"}, {\"name\": \"throttle-drive-scsi0\"}, "
		     "{\"name\": \"iothread-virtioscsi0\"}]"),
		SAID("[{\"qdev\": \"scsi1\", \"stats\": {\"rd_operations\": 1000}}, {\"qdev\": "
		     "\"scsi0\", \"stats\": {\"rd_operations\": 1, \"wr_operations\": 20, "
		     "\"flush_operations\": 300, \"unmap_operations\": 4000, \"rd_bytes\": 9}}]"),
		SAID("[{\"name\": \"type\"}, {\"name\": \"scsi0\"}]"),
		SAID("[{\"name\": \"scsi0\"}, {\"name\": \"virtioscsi0\"}]") },
	    { .disk = true,
		.controller = true,
		.throttle = true,
		.iothread = true,
		.operations = 4321 },
	    "drive-scsi0 fmt file " },
	{ "a -drive beside another on its controller", &hardware,
	    { SAID("[{\"qdev\": \"scsix\"}, {\"qdev\": \"scsi1\"}, {\"device\": \"drive-scsi0\"}]"),
		GRAPH, SAID("[]"),
		SAID("[{\"device\": \"drive-scsi0\", \"stats\": {\"wr_operations\": 5}}]"),
		SAID("[{\"name\": \"scsi0\"}]"), SAID("[]") },
	    { .disk = true, .legacy = true, .shared = true, .operations = 5 }, "" },
	{ "alone on a controller for many", &hardware,
	    { SAID("[{\"qdev\": \"scsi0\"}, {\"qdev\": \"scsix\"}, {\"qdev\": \"ide0\"}]"),
		SAID("{\"nodes\": [], \"edges\": []}"), SAID("[]"), SAID("[]"), SAID("[]"),
		SAID("[{\"name\": \"scsihw0\"}]") },
	    { .disk = true, .controller = true }, "" },
	{ "virtio-blk, named by its backend", &virtio,
	    { SAID(
		  "[{\"qdev\": \"/machine/peripheral/virtio0/virtio-backend\"}, {\"qdev\": \"scsi1\"}]"),
		SAID(
		    "{\"nodes\": [" NODE("1", "block-driver", "drive-virtio0") "], \"edges\": []}"),
		SAID("[{\"name\": \"\"}]"),
		SAID("[{\"qdev\": \"/machine/peripheral/virtio0/virtio-backend\", \"stats\": "
		     "{\"rd_operations\": 2}}]"),
		SAID("[]") },
	    { .disk = true, .operations = 2 }, "drive-virtio0 " },
	{ "nothing of it", &single,
	    { SAID("[]"), SAID("{\"nodes\": [], \"edges\": []}"), SAID("[]"), SAID("[]"),
		SAID("[]"), SAID("[]") },
	    { .disk = false }, "" },
	{ "no lists, and lists of what is expected nowhere", &single,
	    { SAID("5"), SAID("[]"), SAID("[1, null, {\"name\": 7}]"),
		SAID("[{\"qdev\": \"scsi0\", \"stats\": {\"rd_operations\": \"many\"}}, {}]"),
		SAID("{\"name\": \"scsi0\"}"), SAID("\"virtioscsi0\"") },
	    { .disk = false }, "" },
};

/* @says: the greeting, then the answers of @row with @fault in place of one. */
static void script(const struct row *row, size_t at, const char *fault, const char **says)
{
	size_t n = 0;

	says[n++] = GREETING;
	says[n++] = DONE;
	for (size_t i = 0; i < ANSWERS && row->answers[i]; i++)
		says[n++] = i == at ? fault : row->answers[i];
	says[n] = NULL;
}

static void check_row(const struct row *row)
{
	RI_ON_EXIT(ri_qmp_disk_free) struct ri_qmp_disk got = { 0 };
	RI_ON_EXIT(ri_qmp_close) struct ri_qmp *q = NULL;
	const struct ri_qmp_disk *want = &row->want;
	const char *says[ANSWERS + 3];
	struct ri_err e = { 0 };
	RI_BUF nodes = { 0 };
	struct monitor m;

	script(row, ANSWERS, NULL, says);
	check_ok(row->name, ri_qmp_open(begin(&m, says), 5000, &q, &e), &e);
	check_ok(row->name, ri_qmp_disk_look(q, row->names, &got, &e), &e);
	end(&m);
	if (got.disk != want->disk || got.legacy != want->legacy ||
	    got.controller != want->controller || got.shared != want->shared ||
	    got.throttle != want->throttle || got.iothread != want->iothread ||
	    got.operations != want->operations)
		fail_msg(
		    "%s: disk %d legacy %d controller %d shared %d throttle %d iothread %d, %llu",
		    row->name, got.disk, got.legacy, got.controller, got.shared, got.throttle,
		    got.iothread, (unsigned long long)got.operations);
	for (size_t i = 0; i < got.nodes.n; i++)
		ri_buf_addf(&nodes, "%s ", got.nodes.v[i]);
	check_span(row->name, ri_buf_span(&nodes), ri_str(row->nodes));
}

static void test_looks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check_row(&rows[i]);
}

/* Whichever question is refused: the result is not half of one. */
static void test_refusals(void **state)
{
	static const char *const asked[ANSWERS] = { "query-block", "x-debug-query-block-graph",
		"qom-list", "query-blockstats", "qom-list", "qom-list" };

	(void)state;
	for (size_t at = 0; at < ANSWERS; at++) {
		RI_ON_EXIT(ri_qmp_close) struct ri_qmp *q = NULL;
		struct ri_qmp_disk got = { 0 };
		const char *says[ANSWERS + 3];
		struct ri_err e = { 0 };
		struct monitor m;
		RI_BUF want = { 0 };
		int rc;

		script(&rows[0], at,
		    "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\n", says);
		check_ok("open", ri_qmp_open(begin(&m, says), 5000, &q, &e), &e);
		ri_buf_addf(&want, "%s: no", asked[at]);
		rc = ri_qmp_disk_look(q, &single, &got, &e);
		ri_qmp_close(&q);
		end(&m);
		check_err(asked[at], rc, &e, RI_E_IO, want.p);
		assert_int_equal(got.nodes.n, 0);
	}
}

/* A QEMU without the unstable command: what it builds on by the names of its nodes. */
static void test_without_a_graph(void **state)
{
	static const char gone[] =
	    "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no such command\"}}\n";
	static const struct {
		const char *blocks, *answer, *nodes; /* NULL: refused, */
		enum ri_code code;
		const char *said;
	} cases[] = {
		{ SAID("[{\"qdev\": \"scsi0\"}]"),
		    SAID(
			"[{\"node-name\": \"file\", \"children\": []}, {\"node-name\": \"drive-scsi0\", "
			"\"children\": [{\"child\": \"file\", \"node-name\": \"fmt\"}]}, {\"node-name\": "
			"\"drive-scsi1\", \"children\": []}, {\"node-name\": \"#block7\", \"children\": []}, "
			"{\"node-name\": \"fmt\", \"children\": [{\"child\": \"file\", \"node-name\": "
			"\"file\"}, {\"child\": \"backing\", \"node-name\": \"#block7\"}, {\"node-name\": "
			"\"drive-scsi0\"}, {\"node-name\": \"nowhere\"}, {}]}]"),
		    "drive-scsi0 fmt file ", RI_OK, NULL },
		{ SAID("[]"), SAID("[{\"node-name\": \"drive-scsi1\"}]"), "", RI_OK, NULL },
		{ SAID("[]"), SAID("5"), "", RI_OK, NULL },
		{ SAID("[{\"qdev\": \"scsi0\", \"device\": \"drive-scsi0\"}]"),
		    SAID("[{\"node-name\": \"drive-scsi0\"}]"), "", RI_OK, NULL },
		{ SAID("[]"), SAID("[{\"node-name\": \"drive-scsi0\"}]"), NULL, RI_E_UNSUPPORTED,
		    "QEMU does not tell what the block node drive-scsi0 builds on" },
		{ SAID("[]"), "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\n",
		    NULL, RI_E_IO, "query-named-block-nodes: no" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *says[] = { GREETING, DONE, cases[i].blocks, gone, cases[i].answer,
			SAID("[]"), SAID("[]"), SAID("[]"), SAID("[]"), NULL };
		RI_ON_EXIT(ri_qmp_disk_free) struct ri_qmp_disk got = { 0 };
		RI_ON_EXIT(ri_qmp_close) struct ri_qmp *q = NULL;
		struct ri_err e = { 0 };
		struct monitor m;
		RI_BUF nodes = { 0 };
		int rc;

		says[cases[i].nodes ? 9 : 5] = NULL;
		check_ok("open", ri_qmp_open(begin(&m, says), 5000, &q, &e), &e);
		rc = ri_qmp_disk_look(q, &single, &got, &e);
		ri_qmp_close(&q);
		end(&m);
		if (!cases[i].nodes) {
			check_err(cases[i].answer, rc, &e, cases[i].code, cases[i].said);
			continue;
		}
		check_ok(cases[i].answer, rc, &e);
		for (size_t k = 0; k < got.nodes.n; k++)
			ri_buf_addf(&nodes, "%s ", got.nodes.v[k]);
		check_span(cases[i].answer, ri_buf_span(&nodes), ri_str(cases[i].nodes));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_looks, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_refusals, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_without_a_graph, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
