// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is planned otherwise for a root in the compressed form. */
#include "unit/check.h"
#include "unit/plan_fixture.h"

#define FSTAB                                                                                      \
	"# /etc/fstab\noverlay / overlay rw,relatime 0 0\n#ramimg: UUID=aaaa none swap sw 0 0\n"

static void plan(struct fixture *fx, struct ri_plan *out)
{
	struct ri_err e = { 0 };

	fx->job.form = RI_COMPRESSED;
	ri_job_settle(&fx->job);
	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, out, &e), &e);
}

/* What an inspection says of it, which has to go on. */
static void test_contradictory_settings(void **state)
{
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	free(fx->job.zram);
	fx->job.zram = strdup("512M");
	ri_job_settle(&fx->job);
	check_err("zram", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e, RI_E_CONFIG,
	    "root.zram is for the compressed form only: in the other one it is the root itself that would be "
	    "swapped out; add --compressed (root.form = \"compressed\"), or set it to \"off\"");
}

/* One file with the root, and an fstab in it that says what the root is; the disk's is the same in both forms. */
static void test_a_build(void **state)
{
	struct fixture *fx = *state;
	RI_ON_EXIT(ri_plan_free) struct ri_plan other = { 0 };
	struct ri_err e = { 0 };

	check_ok("tmpfs", ri_plan_make(&fx->job, &fx->facts, &other, &e), &e);
	assert_int_equal(other.form, RI_TMPFS);
	plan(fx, &fx->plan);
	assert_int_equal(fx->plan.form, RI_COMPRESSED);
	assert_string_equal(fx->plan.archive_path, RI_PATH_ARCHIVE_IMAGE);
	assert_ptr_equal(find(&fx->plan.actions, RI_PATH_ARCHIVE_IMAGE), &fx->plan.actions.v[0]);
	assert_int_equal(fx->plan.actions.v[0].kind, RI_ACT_UPLOAD);
	assert_int_equal(fx->plan.actions.v[0].mode, 0600);
	assert_null(find(&fx->plan.actions, RI_PATH_ARCHIVE_GZIP));
	assert_null(find(&fx->plan.actions, RI_PATH_ARCHIVE_ZSTD));
	check_span("inside", ri_buf_span(&fx->plan.fstab_archive),
	    ri_str(
		"# /etc/fstab\noverlay / overlay rw,relatime 0 0\n#ramimg: UUID=aaaa none swap sw 0 0\n"));
	check_span("on the disk", ri_buf_span(&fx->plan.text[RI_TEXT_FSTAB]),
	    ri_buf_span(&other.text[RI_TEXT_FSTAB]));
}

/* Which form an earlier build had nobody need know: the files of all of them go, by a build and by a revert. */
static void test_after_another_form(void **state)
{
	static const char *const files[] = { RI_PATH_ARCHIVE_GZIP, RI_PATH_ARCHIVE_ZSTD,
		RI_PATH_ARCHIVE_LZ4, RI_PATH_ARCHIVE_IMAGE };
	struct fixture *fx = *state;
	RI_ON_EXIT(ri_plan_free) struct ri_plan again = { 0 };
	RI_ON_EXIT(ri_plan_free) struct ri_plan back = { 0 };
	struct ri_err e = { 0 };

	plan(fx, &fx->plan);
	fx_build(&fx->facts, &fx->plan);
	fx->job.form = RI_TMPFS;
	check_ok("again", ri_plan_make(&fx->job, &fx->facts, &again, &e), &e);
	check_ok("revert", ri_plan_revert(&fx->facts, &back, &e), &e);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		assert_int_equal(find(&again.undo_actions, files[i])->kind, RI_ACT_REMOVE);
		assert_int_equal(find(&back.undo_actions, files[i])->kind, RI_ACT_REMOVE);
	}
	assert_false(again.undo.any_edited);
	check_span("the fstab before", find(&back.undo_actions, RI_PATH_FSTAB)->bytes,
	    ri_str(FX_FSTAB));
	assert_null(find(&again.actions, RI_PATH_ARCHIVE_IMAGE));
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		assert_non_null(ri_rules_match(&again.rules, files[i]));
}

static void has_store(struct fixture *fx, size_t i, const char *dir, bool layers)
{
	fx->facts.stores[i] = (struct ri_store_found){ strdup(dir), layers };
}

