// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which VMs the backup jobs of jobs.cfg and of vzdump.cron cover, and the pools that they may name. */
#include "unit/check.h"

#include "pveconf/backup_cron.h"
#include "pveconf/pools.h"

static void parse(const char *name, struct ri_span text, struct ri_backup_jobs *j)
{
	struct ri_err e = { 0 };

	check_ok(name, ri_backup_jobs_parse(text, j, &e), &e);
}

/* The verdict of all jobs as letters: "-" not, "H" here, "E" elsewhere, "?" not known. */
static void check_jobs(const char *name, const struct ri_backup_jobs *j,
    const struct ri_backup_vm *vm, const char *want)
{
	static const char letters[] = { [RI_BACKUP_NOT] = '-',
		[RI_BACKUP_HERE] = 'H',
		[RI_BACKUP_ELSEWHERE] = 'E',
		[RI_BACKUP_NOT_KNOWN] = '?' };
	char got[32] = "";

	assert_true(j->n < sizeof got);
	for (size_t i = 0; i < j->n; i++)
		got[i] = letters[ri_backup_covers(&j->v[i], vm)];
	if (strcmp(got, want) != 0)
		fail_msg("%s: got [%s], want [%s]", name, got, want);
}

#define JOB "vzdump: b\n\tschedule 21:00\n"

/* About VM 105 on pve1, in the pool "web" if user.cfg can be read. */
struct cover {
	const char *text, *want, *want_without_pools;
};

static void check_covers(const struct cover *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		RI_ON_EXIT(ri_backup_jobs_free) struct ri_backup_jobs j = { 0 };
		struct ri_backup_vm vm = { 105, "pve1", "web", true };

		parse(cases[i].text, ri_str(cases[i].text), &j);
		check_jobs(cases[i].text, &j, &vm, cases[i].want);
		vm.pool = NULL;
		vm.pool_known = false;
		check_jobs(cases[i].text, &j, &vm, cases[i].want_without_pools);
	}
}

static void test_covers(void **state)
{
	static const struct cover cases[] = {
		{ "", "", "" },
		{ JOB "\tall 1\n", "H", "H" },
		{ JOB "\tall\n", "H", "H" },
		{ JOB "\tall 1\n\tenabled 0\n", "-", "-" },
		{ JOB "\tall 1\n\tenabled 1\n\tmode stop\n\tstorage pbs\n", "H", "H" },
		{ JOB "\tall 1\n\texclude 104,106\n", "H", "H" },
		{ JOB "\tall 1\n\texclude 104,105\n", "-", "-" },
		{ JOB "\tall 1\n\texclude 104 105;106\n", "-", "-" },
		/* exclude assumes all. */
		{ JOB "\texclude 104\n", "H", "H" },
		{ JOB "\texclude 105\n", "-", "-" },
		{ JOB "\tvmid 100,105\n", "H", "H" },
		{ JOB "\tvmid 1050,1005\n", "-", "-" },
		{ JOB "\tall 1\n\tnode pve1\n", "H", "H" },
		{ JOB "\tall 1\n\tnode pve2\n", "E", "E" },
		{ JOB "\tvmid 106\n\tnode pve2\n", "-", "-" },
		{ JOB "\tpool web\n", "H", "?" },
		{ JOB "\tpool db\n", "-", "?" },
		{ JOB "\tpool db\n\tenabled 0\n", "-", "-" },
		/* Only those that are in it directly, and nothing is excluded from a pool. */
		{ JOB "\tpool we\n", "-", "?" },
		{ JOB "\tpool web\n\texclude 105\n", "H", "?" },
		{ JOB "\tpool web\n\tnode pve2\n", "E", "?" },
	};

	(void)state;
	check_covers(cases, sizeof cases / sizeof cases[0]);
}

