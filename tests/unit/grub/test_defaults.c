// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "grub/defaults.h"

/* The value of X after the text; NULL: unset. Checked against dash by hand. */
static const struct {
	const char *text, *want;
} good[] = {
	{ "", "" },
	{ "Y=1\n", "" },
	{ "X=\n", "" },
	{ "X=a", "a" },
	{ "X=a\n", "a" },
	{ "  X=a # comment\n", "a" },
	{ "#X=b\nX=a\n#X=c\n", "a" },
	{ "X=a#b\n", "a#b" },
	{ "X='a b'\n", "a b" },
	{ "X='a\\b\"c$d`e'\n", "a\\b\"c$d`e" },
	{ "X=\"a b\"\n", "a b" },
	{ "X=\"a\\\"b\\$c\\`d\\\\e\\f'g'\"\n", "a\"b$c`d\\e\\f'g'" },
	{ "X=a\\ b\\'c\\\\d\n", "a b'c\\d" },
	{ "X=a'b c'\"d e\"f\n", "ab cd ef" },
	{ "X=\"a\\\nb\"\n", "ab" },
	{ "X=a\\\nb\n", "ab" },
	{ "X='a\nb'\n", "a\nb" },
	{ "X=a; X=b\n", "b" },
	{ "X=a Y=b\n", "a" },
	{ "X=a\nX=b\n", "b" },
	{ "export X=a\n", "a" },
	{ "export X='a b' Y=c\n", "a b" },
	{ "X=a\nexport X\n", "a" },
	{ "export X\nX=a\n", "a" },
	{ "readonly X=a\n", "a" },
	{ "X=a\nunset X\n", "" },
	{ "X=a\nunset -f X\n", "a" },
	{ "X=a true\n", "" }, /* for that command only */
	{ "X=a\nX=b true\n", "a" },
	{ "Y=b\nX=\"a $Y\"\n", "a b" },
	{ "Y=b\nX=${Y}c$Y\n", "bcb" },
	{ "X=\"a $NOBODY b\"\n", "a  b" },
	{ "X=$\n", "$" },
	{ "X=\"a$ b\"\n", "a$ b" },
	{ "X=a\nX=\"$X b\"\n", "a b" },
	{ "XY=a\n", "" },
	{ "X=a>f\n", "a" },
	{ "X=a 2>/dev/null\n", "a" },
	{ "X=\xc3\xa9\n", "\xc3\xa9" },
	{ "X=a\r\n", "a\r" }, /* a shell keeps the CR too */
	/* What is computed elsewhere does not matter. */
	{ "X=a\nY=`( . /etc/os-release; echo ${NAME:-Debian} ) 2>/dev/null || echo Debian`\n",
	    "a" },
	{ "Y=$(cat \"$(ls ')' | head -1)\" # '\n)\nX=a\n", "a" },
	{ "if [ -e /x ]; then\n\tY=1\nelse\n\tY=2\nfi\nX=a\n", "a" },
	{ "X=b\ncase $Y in a|b) Z=1;; *) Z=2;; esac\nX=a\n", "a" },
	{ "for i in 1 2; do echo $i; done\nX=a\n", "a" },
	{ "f() { Y=1; return; }\nX=a\n", "a" },
	{ "function f { Y=1; }\nX=a\n", "a" },
	{ "cat <<EOF\nX=b\nEOF\nX=a\n", "a" },
	{ "X=a\ncat <<'E O F' <<-B\nX=b\nE O F\n\t\tX=c\n\tB\nY=1\n", "a" },
	{ "X=a\ncat <<EOF\nX=b\n", "a" },
	{ "cat <<'E'\\OF\nX=b\nEO\nEOFF\n EOF\n\nEOF\nX=a\n", "a" },
	{ "X=a\nX+y\nX+\n", "a" },
	{ "! X=a\n", "a" },
	{ "X=b\neval Y=1\nX=a\n", "a" },
	{ "X=a\n[ -e /x ] && Y=1 || Z=2\n", "a" },
	{ "X=a && Y=b\n", "a" },
	{ ". /etc/os-release\nGRUB_Z=$NAME\nX=a\n", "a" },
	{ "eval \"$Y\"\nX=a\n", "a" },
	{ "if true; then X=b; fi\nX=a\n", "a" },
	{ "x &&\nY=1\nX=a\n", "a" },
	{ "x && {\nY=1\n}\nX=a\n", "a" },
	{ "while read l; do Y=$l; done < /dev/null\nX=a\n", "a" },
	{ "echo X=b\nX=a\n", "a" },
	/* Where the file, a line or a document ends in the middle of something. */
	{ "X=a \\\nY=b\n", "a" },
	{ "\\\nX=a\n", "a" },
	{ "X=a # comment", "a" },
	{ "X=a\\", "a\\" },
	{ "X=a\ncat <<EOF\nEOF", "a" },
	{ "cat <<-E\n\t\t\nE\nX=a\n", "a" },
	{ "cat <<E f\nX=b\nE\nX=a\n", "a" },
	{ "Y=$(a#b)\nX=a\n", "a" },
	{ "Y=$( (true) # )\n)\nX=a\n", "a" },
	{ "X=\"$'a'\"\n", "$'a'" },
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		const struct ri_shellfile f = { "/etc/default/grub", ri_str(good[i].text) };
		RI_BUF out = { 0 };
		struct ri_err e = { 0 };

		check_ok(good[i].text, ri_shellvars_get(&f, 1, "X", &out, &e), &e);
		check_span(good[i].text, ri_buf_span(&out), ri_str(good[i].want));
	}
}