/* What leaves a store out, and what does not leave out enough of it. */
static void test_stores(void **state)
{
	static const struct {
		size_t store;
		const char *dir;
		bool layers;
		const char *rule, *line; /* line NULL: refused; "": none */
	} rows[] = {
		{ 0, "/var/lib/docker", true, "/srv/", NULL },
		{ 0, "/var/lib/docker", false, "/srv/", "" },
		{ 0, "/var/lib/docker", true, "/var/lib/docker/overlay2/", NULL },
		{ 0, "/var/lib/docker", true, "/var/lib/docker/volumes", NULL },
		{ 0, "/var/lib/docker", true, "/var/lib/docker/",
		    "tmpfs /var/lib/docker tmpfs rw,mode=0710,size=50% 0 0\n" },
		{ 0, "/var/lib/docker", false, "/var/lib/docker/",
		    "tmpfs /var/lib/docker tmpfs rw,mode=0710,size=50% 0 0\n" },
		{ 0, "/var/lib/docker", true, "/var/lib/*",
		    "tmpfs /var/lib/docker tmpfs rw,mode=0710,size=50% 0 0\n" },
		{ 0, "/srv/my docker", true, "/var/lib/docker/", NULL },
		{ 0, "/srv/my docker", true, "/srv/my docker",
		    "tmpfs /srv/my\\040docker tmpfs rw,mode=0710,size=50% 0 0\n" },
		{ 1, "/var/lib/containers/storage", true, "/var/lib/containers/",
		    "tmpfs /var/lib/containers/storage tmpfs rw,mode=0700,size=50% 0 0\n" },
		{ 2, "/var/lib/containerd", true, "/var/lib/docker/", NULL },
		{ 2, "/var/lib/containerd", true, "/var/lib/containerd/",
		    "tmpfs /var/lib/containerd tmpfs rw,mode=0700,size=50% 0 0\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF want = { 0 };
		struct fixture *fx;
		struct ri_err e = { 0 };
		void *mine;
		int rc;

		assert_int_equal(set_up(&mine), 0);
		fx = mine;
		fx->job.form = RI_COMPRESSED;
		has_store(fx, rows[i].store, rows[i].dir, rows[i].layers);
		check_ok("rule", ri_strv_add(&fx->job.exclude, rows[i].rule, &e), &e);
		rc = ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e);
		ri_buf_addf(&want, FSTAB "%s", rows[i].line ? rows[i].line : "");
		if (rows[i].line) {
			check_ok(rows[i].rule, rc, &e);
			check_span(rows[i].rule, ri_buf_span(&fx->plan.fstab_archive),
			    ri_buf_span(&want));
		} else {
			assert_int_equal(rc, -1);
			assert_int_equal(e.code, RI_E_UNSUPPORTED);
			assert_non_null(strstr(e.msg, rows[i].dir));
		}
		tear_down(&mine);
	}
}