static void test_not_taken(void **state)
{
	static const struct cover cases[] = {
		/* Values that Proxmox does not take are as good as not there; the next of two counts then. */
		{ JOB "\tall yes\n\tall 1\n", "H", "H" },
		{ JOB "\tall 0\n\tall 1\n\tvmid 105\n", "H", "H" },
		{ JOB "\tvmid 105,x\n\tall 1\n", "H", "H" },
		{ JOB "\tvmid 99,105\n\tall 1\n", "H", "H" },
		{ JOB "\tvmid 0105\n\tall 1\n", "H", "H" },
		{ JOB "\tall 1\n\tnode -pve2\n", "H", "H" },
		{ JOB "\tall 1\n\tnode pve2-\n\tnode pve.2\n\tnode [\n\tnode\n", "H", "H" },
		{ JOB "\tall 1\n\tnode Pve-2\n", "E", "E" },
		{ JOB "\tall 1\n\tnode 2\n", "E", "E" },
		{ JOB "\tall 2\n\tall 00\n\tvmid 105\n", "H", "H" },
		{ JOB "\tvmid 1050000000\n\tvmid 105 /\n\tvmid 105:\n\tall 1\n", "H", "H" },
		{ JOB "\tall 1\n\tpool\n\texclude\n\tmode suspend\n", "H", "H" },
		{ JOB "\tall 1\n\tpool 00\n", "-", "?" },
		{ JOB "\tall 1\n\tenabled no\n\tmode fast\n", "H", "H" },
		{ JOB "\tall 1\n\tpool 0\n", "H", "H" },
		/* What cannot be run covers nothing. */
		{ JOB, "", "" },
		{ JOB "\tall 1\n\tvmid 105\n", "", "" },
		{ JOB "\texclude 106\n\tvmid 105\n", "", "" },
		{ JOB "\tpool web\n\tvmid 105\n", "", "" },
		{ JOB "\tvmid ,\n", "", "" },
		{ "vzdump: b\n\tall 1\n", "", "" },
		/* Other types, comments, and a header without an empty line before it, which is no header. */
		{ "realm-sync: r\n\tschedule 1:00\n\tall 1\n\n" JOB "# \tvmid 106\n\tall 1\n", "H",
		    "H" },
		{ "vzdump: a\n\tschedule 1:00\n\tvmid 106\nvzdump: b\n\tall 1\n", "", "" },
		/* Of two with one name the later counts. */
		{ JOB "\tvmid 106\n\n" JOB "\tvmid 105\n", "H", "H" },
	};

	(void)state;
	check_covers(cases, sizeof cases / sizeof cases[0]);
}

static void test_properties(void **state)
{
	RI_ON_EXIT(ri_backup_jobs_free) struct ri_backup_jobs j = { 0 };

	(void)state;
	parse("stop", LIT(JOB "\tall 1\n\tmode stop\n"), &j);
	parse("snapshot", LIT("vzdump: c\n\tschedule 1\n\tall 1\n\tmode snapshot\n"), &j);
	assert_int_equal(j.n, 2);
	assert_string_equal(j.v[0].name, "b");
	assert_true(j.v[0].stops);
	assert_string_equal(j.v[1].name, "c");
	assert_false(j.v[1].stops);
	assert_int_equal(j.warnings.n, 0);
	parse("bad", LIT("nonsense\n\nvzdump: d\n\tall maybe\n"), &j);
	assert_int_equal(j.n, 2);
	assert_int_equal(j.warnings.n, 3);
	assert_string_equal(j.warnings.v[0], "jobs.cfg: line 1: ignored: nonsense");
	assert_string_equal(j.warnings.v[1], "jobs.cfg: line 4: not taken: all");
	assert_string_equal(j.warnings.v[2], "jobs.cfg: line 3: a job without a schedule: d");
}

static void test_limits(void **state)
{
	static const char with_nul[] = "vzdump: x\n\tall 1\0\n\tschedule 1\n";
	RI_ON_EXIT(ri_backup_jobs_free) struct ri_backup_jobs j = { 0 };
	RI_BUF text = { 0 };

	(void)state;
	for (unsigned i = 0; i < RI_BACKUP_JOBS_MAX + 200; i++)
		ri_buf_addf(&text, "vzdump: b%u\n\tschedule 1:00\n\tall 1\n\n", i);
	parse("many", ri_buf_span(&text), &j);
	assert_int_equal(j.n, RI_BACKUP_JOBS_MAX);
	assert_int_equal(j.warnings.n, 100);
	parse("a NUL", ri_span(with_nul, sizeof with_nul - 1), &j);
	assert_int_equal(j.n, RI_BACKUP_JOBS_MAX);
}