/* @line and @what of "F:LINE: X is computed by WHAT; …". */
static const struct {
	const char *text;
	int line;
	const char *what;
} computed[] = {
	{ "X=$(uname -r)\n", 1, "a command substitution" },
	{ "\nX=\"a `uname` b\"\n", 2, "a command substitution" },
	{ "X=$((1 + 1))\n", 1, "arithmetic" },
	{ "X=${Y:-z}\n", 1, "a ${…} that is more than a name" },
	{ "X=${#Y}\n", 1, "a ${…} that is more than a name" },
	{ "X=\"${Y%%a}\"\n", 1, "a ${…} that is more than a name" },
	{ "X=$1\n", 1, "a parameter of the shell" },
	{ "X=$$\n", 1, "a parameter of the shell" },
	{ "X=$'a\\n'\n", 1, "a $'…' string" },
	{ "X=~/x\n", 1, "a ~ directory" },
	{ "X=a\nX+=b\n", 2, "+=" },
	{ "X=(a b)\n", 1, "an array" },
	{ "if true; then\n  X=a\nfi\n", 2, "a condition, loop or subshell" },
	{ "X=b\nif true; then :; else X=a; fi\n", 2, "a condition, loop or subshell" },
	{ "while false; do X=a; done\n", 1, "a condition, loop or subshell" },
	{ "case $Y in\n(a) X=a;;\nesac\n", 2, "a condition, loop or subshell" },
	{ "case $Y in a) ;; b|c) X=a;; esac\n", 1, "a condition, loop or subshell" },
	{ "(X=a)\n", 1, "a condition, loop or subshell" },
	{ "{ X=a; }\n", 1, "a function or group" },
	{ "f() { X=b; }\nX=a\nf\n", 1, "a function or group" },
	{ "function f { export X=b; }\nX=a\nf\n", 1, "a function or group" },
	{ "true && X=a\n", 1, "&&, || or a pipe" },
	{ "true ||\n\n  X=a\n", 3, "&&, || or a pipe" },
	{ "echo | X=a\n", 1, "&&, || or a pipe" },
	{ "X=a | cat\n", 1, "a pipe or the background" },
	{ "X=a &\n", 1, "a pipe or the background" },
	{ "[ -e /x ] || return\nX=a\n", 2, "code behind an exit or return" },
	{ "if a; then exit; fi\nX=a\n", 2, "code behind an exit or return" },
	{ "X=a\nread X\n", 2, "read" },
	{ "for X in a b; do :; done\n", 1, "a for loop" },
	{ "X=a\nif true; then unset X; fi\n", 2, "unset" },
	{ "X=a\neval Y=1\n", 2, "eval" },
	{ "eval Y=1\n", 1, "eval" },
	{ "X=a\n. /etc/default/local\n", 2, "a file that is sourced" },
	{ "X=a\nsource ./x\n", 2, "a file that is sourced" },
	{ ". /etc/os-release\n", 1, "a file that is sourced" },
	{ "X=a\nexport \"X=b\"\n", 2, "a name that is not plain" },
	{ "X=a\n: ${X:=b}\n", 2, "a ${…=…}" },
	{ "Y=${X=b}\n", 1, "a ${…=…}" },
	{ "X=b :\n", 1, "a command behind it" },
	{ "X=b export Y\n", 1, "a command behind it" },
	{ "\nY=$(a)\nX=\"b $Y\"\n", 2, "a command substitution" },
	{ "Y=$(a)\nZ=$Y\nX=$Z\n", 1, "a command substitution" },
	{ "X=root=$GRUB_DEVICE\n", 1, "a variable that grub-mkconfig sets" },
	{ ". /etc/os-release\nX=$NAME\n", 1, "a file that is sourced" },
};

