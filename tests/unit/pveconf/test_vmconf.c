// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A VM's configuration as Proxmox VE reads it. */
#include "unit/check.h"

#include "pveconf/vmconf.h"

static void parse(struct ri_span text, struct ri_vmconf *c)
{
	struct ri_err e = { 0 };

	check_ok("parse", ri_vmconf_parse(text, c, &e), &e);
}

/* The whole of it as one text: "KIND NAME {desc} key=value,… !deleted;" for each section. */
static void show(const struct ri_vmconf *c, struct ri_buf *out)
{
	static const char *const kinds[] = { [RI_VMSEC_MAIN] = "main",
		[RI_VMSEC_PENDING] = "pending",
		[RI_VMSEC_SNAPSHOT] = "snapshot",
		[RI_VMSEC_SPECIAL] = "special",
		[RI_VMSEC_UNKNOWN] = "unknown" };

	for (size_t i = 0; i < c->n; i++) {
		const struct ri_vmsection *s = &c->v[i];

		ri_buf_addf(out, "%s%s", i ? "; " : "", kinds[s->kind]);
		if (*s->name)
			ri_buf_addf(out, " %s", s->name);
		if (s->description)
			ri_buf_addf(out, " {%s}", s->description);
		for (size_t k = 0; k < s->n; k++)
			ri_buf_addf(out, " %s=%s@%zu", s->v[k].key, s->v[k].value, s->v[k].line);
		for (size_t k = 0; k < s->deletes.n; k++)
			ri_buf_addf(out, " !%s", s->deletes.v[k]);
	}
}

static const struct {
	const char *text, *want, *warning; /* the first one, or NULL */
} sections_cases[] = {
	{ .text = "", .want = "main" },
	{ .text = "name: web\nscsi0: a:b,size=1G\n",
	    .want = "main name=web@1 scsi0=a:b,size=1G@2" },
	{ .text = "\n \nname:web\r\nmemory:   2048  ", .want = "main name=web@3 memory=2048@4" },
	/* The last line of a key counts. */
	{ .text = "name: a\ncores: 1\nname: b\n", .want = "main name=b@3 cores=1@2" },
	{ .text = "[PENDING]\nname: x\n[one]\nname: y\n[Two-2]\n[pending]\n",
	    .want = "main; unknown name=x@2; snapshot one name=y@4; snapshot Two-2; pending",
	    .warning = "line 6: duplicate section: pending" },
	{ .text = "[pending] \ndelete: net0,!scsi1 ide2;a\n",
	    .want = "main; pending !net0 !scsi1 !ide2 !a" },
	{ .text = "[special:cloudinit]\nname: x\n[SPECIAL:fleecing]\n",
	    .want = "main; special cloudinit name=x@2; special fleecing" },
	{ .text = "name: a\n[no good]\nname: b\n#x\n[one]\nname: c\n",
	    .want = "main name=a@1; unknown no good; snapshot one name=c@6",
	    .warning = "line 2: unknown section: no good" },
	{ .text = "[x]\nname: a\n",
	    .want = "main; unknown x",
	    .warning = "line 1: unknown section: x" },
	{ .text = "[a_]\n[a-]\n[Z9]\n", .want = "main; snapshot a_; snapshot a-; snapshot Z9" },
	{ .text = "[9a]\n", .want = "main; unknown 9a", .warning = "line 1: unknown section: 9a" },
	{ .text = "[a.b]\n",
	    .want = "main; unknown a.b",
	    .warning = "line 1: unknown section: a.b" },
	{ .text = "[a:b]\n",
	    .want = "main; unknown a:b",
	    .warning = "line 1: unknown section: a:b" },
	{ .text = "[\n", .want = "main", .warning = "line 1: unable to parse: [" },
	{ .text = "[ab\n", .want = "main", .warning = "line 1: unable to parse: [ab" },
	{ .text = " [ab]\n", .want = "main", .warning = "line 1: unable to parse:  [ab]" },
	{ .text = "[ab]c]\n", .want = "main", .warning = "line 1: unable to parse: [ab]c]" },
	{ .text = "[PENDING]\ndelete: ,;a, !,\n", .want = "main; pending !a !!" },
	{ .text = "a_b: 1\na-c: 2\nz09: 3\n", .want = "main a_b=1@1 a-c=2@2 z09=3@3" },
	{ .text = "_a: 1\n", .want = "main", .warning = "line 1: unable to parse: _a: 1" },
	{ .text = "{a: 1\n", .want = "main", .warning = "line 1: unable to parse: {a: 1" },
	{ .text = "a12\n", .want = "main", .warning = "line 1: unable to parse: a12" },
	{ .text = "#%/0%:0%`0%g0%0g%F%fF%4\n", .want = "main {%/0%:0%`0%g0%0g%F\xff%4}" },
	{ .text = "#one%3A\nname: a\n#two%\n#%zz%4a\n",
	    .want = "main {one:\ntwo%\n%zzJ} name=a@2" },
	{ .text = "description: a%0Ab\n[one]\n#of one\n",
	    .want = "main {a\nb}; snapshot one {of one}" },
	{ .text = "delete: a\n",
	    .want = "main",
	    .warning = "line 1: only [PENDING] deletes: delete: a" },
	{ .text = "name\n", .want = "main", .warning = "line 1: unable to parse: name" },
	{ .text = "name: \n", .want = "main", .warning = "line 1: unable to parse: name: " },
	{ .text = " name: a\n", .want = "main", .warning = "line 1: unable to parse:  name: a" },
	{ .text = "Name: a\n", .want = "main", .warning = "line 1: unable to parse: Name: a" },
	{ .text = "a1b: c\n", .want = "main", .warning = "line 1: unable to parse: a1b: c" },
};

