// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Files of sections as Proxmox VE reads them. */
#include "unit/check.h"

#include "pveconf/section_config.h"

/* "TYPE|ID|key=value|…;" for each section, then "!" and each warning. */
static void show(const struct ri_sections *s, struct ri_buf *out)
{
	for (size_t i = 0; i < s->n; i++) {
		ri_buf_addf(out, "%s|%s", s->v[i].type, s->v[i].id);
		for (size_t k = 0; k < s->v[i].n; k++)
			ri_buf_addf(out, "|%s=%s", s->v[i].v[k].key, s->v[i].v[k].value);
		ri_buf_add_str(out, ";");
	}
	for (size_t i = 0; i < s->warnings.n; i++)
		ri_buf_addf(out, "!%s", s->warnings.v[i]);
}

static const char *const known[] = { "vm", "a:b", "a", NULL };

static void test_grammar(void **state)
{
	static const struct {
		struct ri_span text;
		enum ri_section_header header;
		const char *const *types;
		const char *want;
	} cases[] = {
		{ BYTES("vm: 1\n\tgroup g\n\tdisable\n\nct: 2\n"), RI_SECTION_TYPE_ID, NULL,
		    "vm|1|group=g|disable=;ct|2;" },
		/* An empty line ends it and nothing else does. */
		{ BYTES("vm: 1\nct: 2\n\tgroup g\n"), RI_SECTION_TYPE_ID, NULL,
		    "vm|1|group=g;!line 2: ignored: ct: 2" },
		{ BYTES("vm: 1\n \t\n\tgroup g\r\n\r\n\tx  a b \v\f\n"), RI_SECTION_TYPE_ID, NULL,
		    "vm|1|group=g|x=a b;!line 2: ignored:  \t!line 4: ignored: \r" },
		{ BYTES("vm: 1\n0\n\tgroup g\n"), RI_SECTION_TYPE_ID, NULL,
		    "vm|1;!line 3: ignored: group g" },
		{ BYTES("# a\n\n \t# b\nvm: 1\n#c\n  #d\n\tk v\n\n\n\nvm: 2"), RI_SECTION_TYPE_ID,
		    NULL, "vm|1|k=v;vm|2;" },
		/* The type ends at the last colon that leaves a word. */
		{ BYTES("a:b:c\n\na:b: c\n\nA:d:\n\na: e:f \n"), RI_SECTION_TYPE_ID, NULL,
		    "a:b|c;a|d:;a|e:f;" },
		{ BYTES(": x\n\nvm:\n\nvm: x y\n\n vm: 1\n\nvm 1\n"), RI_SECTION_TYPE_ID, NULL,
		    "!line 1: ignored: : x!line 3: ignored: vm:!line 5: ignored: vm: x y"
		    "!line 7: ignored: vm: 1!line 9: ignored: vm 1" },
		/* What is not known is passed over whole, and takes no section's place. */
		{ BYTES("VM: 1\n\tk 1\n\nct: 1\n\tk 2\n\twhat\n\na:b: 2\n"), RI_SECTION_TYPE_ID,
		    known, "vm|1|k=1;a:b|2;!line 4: of no type that is known: ct: 1" },
		/* The later of two. */
		{ BYTES("vm: 1\n\tk 1\n\nvm: 2\n\nVm: 1\n\tj 2\n"), RI_SECTION_TYPE_ID, known,
		    "vm|1|j=2;vm|2;" },
		{ BYTES("gpu\n\tmap node=a,id=1\n\tmap node=b,id=2\n\nother: x\n\nstick:1\n"),
		    RI_SECTION_ID, NULL,
		    "|gpu|map=node=a,id=1|map=node=b,id=2;|stick:1;!line 5: ignored: other: x" },
		{ BYTES("v\0m: 1\n\tk v\n\nvm: 2\n\tk \0\n\tj 1\n"), RI_SECTION_TYPE_ID, NULL,
		    "vm|2|j=1;!line 1: not text: v!line 5: not text: \tk " },
		{ BYTES(""), RI_SECTION_TYPE_ID, NULL, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_sections_free) struct ri_sections s = { 0 };
		struct ri_err e = { 0 };
		RI_BUF got = { 0 };

		check_ok(cases[i].text.p,
		    ri_sections_parse(cases[i].text, cases[i].header, cases[i].types, &s, &e), &e);
		show(&s, &got);
		if (strcmp(ri_buf_span(&got).p, cases[i].want) != 0)
			fail_msg("%s: got [%s], want [%s]", cases[i].text.p, got.p, cases[i].want);
	}
}

static void test_values(void **state)
{
	static const char text[] =
	    "vm: 1\n\tk\n\tk one\n\tk two\n\tempty\n\ton\n\ton 0\n\toff yes\n\toff 0\n\toff 1\n"
	    "\tset 1\n\tbad maybe\n\tnodes ,a, b;c\td;\n";
	RI_ON_EXIT(ri_sections_free) struct ri_sections s = { 0 };
	const struct ri_section *v;
	struct ri_err e = { 0 };
	RI_STRV list = { 0 };

	(void)state;
	check_ok("parse", ri_sections_parse(ri_str(text), RI_SECTION_TYPE_ID, NULL, &s, &e), &e);
	v = ri_sections_find(&s, "1");
	assert_non_null(v);
	assert_null(ri_sections_find(&s, "2"));
	assert_string_equal(ri_section_get(v, "k"), "one");
	assert_string_equal(ri_section_get(v, "empty"), "");
	assert_null(ri_section_get(v, "none"));
	assert_true(ri_section_true(v, "on", false) && ri_section_true(v, "set", false));
	assert_false(ri_section_true(v, "off", true));
	assert_false(ri_section_true(v, "bad", false) || ri_section_true(v, "none", false));
	assert_true(ri_section_true(v, "bad", true) && ri_section_true(v, "none", true));
	check_ok("list", ri_section_list(ri_section_get(v, "nodes"), &list, &e), &e);
	assert_int_equal(list.n, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(list.v[i][0], "abcd"[i]);
}

/** Whatever is repeated by the thousand: it ends, in time, with what there is room for. */
static void test_limits(void **state)
{
	RI_ON_EXIT(ri_sections_free) struct ri_sections s = { 0 };
	struct ri_err e = { 0 };
	RI_BUF text = { 0 };

	(void)state;
	for (int i = 0; i < 100000; i++)
		ri_buf_addf(&text, "a: %d\n\n", i);
	ri_buf_add_str(&text, "a: 1\n\tk v\n");
	for (int i = 0; i < 5000; i++)
		ri_buf_add_str(&text, "\tk v\n");
	check_ok("parse", ri_sections_parse(ri_buf_span(&text), RI_SECTION_TYPE_ID, NULL, &s, &e),
	    &e);
	assert_int_equal(s.n, 4096);
	assert_int_equal(s.v[1].n, 4096);
	assert_int_equal(s.v[1].line, 200001);
	assert_int_equal(s.warnings.n, 100);
	assert_string_equal(s.warnings.v[0], "line 8194: too many sections: 4096");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grammar),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
