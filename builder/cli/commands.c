// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/opts.h"
#include "plan/next_boot.h"
#include "volume/volume.h"

const struct ri_command ri_commands[] = {
	{
	    .name = "build",
	    .bit = RI_FOR_BUILD,
	    .changes = true,
	    .summary = "make TARGET boot wholly into RAM",
	    .help =
		"Makes the Linux on TARGET able to boot wholly into RAM. It adds an archive of\n"
		"the root to /boot, an initrd that unpacks it, a GRUB entry that starts it and\n"
		"an fstab for it. All of that is written to an overlay, read back and compared\n"
		"before TARGET is touched. The VM has to be off. Building again replaces what\n"
		"an earlier build added.\n",
	    .run = ri_cmd_build,
	},
	{
	    .name = "inspect",
	    .bit = RI_FOR_INSPECT,
	    .summary = "say what is on TARGET and whether it can be built",
	    .help =
		"Says what is on TARGET: operating system, file systems, kernels, boot loader,\n"
		"sizes, traces of an earlier build. Changes nothing.\n",
	    .run = ri_cmd_inspect,
	},
	{
	    .name = "verify",
	    .bit = RI_FOR_VERIFY,
	    .summary = "check that everything a build added is intact",
	    .help =
		"Reads a built disk back: archive, initrd, menu entry, fstab and kernel have to\n"
		"agree with each other; prints what does not. If everything is intact and GRUB\n"
		"has counted failed boots, the count is cleared; nothing else is ever changed.\n"
		"TARGET may also be a directory with the artifacts of a build: each has to be as\n"
		"its manifest.json says and, with --key, that has to be signed.\n",
	    .run = ri_cmd_verify,
	},
	{
	    .name = "revert",
	    .bit = RI_FOR_REVERT,
	    .changes = true,
	    .summary = "remove everything that builds added to TARGET",
	    .help = "Puts fstab, 40_custom and grub.cfg back as they were before the first build\n"
		    "and removes the added files. If one of the three has been edited since, it\n"
		    "shows the difference and stops, unless --force is given.\n",
	    .run = ri_cmd_revert,
	},
	{
	    .name = "recover",
	    .bit = RI_FOR_RECOVER,
	    .changes = true,
	    .summary = "complete or undo an interrupted commit to TARGET",
	    .help =
		"Completes a commit that was cut off (exit status 4, power loss, SIGKILL): the\n"
		"overlay that was verified is still there. TARGET is written to only if each of\n"
		"its blocks is what it was or what it was to be. If there is no interrupted\n"
		"commit, it says so and does nothing.\n",
	    .run = ri_cmd_recover,
	},
	{
	    .name = "list",
	    .bit = RI_FOR_LIST,
	    .operand = "[VMID]",
	    .summary = "show the volumes of this Proxmox VE host",
	    .help =
		"Shows the hard disks of this node's VMs, or of VMID alone: the volume's name as\n"
		"the other commands take it, size, format, whether the VM boots from it, and\n"
		"whether the VM is stopped, which a build needs. Changes nothing.\n",
	    .run = ri_cmd_list,
	},
	{
	    .name = "status",
	    .bit = RI_FOR_STATUS,
	    .operand = "[VMID]",
	    .summary = "show which VMs run from RAM and could be migrated",
	    .help =
		"Shows for each VM of this node, or for VMID alone: whether it runs, whether its\n"
		"root is in RAM, whether its disk is attached, released by the guest or\n"
		"detached, what its configuration says about it, and whether it could be migrated\n"
		"live without storage. Changes nothing.\n",
	    .run = ri_cmd_status,
	},
	{
	    .name = "detach",
	    .bit = RI_FOR_DETACH,
	    .operand = "VMID",
	    .summary = "take the disk out of a VM that runs from RAM",
	    .help =
		"Takes the disk that the VM has booted from, and its controller, out of the\n"
		"running QEMU, and out of the configuration as detach.config says. The guest must\n"
		"say, through its guest agent, that it runs from RAM and has let go of the disk.\n"
		"After a failure both still have the disk, or the message says what is missing;\n"
		"run the command again to continue.\n",
	    .run = ri_cmd_detach,
	},
	{
	    .name = "attach",
	    .bit = RI_FOR_ATTACH,
	    .operand = "VMID",
	    .summary = "give a VM back the disk that was detached",
	    .help =
		"Undoes a detach: puts the disk back into the running QEMU, if its command line\n"
		"still says how, or otherwise into the configuration for the next start.\n",
	    .run = ri_cmd_attach,
	},
	{
	    .name = "check-migrate",
	    .bit = RI_FOR_CHECK_MIGRATE,
	    .operand = "VMID",
	    .summary = "say what would block a live migration",
	    .help =
		"Lists what would keep the VM from being migrated live without storage: disks,\n"
		"ISOs, snapshots, passed-through devices, replication, HA's rules, what is left\n"
		"in QEMU. The exit status is 0 only if nothing would. Changes nothing.\n",
	    .run = ri_cmd_check_migrate,
	},
	{
	    .name = "doctor",
	    .bit = RI_FOR_DOCTOR,
	    .operand = "[TARGET]",
	    .summary = "say what this host lacks for a build",
	    .help =
		"Looks at everything that a build needs of this host, and of TARGET if there is\n"
		"one, and says how to mend what is missing. With --launch, or if somebody at the\n"
		"terminal wants it, the appliance is really started once. The exit status is 0\n"
		"only if a build could run. Changes nothing.\n",
	    .run = ri_cmd_doctor,
	},
	{
	    .name = "test",
	    .bit = RI_FOR_TEST,
	    .summary = "boot TARGET in a throw-away QEMU and judge it",
	    .help =
		"Boots a built TARGET on an overlay, as Proxmox VE would start its VM, and checks\n"
		"that the root gets into RAM, that the system comes up and lets its disk be\n"
		"unplugged, that no unit fails, that every file can be read, and that there is\n"
		"memory left. The exit status is 0 only if no check failed. TARGET is never\n"
		"written to, and nothing is left but the console's file.\n",
	    .run = ri_cmd_test,
	},
	{
	    .name = "config",
	    .bit = RI_FOR_CONFIG,
	    .verb = "show",
	    .operand = "[VMID]",
	    .summary = "show the settings and where each comes from",
	    .help =
		"Shows each setting with its value and the line of the configuration that it\n"
		"comes from, or \"default\": as a command without a VM has them or, with VMID, as\n"
		"one for a volume of that VM has them. Changes nothing.\n",
	    .run = ri_cmd_config,
	},
	{
	    .name = "help",
	    .bit = RI_FOR_NONE,
	    .operand = "[COMMAND]",
	    .summary = "explain COMMAND and list its options",
	    .help =
		"Prints the help of COMMAND, as `ramimg COMMAND --help` does, or the general one.\n",
	},
	{
	    .name = "candidates",
	    .bit = RI_FOR_LIST, /* it takes the same options */
	    .operand = "[]",
	    .run = ri_cmd_candidates,
	},
	{
	    .name = "read-direct",
	    .operand = "[]",
	    .run = ri_cmd_read_direct,
	},
	{
	    .name = "parse-initrd",
	    .operand = "[]",
	    .run = ri_cmd_parse_initrd,
	},
	{
	    .name = "parse-tar",
	    .operand = "[]",
	    .run = ri_cmd_parse_tar,
	},
};
const size_t ri_commands_n = sizeof ri_commands / sizeof *ri_commands;