static void test_sections(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof sections_cases / sizeof sections_cases[0]; i++) {
		RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };
		RI_BUF text = { 0 };

		parse(ri_str(sections_cases[i].text), &c);
		show(&c, &text);
		check_span(sections_cases[i].text, ri_buf_span(&text),
		    ri_str(sections_cases[i].want));
		if ((c.warnings.n > 0) != (sections_cases[i].warning != NULL))
			fail_msg("%s: %zu warnings", sections_cases[i].text, c.warnings.n);
		if (sections_cases[i].warning)
			assert_string_equal(c.warnings.v[0], sections_cases[i].warning);
	}
}

static void test_get(void **state)
{
	RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };

	(void)state;
	parse(ri_str("name: a\n[one]\nname: b\n"), &c);
	assert_string_equal(ri_vmsection_get(&c.v[0], "name"), "a");
	assert_string_equal(ri_vmsection_get(&c.v[1], "name"), "b");
	assert_null(ri_vmsection_get(&c.v[0], "nam"));
}

static void test_hostile(void **state)
{
	RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf nul = { 0 };
	RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf keys = { 0 };
	RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf line = { 0 };
	RI_BUF text = { 0 };

	(void)state;
	parse(LIT("name: a\0b\ncores: 1\n"), &nul);
	assert_null(ri_vmsection_get(&nul.v[0], "name"));
	assert_string_equal(ri_vmsection_get(&nul.v[0], "cores"), "1");
	for (int i = 0; i < 50000; i++)
		ri_buf_addf(&text, "unused%d: a:b\n", i);
	parse(ri_buf_span(&text), &keys);
	assert_int_equal(keys.v[0].n, 2000);
	assert_int_equal(keys.warnings.n, 100);
	ri_buf_free(&text);
	ri_buf_add_str(&text, "name: ");
	for (int i = 0; i < 1 << 20; i++)
		ri_buf_add_str(&text, "x");
	parse(ri_buf_span(&text), &line);
	assert_int_equal(strlen(ri_vmsection_get(&line.v[0], "name")), 1 << 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