static void cron(const char *text, struct ri_backup_jobs *j)
{
	struct ri_err e = { 0 };

	check_ok(text, ri_backup_cron_parse("vzdump.cron", ri_str(text), j, &e), &e);
}

/* About VM 105 on pve1, in no pool. */
struct line {
	const char *text, *want;
};

static void check_cron(const struct line *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		RI_ON_EXIT(ri_backup_jobs_free) struct ri_backup_jobs j = { 0 };
		struct ri_backup_vm vm = { 105, "pve1", NULL, true };

		cron(cases[i].text, &j);
		check_jobs(cases[i].text, &j, &vm, cases[i].want);
	}
}

static void test_cron(void **state)
{
	static const struct line cases[] = {
		{ "# cluster wide vzdump cron schedule\n\nPATH=\"/usr/sbin\"\n", "" },
		{ "30 1 * * sat           root vzdump 105 106 --mode snapshot --quiet 1\n", "H" },
		{ "30 1 * * *  root vzdump 105,106 -storage 'my store'\n", "H" },
		{ "30 1 * * *  root /usr/bin/vzdump --all 1 --exclude 104,105\n", "-" },
		{ "30 1 * * *  root vzdump --all --exclude=104\n", "H" },
		{ "30 1 * * *  root vzdump --quiet --all yes\n", "H" },
		{ "30 1 * * *  root vzdump --exclude 104\r\n", "H" },
		{ "30 1 * * *  root #vzdump 105\n", "-" },
		{ "30 1 * * *  root /usr/bin/#vzdump 105\n", "-" },
		{ "30 1 * * *  root vzdump 105 --node pve2", "E" },
		{ "30 1 * * *  root vzdump --pool web\n30 2 * * 1-5 root vzdump 105\n", "-H" },
		{ "1 2 * * * root vzdump 105 --exclude-path '/tmp/?*' --mailto \"a b\"\n", "H" },
		{ "1 2 * * * root vzdump 105 --notes-template a\\ b\n", "H" },
		{ "1 2 * * * root vzdump\t105\t-mode\tstop --script '\\'\"'\"  \n", "H" },
		{ "1 2 * * * root vzdump --all off 105\n1 2 * * * root vzdump 105 --all FALSE\n",
		    "HH" },
	};

	(void)state;
	check_cron(cases, sizeof cases / sizeof cases[0]);
}

static void test_cron_not_understood(void **state)
{
	static const struct line cases[] = {
		/* Not vzdump's. */
		{ "30 1 * * * root backup\n30 1 * * * root\n30 1 * * *\n@daily root\n\n", "" },
		{ "# 30 1 * * * root vzdump 105\n#30 1 * * * root vzdump 105\n", "" },
		{ "WHAT=a b c d e f vzdump 105\n", "" },
		/* Not Proxmox's form, but cron runs it. */
		{ "*/5 1 * * * root vzdump 105\n 30 1 1 * * admin vzdump 105\n", "HH" },
		{ "@daily root vzdump 105\n@reboot root vzdump 106\n", "H-" },
		{ "30 1 * * * root /vzdump 105\n30 1 * * * root /#vzdump 105\n", "H-" },
		{ "30 1 * * * root mvzdump 105\n30 1 * * * root ./vzdump 105\n", "??" },
		{ "30 1 * * * root /usr/vzdump105\n30 1 * * * root nice vzdump 105\n", "??" },
		{ "30 1 * * * root a#vzdump 105\n", "?" },
		/* Arguments that nobody can read. */
		{ "1 2 * * * root vzdump 105 --frobnicate 1\n", "?" },
		{ "1 2 * * * root vzdump --vmid 105\n", "?" },
		{ "1 2 * * * root vzdump 105 --node\n", "?" },
		{ "1 2 * * * root vzdump 105 'x\n", "?" },
		{ "1 2 * * * root vzdump 105 \"a\\\"b\n", "?" },
		{ "1 2 * * * root vzdump 105 \\\n", "?" },
		{ "1 2 * * * root vzdump 105 ''\n", "H" },
		{ "1 2 * * * root vzdump --all maybe\n", "?" },
		{ "1 2 * * * root vzdump $(cat list)\n", "?" },
		{ "1 2 * * * root vzdump 105 --\n1 2 * * * root vzdump -- --all\n", "H?" },
		{ "1 2 * * * root vzdump 105 --=\n", "?" },
		{ "1 2 * * * root vzdump 105 -\n", "?" },
		/* It ends at once with an error. */
		{ "1 2 * * * root vzdump\n", "" },
		{ "1 2 * * * root vzdump 105 --all\n", "" },
	};

	(void)state;
	check_cron(cases, sizeof cases / sizeof cases[0]);
}