/* The sentence says what to write. */
static void test_store_refused(void **state)
{
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	has_store(fx, 0, "/var/lib/docker", true);
	check_ok("tmpfs", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	ri_plan_free(&fx->plan);
	fx->job.form = RI_COMPRESSED;
	check_err("docker", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e, RI_E_UNSUPPORTED,
	    "docker has layers in /var/lib/docker, and an overlay cannot be mounted for them below a root that "
	    "is one; leave that store out (archive.exclude = [\"/var/lib/docker/\"]; it is an empty tmpfs in RAM "
	    "then), or build the tmpfs form");
}

/* A disk of its own, which stays, or a tmpfs that the guest has already. */
static void test_store_elsewhere(void **state)
{
	static const struct {
		const char *line;
		bool good;
	} rows[] = {
		{ "UUID=other /var/lib/docker ext4 defaults 0 2", true },
		{ "UUID=other /var/lib xfs defaults 0 2", true },
		{ "tmpfs /var/lib/docker tmpfs size=1G 0 0", true },
		{ "UUID=other /var/lib/dock ext4 defaults 0 2", false },
		{ "UUID=other /var/lib/docker/volumes ext4 defaults 0 2", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF fstab = { 0 };
		struct fixture *fx;
		struct ri_err e = { 0 };
		void *mine;

		assert_int_equal(set_up(&mine), 0);
		fx = mine;
		fx->job.form = RI_COMPRESSED;
		has_store(fx, 0, "/var/lib/docker", true);
		ri_buf_addf(&fstab, FX_FSTAB "%s", rows[i].line); /* and no end of the line */
		fx_text(&fx->facts.now[RI_TEXT_FSTAB], RI_PATH_FSTAB, fstab.p);
		assert_int_equal(ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e),
		    rows[i].good ? 0 : -1);
		e = (struct ri_err){ 0 };
		check_ok("rule", ri_strv_add(&fx->job.exclude, "/var/lib/docker/", &e), &e);
		ri_plan_free(&fx->plan);
		check_ok("left out", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
		fstab.n = 0;
		ri_buf_addf(&fstab, FSTAB "%s%s", rows[i].line,
		    rows[i].good ? ""
				 : "\ntmpfs /var/lib/docker tmpfs rw,mode=0710,size=50% 0 0\n");
		check_span(rows[i].line, ri_buf_span(&fx->plan.fstab_archive), ri_buf_span(&fstab));
		tear_down(&mine);
	}
}

#define ZRAM "/kernel/drivers/block/zram/zram.ko.xz"

/* The guest's own means do it: a module that is loaded, a rule, and a line of the fstab. */
static void test_zram(void **state)
{
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	fx->facts.zram.systemd = true;
	check_ok("module",
	    ri_strv_add(&fx->facts.zram.modules, "/lib/modules/6.1.0-9-amd64" ZRAM, &e), &e);
	plan(fx, &fx->plan);
	assert_int_equal(fx->plan.added_n, 0);
	check_span("off", ri_buf_span(&fx->plan.fstab_archive), ri_str(FSTAB));
	ri_plan_free(&fx->plan);
	free(fx->job.zram);
	fx->job.zram = strdup("512M");
	has_store(fx, 0, "/var/lib/docker", false);
	check_ok("rule", ri_strv_add(&fx->job.exclude, "/var/lib/docker/", &e), &e);
	plan(fx, &fx->plan);
	assert_int_equal(fx->plan.added_n, 2);
	assert_string_equal(fx->plan.added[0].path, RI_PATH_ZRAM_LOAD);
	check_span("load", ri_buf_span(&fx->plan.added[0].bytes),
	    ri_str("# Written by ramimg, for a root in RAM only.\nzram\n"));
	assert_string_equal(fx->plan.added[1].path, RI_PATH_ZRAM_RULE);
	check_span("rule", ri_buf_span(&fx->plan.added[1].bytes),
	    ri_str(
		"# Written by ramimg, for a root in RAM only.\n"
		"ACTION==\"add\", SUBSYSTEM==\"block\", KERNEL==\"zram0\", ATTR{initstate}==\"0\", "
		"ATTR{disksize}=\"536870912\"\n"));
	check_span("fstab", ri_buf_span(&fx->plan.fstab_archive),
	    ri_str(FSTAB "tmpfs /var/lib/docker tmpfs rw,mode=0710,size=50% 0 0\n"
			 "/dev/zram0 none swap pri=100,nofail,x-systemd.makefs 0 0\n"));
	assert_null(find(&fx->plan.actions, RI_PATH_ZRAM_RULE));
}

static void test_zram_refused(void **state)
{
	static const struct {
		bool systemd;
		const char *own, *module, *msg;
	} rows[] = {
		{ false, NULL, "/lib/modules/6.1.0-9-amd64" ZRAM,
		    "root.zram needs a guest with systemd's systemd-makefs, /etc/modules-load.d and "
		    "/etc/udev/rules.d; set it to \"off\"" },
		{ true, "/usr/sbin/zramswap", "/lib/modules/6.1.0-9-amd64" ZRAM,
		    "the guest sets up zram itself (/usr/sbin/zramswap), which goes on in RAM; set root.zram to "
		    "\"off\"" },
		{ true, NULL, "/lib/modules/6.1.0-9-amd64-x" ZRAM,
		    "kernel 6.1.0-9-amd64 has no module zram in its /lib/modules; set root.zram to \"off\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture *fx;
		struct ri_err e = { 0 };
		void *mine;

		assert_int_equal(set_up(&mine), 0);
		fx = mine;
		fx->job.form = RI_COMPRESSED;
		free(fx->job.zram);
		fx->job.zram = strdup("512M");
		fx->facts.zram.systemd = rows[i].systemd;
		fx->facts.zram.own = rows[i].own;
		check_ok("module", ri_strv_add(&fx->facts.zram.modules, rows[i].module, &e), &e);
		check_err(rows[i].msg, ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e,
		    RI_E_UNSUPPORTED, rows[i].msg);
		tear_down(&mine);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_contradictory_settings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_build, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_after_another_form, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_zram, set_up, tear_down),
		cmocka_unit_test(test_zram_refused),
		cmocka_unit_test(test_stores),
		cmocka_unit_test_setup_teardown(test_store_refused, set_up, tear_down),
		cmocka_unit_test(test_store_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
