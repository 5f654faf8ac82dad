// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/opts.h"

struct option {
	const char *name, *arg, *help;
	size_t
	    offset; /* of the field in struct ri_load_opts: a string, or a bool where arg is NULL */
	const char *initial;
};

#define AT(member) offsetof(struct ri_load_opts, member)

static const struct option options[] = {
	{ "manifest", "FILE", "the build's manifest", AT(manifest), "/ramimg/manifest" },
	{ "root", "DIR", "where the root is, on disk and then in RAM", AT(root), "/root" },
	{ "aside", "DIR", "where the disk's root goes meanwhile", AT(aside), "/run/ramimg/disk" },
	{ "archive-root", "DIR", "mount point of the archive's file system, if not root",
	    AT(archive_root), NULL },
	{ "archive", "FILE", "the archive itself, instead of the manifest's path", AT(archive),
	    NULL },
	{ "status", "FILE", "how it went, as JSON", AT(status), "/run/ramimg/status" },
	{ "no-mount", NULL, "unpack into root as it is, for tests", AT(no_mount), NULL },
	{ "proc", "DIR", "the kernel's /proc", AT(proc), "/proc" },
	{ "sys", "DIR", "the kernel's /sys", AT(sys), "/sys" },
	{ "dev", "DIR", "consoles and disks", AT(dev), "/dev" },
	{ "meminfo", "FILE", "RAM total and available", AT(meminfo), "/proc/meminfo" },
	{ "mountinfo", "FILE", "what is mounted", AT(mountinfo), "/proc/self/mountinfo" },
	{ "initramfs", "DIR", "the root of the initramfs", AT(initramfs), "/" },
	{ "ours", "DIR", "what the initrd brings for the loader", AT(ours), "/ramimg" },
	{ "layers", "DIR", "where a compressed root's layers are mounted", AT(layers),
	    "/run/ramimg/layers" },
	{ "stall", "SECONDS", "without work: give up unpacking", AT(stall), "60" },
	{ "lvm", "FILE", "the lvm program", AT(lvm), "/sbin/lvm" },
};

static const struct {
	const char *name, *arg, *help;
	enum ri_command command;
} commands[] = {
	{ "load", NULL, "put the root into RAM, or say why it stays on disk", RI_CMD_LOAD },
	{ "giveup", "REASON", "put the disk's root back, as after a load that died",
	    RI_CMD_GIVEUP },
	{ "release", NULL, "let go of the disks that the manifest names", RI_CMD_RELEASE },
	{ "check", NULL, "prove the archive against the manifest, write nothing", RI_CMD_CHECK },
	{ "where", NULL, "the archive's file system (UUID) if not the root's", RI_CMD_WHERE },
	{ "--help", NULL, "this text", RI_CMD_HELP },
	{ "--version", NULL, "the version", RI_CMD_VERSION },
};

enum {
	OPTIONS = sizeof options / sizeof *options,
	COMMANDS = sizeof commands / sizeof *commands,
};

static void set(struct ri_load_opts *o, const struct option *opt, const char *value)
{
	bool on = true;

	if (opt->arg)
		memcpy((char *)o + opt->offset, &value, sizeof value);
	else
		memcpy((char *)o + opt->offset, &on, sizeof on);
}

/** Find the option that @word names, with or without "=VALUE" behind; *@value after the '='. */
static const struct option *find_option(const char *word, const char **value)
{
	size_t n = strcspn(word, "=");

	for (size_t i = 0; i < OPTIONS; i++)
		if (strncmp(word, options[i].name, n) == 0 && options[i].name[n] == '\0') {
			*value = word[n] == '=' ? word + n + 1 : NULL;
			return &options[i];
		}
	return NULL;
}

static int take_command(int argc, char **argv, struct ri_cmdline *out, int *used, struct ri_err *e)
{
	if (argc < 2)
		return ri_fail(e, RI_E_USAGE, 0, "no command; see ramload --help");
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name) != 0)
			continue;
		out->command = commands[i].command;
		*used = commands[i].arg ? 3 : 2;
		if (argc < *used)
			return ri_fail(e, RI_E_USAGE, 0, "%s needs a %s", argv[1], commands[i].arg);
		out->reason = commands[i].arg ? argv[2] : NULL;
		return 0;
	}
	return ri_fail(e, RI_E_USAGE, 0, "no command \"%.60s\"; see ramload --help", argv[1]);
}

int ri_cmdline_parse(int argc, char **argv, struct ri_cmdline *out, struct ri_err *e)
{
	struct ri_cmdline c = { 0 };
	const struct option *opt;
	const char *value;
	int i;

	for (i = 0; i < OPTIONS; i++)
		if (options[i].initial)
			set(&c.o, &options[i], options[i].initial);
	if (take_command(argc, argv, &c, &i, e) < 0)
		return -1;
	for (; i < argc; i++) {
		opt = strncmp(argv[i], "--", 2) == 0 ? find_option(argv[i] + 2, &value) : NULL;
		if (!opt || (!opt->arg && value))
			return ri_fail(e, RI_E_USAGE, 0, "no option \"%.60s\"; see ramload --help",
			    argv[i]);
		if (opt->arg && !value && i + 1 == argc)
			return ri_fail(e, RI_E_USAGE, 0, "%s needs a %s", argv[i], opt->arg);
		set(&c.o, opt, opt->arg && !value ? argv[++i] : value);
	}
	*out = c;
	return 0;
}

void ri_cmdline_help(struct ri_buf *out)
{
	char left[40];

	ri_buf_add_str(out,
	    "usage: ramload COMMAND [OPTION...]\n\nThe part of ramimg that runs in the "
	    "initrd: puts a root into RAM.\n\ncommands:\n");
	for (size_t i = 0; i < COMMANDS; i++) {
		snprintf(left, sizeof left, "%s%s%s", commands[i].name, commands[i].arg ? " " : "",
		    commands[i].arg ? commands[i].arg : "");
		ri_buf_addf(out, "  %-20s %s\n", left, commands[i].help);
	}
	ri_buf_add_str(out, "\noptions:\n");
	for (size_t i = 0; i < OPTIONS; i++) {
		snprintf(left, sizeof left, "--%s%s%s", options[i].name, options[i].arg ? " " : "",
		    options[i].arg ? options[i].arg : "");
		ri_buf_addf(out, "  %-20s %s\n", left, options[i].help);
		if (options[i].initial)
			ri_buf_addf(out, "  %-20s (%s)\n", "", options[i].initial);
	}
	ri_buf_add_str(out,
	    "\nexit status: 0 done; 1 or 3 not, the root is on the disk as before;\n"
	    "2 wrong usage or manifest; 4 not, and the disk's root is lost\n");
}