static void test_computed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof computed / sizeof *computed; i++) {
		const struct ri_shellfile f = { "F", ri_str(computed[i].text) };
		char msg[300];
		RI_BUF out = { 0 };
		struct ri_err e = { 0 };

		snprintf(msg, sizeof msg,
		    "F:%d: X is computed by %s; ramimg runs no shell of the guest: assign the plain "
		    "value there",
		    computed[i].line, computed[i].what);
		check_err(computed[i].text, ri_shellvars_get(&f, 1, "X", &out, &e), &e, RI_E_GUEST,
		    msg);
		assert_int_equal(out.n, 0);
	}
}

/* What another file may set, by the variable's name. */
static void test_sourced_names(void **state)
{
	static const struct {
		const char *text, *name;
		bool known;
	} rows[] = {
		{ ". /etc/os-release\n", "GRUB_X", true },
		{ "GRUB_X=\n. /usr/lib/os-release\n", "GRUB_X", true },
		{ "GRUB_X=\n. /etc/lsb-release\n", "GRUB_X", true },
		{ ". /etc/os-release\n", "NAME", false },
		{ "NAME=a\n. /etc/os-release\n", "NAME", false },
		{ ". /etc/default/other\n", "GRUB_X", false },
		{ "GRUB_X=\n. /etc/default/other\n", "GRUB_X", false },
		{ "eval y\n", "GRUB_X", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct ri_shellfile f = { "F", ri_str(rows[i].text) };
		RI_BUF out = { 0 };
		struct ri_err e = { 0 };
		int rc = ri_shellvars_get(&f, 1, rows[i].name, &out, &e);

		if (rc != (rows[i].known ? 0 : -1))
			fail_msg("%s%s: %d [%s]", rows[i].text, rows[i].name, rc, e.msg);
	}
}

static void test_bad_text(void **state)
{
	static const struct {
		struct ri_span text;
		const char *msg;
	} rows[] = {
		{ BYTES("X=a\nY='b\n"), "F: line 2: a ' is missing before the end of the file" },
		{ BYTES("X=\"a\nb"), "F: line 1: a \" is missing before the end of the file" },
		{ BYTES("X=$(a"), "F: line 1: a ) is missing before the end of the file" },
		{ BYTES("X=${a"), "F: line 1: a } is missing before the end of the file" },
		{ BYTES("X=`a"), "F: line 1: a ` is missing before the end of the file" },
		{ BYTES("X=a\0b\n"), "F: line 1: a NUL byte" },
		{ BYTES("X=a\nfi\n"), "F: line 2: \"fi\" closes nothing" },
		{ BYTES("if a; then X=b; done\n"), "F: line 1: \"done\" closes nothing" },
		{ BYTES("}\n"), "F: line 1: \"}\" closes nothing" },
		{ BYTES("a)\n"), "F: line 1: \")\" closes nothing" },
		{ BYTES("if true; then\n"), "F: a command is not complete at the end of the file" },
		{ BYTES("(\n"), "F: a command is not complete at the end of the file" },
		{ BYTES("a <<1 <<2 <<3 <<4 <<5 <<6 <<7 <<8 <<9\n"),
		    "F: line 1: too many here-documents on one line" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct ri_shellfile f = { "F", rows[i].text };
		RI_BUF out = { 0 };
		struct ri_err e = { 0 };

		check_err(rows[i].msg, ri_shellvars_get(&f, 1, "X", &out, &e), &e, RI_E_GUEST,
		    rows[i].msg);
	}
}

/* As on a Debian 12 with kdump-tools; the files are sourced one after the other. */
static void test_files_in_order(void **state)
{
	const struct ri_shellfile f[] = {
		{ "/etc/default/grub",
		    LIT("# If you change this file, run 'update-grub' afterwards\n"
			"GRUB_DEFAULT=0\nGRUB_TIMEOUT=5\n"
			"GRUB_DISTRIBUTOR=`lsb_release -i -s 2> /dev/null || echo Debian`\n"
			"GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\nGRUB_CMDLINE_LINUX=\"console=ttyS0\"\n") },
		{ "/etc/default/grub.d/kdump-tools.cfg",
		    LIT("GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=384M-:128M\"\n") },
		{ "/etc/default/grub.d/z.cfg", LIT("GRUB_DEVICE=/dev/x\nGRUB_Y=$GRUB_DEVICE\n") },
	};
	static const struct {
		const char *name, *want;
	} rows[] = {
		{ "GRUB_CMDLINE_LINUX_DEFAULT", "quiet crashkernel=384M-:128M" },
		{ "GRUB_CMDLINE_LINUX", "console=ttyS0" },
		{ "GRUB_Y", "/dev/x" },
		{ "GRUB_NONE", "" },
	};
	RI_BUF none = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF out = { 0 };

		check_ok(rows[i].name, ri_shellvars_get(f, 3, rows[i].name, &out, &e), &e);
		check_span(rows[i].name, ri_buf_span(&out), ri_str(rows[i].want));
	}
	check_ok("no files", ri_shellvars_get(NULL, 0, "X", &none, &e), &e);
	assert_int_equal(none.n, 0);
	check_err("distributor", ri_shellvars_get(f, 3, "GRUB_DISTRIBUTOR", &none, &e), &e,
	    RI_E_GUEST,
	    "/etc/default/grub:4: GRUB_DISTRIBUTOR is computed by a command substitution; ramimg runs "
	    "no shell of the guest: assign the plain value there");
}

static void repeat(struct ri_buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ri_buf_add_str(b, s);
}

static void check_hostile(const char *name, struct ri_span text, const char *msg)
{
	const struct ri_shellfile f = { "F", text };
	RI_BUF out = { 0 };
	struct ri_err e = { 0 };

	check_err(name, ri_shellvars_get(&f, 1, "X", &out, &e), &e, RI_E_GUEST, msg);
}

static void test_hostile(void **state)
{
	RI_BUF deep = { 0 };
	RI_BUF blocks = { 0 };
	RI_BUF bomb = { 0 };
	RI_BUF many = { 0 };
	RI_BUF row = { 0 };

	(void)state;
	ri_buf_add_str(&deep, "X=");
	repeat(&deep, "$(", 300000);
	check_hostile("deep", ri_buf_span(&deep), "F: line 1: substitutions are nested too deeply");
	repeat(&blocks, "if ", 300000);
	check_hostile("blocks", ri_buf_span(&blocks), "F: line 1: commands are nested too deeply");
	ri_buf_add_str(&bomb, "X=12345678\n");
	repeat(&bomb, "X=$X$X$X$X\n", 100);
	check_hostile("bomb", ri_buf_span(&bomb),
	    "F:8: X is computed by text of more than 64 KiB; ramimg runs no shell of the guest: "
	    "assign the plain value there");
	for (int i = 0; i < 3000; i++)
		ri_buf_addf(&many, "V%d=\n", i);
	check_hostile("many", ri_buf_span(&many), "F: line 2001: more than 2000 variables");
	repeat(&row, "A=1 ", 100);
	check_hostile("row", ri_buf_span(&row), "F: line 1: too many assignments in one command");
}

/* Of one value of 64 KiB nothing is cut off; one byte more is not taken. */
static void test_a_long_value(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct ri_shellfile file = { "a", { 0 } };
		struct ri_err e = { 0 };
		RI_BUF text = { 0 };
		RI_BUF out = { 0 };
		int rc;

		ri_buf_add_str(&text, "X=");
		for (size_t i = 0; i < (64 << 10) + more; i++)
			ri_buf_add(&text, "x", 1);
		file.text = ri_buf_span(&text);
		rc = ri_shellvars_get(&file, 1, "X", &out, &e);
		if (more) {
			check_err("longer", rc, &e, RI_E_GUEST,
			    "a:1: X is computed by text of more than 64 KiB; ramimg runs no shell of "
			    "the guest: assign the plain value there");
			continue;
		}
		check_ok("long", rc, &e);
		assert_int_equal(out.n, 64 << 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_a_long_value),
		cmocka_unit_test(test_computed),
		cmocka_unit_test(test_sourced_names),
		cmocka_unit_test(test_bad_text),
		cmocka_unit_test(test_files_in_order),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