static void test_cron_names(void **state)
{
	RI_ON_EXIT(ri_backup_jobs_free) struct ri_backup_jobs j = { 0 };

	(void)state;
	cron("\n1 2 * * * root vzdump 105 --mode stop\n1 2 * * * root vzdump\n", &j);
	assert_int_equal(j.n, 1);
	assert_string_equal(j.v[0].name, "vzdump.cron:2");
	assert_true(j.v[0].stops);
	assert_int_equal(j.warnings.n, 1);
	assert_string_equal(j.warnings.v[0],
	    "vzdump.cron: line 3: a job that chooses no VM: vzdump.cron:3");
}

static void test_pools(void **state)
{
	static const struct {
		const char *text;
		unsigned vmid;
		const char *want;
	} cases[] = {
		{ "", 105, NULL },
		{ "user:root@pam:1:0:::a@example.com:::\npool:web:the web:104,105:local:\n", 105,
		    "web" },
		{ "pool:web::104,105:local:\n", 106, NULL },
		{ "pool:web::105;106 107::\n", 107, "web" },
		{ "  pool : web : : 105 : :\r\n", 105, "web" },
		{ "pool:web::0105::\n", 105, "web" },
		{ "pool:web::1051,15::\n", 105, NULL },
		{ "pool:web::99999999999999999999105::\n", 105, NULL },
		{ "pool:a/b/c::105::\n", 105, "a/b/c" },
		{ "pool:Web_1.2-3/Z::105::\npool:0::106::\n", 105, "Web_1.2-3/Z" },
		{ "pool:a[::105::\npool:a@::105::\npool:a`::105::\npool:a{::105::\npool:a;::105::\n"
		  "pool:a+::105::\npool:9::105::\n",
		    105, "9" },
		{ "pool:web::1/5,1:5,x,105::\n", 105, NULL },
		{ "pool:web::,;1/5;-105,+105,10 5,105x::\npool:db:: 105\n", 105, "db" },
		{ "pool:web::105", 105, "web" },
		/* The first of two; what is no name is no pool. */
		{ "pool:one::105::\npool:two::105::\n", 105, "one" },
		{ "pool:a/b/c/d::105::\npool:a//b::105::\npool:/a::105::\npool:a/::105::\npool:::105::\n"
		  "pool:a b::105::\npool:ok::105::\n",
		    105, "ok" },
		{ "pool:web\npool\npool:web:x\n", 105, NULL },
		{ "acl:1:/pool/web:a@pam:PVEAdmin:\nmypool:web::105::\n", 105, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_FREE char *pool = NULL;
		struct ri_err e = { 0 };

		check_ok(cases[i].text, ri_pool_of(ri_str(cases[i].text), cases[i].vmid, &pool, &e),
		    &e);
		if ((pool == NULL) != (cases[i].want == NULL) ||
		    (pool && strcmp(pool, cases[i].want) != 0))
			fail_msg("%s: got [%s]", cases[i].text, pool ? pool : "none");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_covers),
		cmocka_unit_test(test_not_taken),
		cmocka_unit_test(test_properties),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_cron),
		cmocka_unit_test(test_cron_not_understood),
		cmocka_unit_test(test_cron_names),
		cmocka_unit_test(test_pools),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