/* In the order of enum ri_kvm. */
static const char *const kvm_words[] = { "auto", "no", "yes", NULL };

#define FIELD(name) offsetof(struct ri_opts, name)

/* clang-format off */
const struct ri_opt_row ri_opt_rows[] = {
	{ "config", 'c', RI_OPT_TEXT, FIELD(config), RI_FOR_COMMANDS, "FILE", NULL,
	  "read the settings from FILE alone, and not those below /etc/ramimg" },
	{ "format", 'f', RI_OPT_TEXT, FIELD(format), RI_FOR_VOLUMES, "FMT", ri_volume_formats,
	  "format of TARGET: raw, qcow2 or vmdk; without it the name's suffix decides, and a block "
	  "device is raw; the content never decides" },
	{ "out", 'o', RI_OPT_TEXT, FIELD(out), RI_FOR_BUILD | RI_FOR_DOCTOR | RI_FOR_TEST, "DIR", NULL,
	  "put the artifacts into DIR instead of out/NAME/" },
	{ "output", 'O', RI_OPT_TEXT, FIELD(output), RI_FOR_BUILD | RI_FOR_DOCTOR, "FILE", NULL,
	  "write a new image FILE and leave TARGET untouched" },
	{ "no-artifacts", 0, RI_OPT_FLAG, FIELD(no_artifacts), RI_FOR_BUILD, NULL, NULL,
	  "keep no copies of what is built beside the disk, as --out DIR would" },
	{ "sign", 0, RI_OPT_TEXT, FIELD(sign), RI_FOR_BUILD, "KEY", NULL,
	  "sign the artifacts' manifest.json by openssl with the private key in the file KEY (output.sign)" },
	{ "key", 0, RI_OPT_TEXT, FIELD(key), RI_FOR_VERIFY, "PUBLIC", NULL,
	  "of a directory: its manifest.json must be signed by the key whose public half is in the file PUBLIC" },
	{ "slim", 0, RI_OPT_FLAG, FIELD(slim), RI_FOR_BUILD, NULL, NULL,
	  "with --output: the new image has what boots into RAM, and no root on the disk" },
	{ "diskless", 0, RI_OPT_FLAG, FIELD(diskless), RI_FOR_BUILD, NULL, NULL,
	  "also leave vmlinuz, initrd.img-diskless and cmdline among the artifacts, which boot the root without a disk" },
	{ "iso", 0, RI_OPT_TEXT, FIELD(iso), RI_FOR_BUILD, "FILE", NULL,
	  "also write them as an ISO that boots by BIOS and by UEFI; with --diskless implied" },
	{ "compressed", 0, RI_OPT_FLAG, FIELD(compressed), RI_FOR_BUILD | RI_FOR_INSPECT, NULL, NULL,
	  "let the root be a compressed image in RAM with a tmpfs above it (root.form)" },
	{ "compression", 'z', RI_OPT_WORD, FIELD(compression), RI_FOR_BUILD, "ALGO",
	  ri_compression_words, "compress with gzip, zstd, lz4 or auto" },
	{ "kernel", 'k', RI_OPT_TEXT, FIELD(kernel), RI_FOR_BUILD | RI_FOR_INSPECT, "VERSION", NULL,
	  "boot that kernel of the guest's (grub.kernel)" },
	{ "kvm", 0, RI_OPT_WORD, FIELD(kvm), RI_FOR_APPLIANCE, "WHEN", kvm_words,
	  "run the appliance with KVM: auto, no or yes (appliance.kvm)" },
	{ "launch", 0, RI_OPT_FLAG, FIELD(launch), RI_FOR_DOCTOR, NULL, NULL,
	  "start the appliance once" },
	{ "boot", 0, RI_OPT_WORD, FIELD(boot), RI_FOR_TEST, "ENTRY", ri_boot_words,
	  "boot by the RAM entry (ram), or from the disk (disk), whatever GRUB's default is" },
	{ "exec", 0, RI_OPT_TEXT, FIELD(exec), RI_FOR_TEST, "COMMAND", NULL,
	  "also run COMMAND in the guest's shell; it must end with status 0" },
	{ "ram", 0, RI_OPT_TEXT, FIELD(ram), RI_FOR_TEST, "MIB", NULL,
	  "give the machine so much memory; otherwise as its VM has, or 2048" },
	{ "least-ram", 0, RI_OPT_FLAG, FIELD(least_ram), RI_FOR_TEST, NULL, NULL,
	  "then boot it with less and less, and say the least that works" },
	{ "net", 0, RI_OPT_FLAG, FIELD(net), RI_FOR_TEST, NULL, NULL,
	  "give the machine a network card and a way out; otherwise it has none" },
	{ "timeout", 0, RI_OPT_TEXT, FIELD(timeout), RI_FOR_TEST, "SECONDS", NULL,
	  "fail what has not been seen by then; otherwise 900" },
	{ "console", 0, RI_OPT_TEXT, FIELD(console), RI_FOR_TEST, "FILE", NULL,
	  "keep what the console shows in FILE instead of out/NAME/console.log" },
	{ "junit", 0, RI_OPT_TEXT, FIELD(junit), RI_FOR_TEST, "FILE", NULL,
	  "also write the result to FILE, as JUnit's XML" },
	{ "dry-run", 'n', RI_OPT_FLAG, FIELD(dry_run), RI_FOR_BUILD | RI_FOR_DETACH | RI_FOR_ATTACH,
	  NULL, NULL, "print what would be done and change nothing" },
	{ "target", 0, RI_OPT_TEXT, FIELD(node), RI_FOR_CHECK_MIGRATE, "NODE", NULL,
	  "check a migration to NODE; otherwise to any" },
	{ "assume-ram", 0, RI_OPT_FLAG, FIELD(assume_ram), RI_FOR_DETACH, NULL, NULL,
	  "do not ask the guest whether it runs from RAM" },
	{ "wait", 'w', RI_OPT_FLAG, FIELD(wait), RI_FOR_DETACH, NULL, NULL,
	  "wait until the guest says that it runs from RAM (detach.wait)" },
	{ "force", 0, RI_OPT_FLAG, FIELD(force), RI_FOR_BUILD | RI_FOR_REVERT, NULL, NULL,
	  "replace FILE of --output and of --iso if it exists" },
	{ "untested", 0, RI_OPT_FLAG, FIELD(untested), RI_FOR_BUILD, NULL, NULL,
	  "build a guest of a kind that nobody has seen work yet" },
	{ "if-stopped", 0, RI_OPT_FLAG, FIELD(if_stopped), RI_FOR_BUILD, NULL, NULL,
	  "do nothing, which is no failure, where the VM runs or is on another node" },
	{ "undo", 0, RI_OPT_FLAG, FIELD(undo), RI_FOR_RECOVER, NULL, NULL,
	  "put back what was there before the commit instead of completing it" },
	{ "discard", 0, RI_OPT_FLAG, FIELD(discard), RI_FOR_RECOVER, NULL, NULL,
	  "forget the commit and leave TARGET as it is" },
	{ "timings", 0, RI_OPT_FLAG, FIELD(timings), RI_FOR_BUILD, NULL, NULL,
	  "print how long each phase took, to the standard error" },
	{ "json", 'j', RI_OPT_FLAG, FIELD(json), RI_FOR_COMMANDS, NULL, NULL,
	  "print the result as JSON" },
	{ "quiet", 'q', RI_OPT_FLAG, FIELD(quiet), RI_FOR_COMMANDS, NULL, NULL,
	  "no progress; only warnings and errors" },
	{ "verbose", 'v', RI_OPT_COUNT, FIELD(verbose), RI_FOR_COMMANDS, NULL, NULL,
	  "print more, including the appliance's own messages" },
	{ "pve-root", 0, RI_OPT_TEXT, FIELD(pve_root), RI_FOR_COMMANDS, "DIR", NULL,
	  NULL },
	{ "help", 'h', RI_OPT_FLAG, FIELD(help), RI_FOR_ALL, NULL, NULL,
	  "print this help" },
	{ "version", 'V', RI_OPT_FLAG, FIELD(version), RI_FOR_ALL, NULL, NULL,
	  "print the version" },
};
/* clang-format on */
const size_t ri_opt_rows_n = sizeof ri_opt_rows / sizeof *ri_opt_rows;

const struct ri_opt_text ri_opt_texts[] = {
	{ "out", RI_FOR_DOCTOR, "look at DIR as the place for artifacts, not at out/NAME/" },
	{ "out", RI_FOR_TEST, "keep what the console shows in DIR instead of out/NAME/" },
	{ "kvm", RI_FOR_TEST, "run the machine with KVM: auto, no or yes (appliance.kvm)" },
	{ "output", RI_FOR_DOCTOR, "look at the place for a new image FILE, too" },
	{ "force", RI_FOR_REVERT, "continue even if files were edited since the build" },
	{ "verbose", RI_FOR_COMMANDS & ~RI_FOR_APPLIANCE, "print more" },
};
const size_t ri_opt_texts_n = sizeof ri_opt_texts / sizeof *ri_opt_texts;
