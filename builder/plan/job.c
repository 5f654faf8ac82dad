// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/job.h"
#include "format/manifest.h"
#include "format/size.h"
#include "os/kernels.h"
#include "pveconf/vmconf_edit.h"

#include "plan/rules.h"

static int check_keep(const char *value, struct ri_err *e)
{
	for (const struct ri_rule_row *r = ri_rules_builtin; r->pattern; r++)
		if (strcmp(r->pattern, value) == 0)
			return 0;
	return ri_fail(e, RI_E_CONFIG, 0, "\"%.200s\" is not one of the built-in rules", value);
}

static int check_kernel(const char *value, struct ri_err *e)
{
	if (!*value || ri_kernel_is_version(value))
		return 0;
	return ri_fail(e, RI_E_CONFIG, 0,
	    "\"%.200s\" is no version of a kernel; write it as `uname -r` does: \"6.1.0-56-amd64\"",
	    value);
}

static int check_dir(const char *value, struct ri_err *e)
{
	if (value[0] != '/')
		return ri_fail(e, RI_E_CONFIG, 0, "\"%.200s\" is not an absolute path", value);
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < ' ')
			return ri_fail(e, RI_E_CONFIG, 0, "\"%.200s\" contains a control character",
			    value);
	return 0;
}

static int check_key(const char *value, struct ri_err *e)
{
	return *value ? check_dir(value, e) : 0;
}

#define ZRAM_MIN ((uint64_t)1 << 20)
#define ZRAM_MAX ((uint64_t)1 << 40)

static int check_zram(const char *value, struct ri_err *e)
{
	uint64_t bytes;

	if (strcmp(value, RI_ZRAM_OFF) == 0)
		return 0;
	if (ri_size_parse(value, &bytes, e) < 0)
		return ri_ctx(e, "neither \"off\" nor a size");
	return bytes >= ZRAM_MIN && bytes <= ZRAM_MAX
		   ? 0
		   : ri_fail(e, RI_E_CONFIG, 0, "\"%.40s\" is not in 1M..1T", value);
}

/* In the order of enum ri_compression; RI_COMPRESSION_AUTO. */
const char *const ri_compression_words[] = { "gzip", "zstd", "lz4", "auto", NULL };
/* In the order of enum ri_form. */
const char *const ri_form_words[] = { "tmpfs", RI_FORM_COMPRESSED, NULL };

/* In the order of enum ri_detach_way. */
static const char *const detach_ways[] = { "pending", "unused", "by-hand", NULL };

static const char *const detach_backups[] = { "warn", "refuse", NULL };
/* In the order of enum ri_ram_check. */
static const char *const ram_checks[] = { "refuse", "warn", "off", NULL };
/* In the order of enum ri_kvm. */
static const char *const kvm_words[] = { "auto", "no", "yes", NULL };

/* In the order of enum ri_output_compress; qemu-img's own words. */
const char *const ri_output_compress_words[] = { "off", "zlib", "zstd", NULL };

const char *const ri_on_failure_words[] = { RI_ON_FAILURE_POWEROFF, RI_ON_FAILURE_REBOOT, NULL };

#define FIELD(name) offsetof(struct ri_job, name)

/* clang-format off */
const struct ri_setting ri_settings[] = {
	{ .path = "root.form", .kind = RI_SET_ENUM, .offset = FIELD(form),
	  .words = ri_form_words, .help = "what the root is in RAM" },
	{ .path = "root.upper", .kind = RI_SET_STRING, .offset = FIELD(upper_size),
	  .check = ri_tmpfs_size_check,
	  .help = "of the compressed form: what may be written, in percent of the RAM or bytes" },
	{ .path = "root.block_size", .kind = RI_SET_SIZE, .offset = FIELD(block_size),
	  .min = 4 << 10, .max = 1 << 20, .power_of_two = true,
	  .help = "of the compressed form: bytes that are compressed together" },
	{ .path = "root.zram", .kind = RI_SET_STRING, .offset = FIELD(zram),
	  .check = check_zram, .help = "of the compressed form: how much may be swapped to zram" },
	{ .path = "archive.compression", .kind = RI_SET_ENUM, .offset = FIELD(compression),
	  .words = ri_compression_words,
	  .help = "gzip makes /boot/ram.tar.gz, zstd /boot/ram.tar.zst, lz4 /boot/ram.tar.lz4" },
	{ .path = "archive.gzip_level", .kind = RI_SET_INT, .offset = FIELD(gzip_level),
	  .min = 0, .max = 3, .help = "0 is fastest, 3 smallest" },
	{ .path = "archive.zstd_level", .kind = RI_SET_INT, .offset = FIELD(zstd_level),
	  .min = 1, .max = 19, .help = "1 is fastest, 19 smallest" },
	{ .path = "archive.lz4_level", .kind = RI_SET_INT, .offset = FIELD(lz4_level),
	  .min = 1, .max = 12, .help = "1 is fastest, 12 smallest" },
	{ .path = "archive.exclude", .kind = RI_SET_LIST, .offset = FIELD(exclude),
	  .check = ri_rule_check, .help = "what else to leave out of the archive" },
	{ .path = "archive.keep", .kind = RI_SET_LIST, .offset = FIELD(keep),
	  .check = check_keep, .help = "built-in rules that shall not apply" },
	{ .path = "ram.size", .kind = RI_SET_STRING, .offset = FIELD(tmpfs_size),
	  .check = ri_tmpfs_size_check, .help = "size of the RAM root, in percent or bytes" },
	{ .path = "ram.reserve", .kind = RI_SET_SIZE, .offset = FIELD(reserve),
	  .min = 0, .max = 1LL << 40, .help = "RAM that must stay free beside the RAM root" },
	{ .path = "ram.check", .kind = RI_SET_ENUM, .offset = FIELD(ram_check),
	  .words = ram_checks, .help = "where the VM's memory is too little for the RAM root" },
	{ .path = "loader.memory", .kind = RI_SET_SIZE, .offset = FIELD(loader_memory),
	  .min = 32 << 20, .max = 1LL << 30, .help = "RAM that unpacking takes beside the RAM root" },
	{ .path = "loader.sha256", .kind = RI_SET_BOOL, .offset = FIELD(loader_sha256),
	  .help = "whether each boot computes the SHA-256 of the whole archive" },
	{ .path = "grub.default", .kind = RI_SET_BOOL, .offset = FIELD(grub_default),
	  .help = "whether the RAM entry is the one that boots by itself" },
	{ .path = "grub.boot_counting", .kind = RI_SET_BOOL, .offset = FIELD(boot_counting),
	  .help = "whether the RAM entry is not the default once it has failed twice in a row" },
	{ .path = "grub.kernel", .kind = RI_SET_STRING, .offset = FIELD(kernel),
	  .check = check_kernel, .help = "version of the kernel that the RAM entry boots" },
	{ .path = "release.disk", .kind = RI_SET_BOOL, .offset = FIELD(release),
	  .help = "whether the guest lets go of its disk once it runs from RAM" },
	{ .path = "output.compress", .kind = RI_SET_ENUM, .offset = FIELD(output_compress),
	  .words = ri_output_compress_words, .help = "how a new qcow2 image (--output) is compressed" },
	{ .path = "output.sign", .kind = RI_SET_STRING, .offset = FIELD(sign),
	  .check = check_key, .help = "private key that the artifacts' manifest.json is signed with" },
	{ .path = "slim.on_failure", .kind = RI_SET_ENUM, .offset = FIELD(on_failure),
	  .words = ri_on_failure_words,
	  .help = "what a VM without a root on a disk does where that does not get into RAM" },
	{ .path = "appliance.kvm", .kind = RI_SET_ENUM, .offset = FIELD(kvm),
	  .words = kvm_words, .help = "whether libguestfs's appliance runs with KVM" },
	{ .path = "reader.direct", .kind = RI_SET_BOOL, .offset = FIELD(reader_direct),
	  .help = "whether ext2, ext3 and ext4 are read without the appliance where possible" },
	{ .path = "stage.dir", .kind = RI_SET_STRING, .offset = FIELD(stage_dir),
	  .check = check_dir, .help = "where overlays live while a command runs" },
	{ .path = "stage.undo", .kind = RI_SET_BOOL, .offset = FIELD(stage_undo),
	  .help = "whether a commit keeps what it overwrites, for recover --undo" },
	{ .path = "detach.config", .kind = RI_SET_ENUM, .offset = FIELD(detach_way),
	  .words = detach_ways, .help = "what a detach makes of the VM's configuration" },
	{ .path = "detach.backup", .kind = RI_SET_ENUM, .offset = FIELD(detach_backup),
	  .words = detach_backups, .help = "where a scheduled backup covers the VM" },
	{ .path = "detach.wait", .kind = RI_SET_INT, .offset = FIELD(detach_wait),
	  .min = 1, .max = 86400, .help = "seconds that detach --wait waits for the guest" },
	{ .path = "detach.guest_timeout", .kind = RI_SET_INT, .offset = FIELD(detach_guest),
	  .min = 1, .max = 600, .help = "seconds that the guest has to answer an unplug" },
};
/* clang-format on */
const size_t ri_settings_n = sizeof ri_settings / sizeof *ri_settings;

#define STAGE_DIR "/var/lib/ramimg"
/* Until state moved out of a directory that is emptied from time to time. */
#define OLD_STAGE_DIR "/var/tmp/ramimg"

int ri_job_defaults(struct ri_job *job, struct ri_err *e)
{
	*job = (struct ri_job){
		.form = RI_TMPFS,
		.upper_size = strdup("50%"),
		.block_size = 128 << 10,
		.zram = strdup(RI_ZRAM_OFF),
		.compression = RI_COMPRESSION_AUTO,
		.gzip_level = 2,
		.zstd_level = 3,
		.lz4_level = 3,
		.tmpfs_size = strdup("100%"),
		.reserve = 128 << 20,
		.loader_memory = RI_LOADER_BYTES,
		.grub_default = true,
		.boot_counting = true,
		.kernel = strdup(""),
		.sign = strdup(""),
		.release = true,
		.output_compress = RI_OUTPUT_ZSTD,
		.reader_direct = true,
		.stage_undo = true,
		.stage_dir = strdup(STAGE_DIR),
		.detach_way = RI_DETACH_PENDING,
		.detach_wait = 600,
		.detach_guest = 30,
	};
	if (job->upper_size && job->zram && job->tmpfs_size && job->stage_dir && job->kernel &&
	    job->sign)
		return 0;
	ri_job_free(job);
	return ri_nomem(e);
}

void ri_job_settle(struct ri_job *job)
{
	if (job->compression == RI_COMPRESSION_AUTO)
		job->compression = job->form == RI_COMPRESSED ? RI_ZSTD : RI_GZIP;
}

int ri_job_check(const struct ri_job *job, struct ri_err *e)
{
	if (job->form != RI_COMPRESSED && job->zram && strcmp(job->zram, RI_ZRAM_OFF) != 0)
		return ri_fail(e, RI_E_CONFIG, 0,
		    "root.zram is for the compressed form only: in the other one it is the root itself that would "
		    "be swapped out; add --compressed (root.form = \"compressed\"), or set it to \"off\"");
	return 0;
}

/* The least level of the thorough compressor, as the program lz4 counts them. */
#define LZ4HC_FROM 3

int ri_job_level(const struct ri_job *job)
{
	static const int zlib[] = { 1, 4, 6, 9 };

	if (job->compression == RI_LZ4)
		return job->form == RI_COMPRESSED ? job->lz4_level >= LZ4HC_FROM : job->lz4_level;
	if (job->compression == RI_ZSTD)
		return job->zstd_level;
	return job->form == RI_COMPRESSED ? zlib[job->gzip_level] : job->gzip_level;
}

static char *own_stage(const char *state, const char *home)
{
	struct ri_buf b = { 0 };

	if (state && state[0] == '/')
		ri_buf_addf(&b, "%s/ramimg", state);
	else
		ri_buf_addf(&b, "%s/.local/state/ramimg", home);
	return ri_buf_steal(&b);
}

static char *old_stage(unsigned uid)
{
	struct ri_buf b = { 0 };

	ri_buf_add_str(&b, OLD_STAGE_DIR);
	if (uid != 0)
		ri_buf_addf(&b, "-%u", uid);
	return ri_buf_steal(&b);
}

int ri_job_for_user(struct ri_job *job, unsigned uid, const char *state, const char *home,
    struct ri_err *e)
{
	bool known = (state && state[0] == '/') || (home && home[0] == '/');
	char *own;

	if (strcmp(job->stage_dir, STAGE_DIR) != 0)
		return 0;
	job->old_stage_dir = old_stage(uid);
	if (!job->old_stage_dir)
		return ri_nomem(e);
	if (uid == 0)
		return 0;
	if (!known)
		return ri_fail(e, RI_E_CONFIG, 0,
		    "there is no directory for what is staged: neither XDG_STATE_HOME nor HOME is an "
		    "absolute path; set one of them, or stage.dir in the configuration");
	own = own_stage(state, home);
	if (!own)
		return ri_nomem(e);
	free(job->stage_dir);
	job->stage_dir = own;
	return 0;
}

int ri_job_date(struct ri_job *job, const char *text, struct ri_err *e)
{
	int64_t date = 0;

	if (!text || !*text)
		return 0;
	for (const char *c = text; *c; c++) {
		if (*c >= '0' && *c <= '9')
			date = date * 10 + (*c - '0');
		if (*c < '0' || *c > '9' || date > RI_DATE_MAX)
			return ri_fail(e, RI_E_CONFIG, 0,
			    "SOURCE_DATE_EPOCH is \"%.40s\": must be a number of seconds since 1970, at most "
			    "%lld; set it so, or unset it",
			    text, (long long)RI_DATE_MAX);
	}
	job->dated = true;
	job->source_date = date;
	return 0;
}

void ri_job_free(struct ri_job *job)
{
	for (size_t i = 0; job->origins && i < ri_settings_n; i++)
		free(job->origins[i]);
	free(job->origins);
	ri_strv_free(&job->exclude);
	ri_strv_free(&job->keep);
	free(job->upper_size);
	free(job->zram);
	free(job->tmpfs_size);
	free(job->kernel);
	free(job->sign);
	free(job->stage_dir);
	free(job->old_stage_dir);
	*job = (struct ri_job){ 0 };
}

const struct ri_setting *ri_setting_find(const char *path)
{
	for (size_t i = 0; i < ri_settings_n; i++)
		if (strcmp(ri_settings[i].path, path) == 0)
			return &ri_settings[i];
	return NULL;
}

static void *field(const struct ri_setting *s, struct ri_job *job)
{
	return (char *)job + s->offset;
}

const char *ri_setting_kind_name(enum ri_setting_kind kind)
{
	static const char *const names[] = {
		[RI_SET_BOOL] = "true or false",
		[RI_SET_INT] = "a whole number",
		[RI_SET_SIZE] = "a size (\"128M\", or a whole number of bytes)",
		[RI_SET_STRING] = "a text in quotes",
		[RI_SET_ENUM] = "a word in quotes",
		[RI_SET_LIST] = "a list of texts ([ \"…\", \"…\" ])",
	};

	return names[kind];
}

static int wrong_kind(enum ri_setting_kind kind, struct ri_err *e)
{
	return ri_fail(e, RI_E_CONFIG, 0, "must be %s", ri_setting_kind_name(kind));
}

/** Write a limit of a size as one would in a configuration. */
static void format_size(long long bytes, char out[static 24])
{
	static const char units[] = "KMGT";
	int unit = -1;

	while (unit < 3 && bytes != 0 && bytes % 1024 == 0) {
		bytes /= 1024;
		unit++;
	}
	snprintf(out, 24, "%lld%.1s", bytes, unit < 0 ? "" : units + unit);
}

static int check_range(const struct ri_setting *s, long long value, struct ri_err *e)
{
	char v[24], min[24], max[24];

	if (s->power_of_two && value > 0 && (value & (value - 1)) != 0)
		return ri_fail(e, RI_E_CONFIG, 0, "%lld is not a power of two", value);
	if (value >= s->min && value <= s->max)
		return 0;
	if (s->kind == RI_SET_INT)
		return ri_fail(e, RI_E_CONFIG, 0, "%lld is not in %lld..%lld", value, s->min,
		    s->max);
	format_size(value, v);
	format_size(s->min, min);
	format_size(s->max, max);
	return ri_fail(e, RI_E_CONFIG, 0, "%s is not in %s..%s", v, min, max);
}

int ri_setting_set_bool(const struct ri_setting *s, struct ri_job *job, bool value,
    struct ri_err *e)
{
	if (s->kind != RI_SET_BOOL)
		return wrong_kind(s->kind, e);
	*(bool *)field(s, job) = value;
	return 0;
}

int ri_setting_set_int(const struct ri_setting *s, struct ri_job *job, long long value,
    struct ri_err *e)
{
	if (s->kind != RI_SET_INT && s->kind != RI_SET_SIZE)
		return wrong_kind(s->kind, e);
	if (check_range(s, value, e) < 0)
		return -1;
	if (s->kind == RI_SET_INT)
		*(int *)field(s, job) = (int)value;
	else
		*(uint64_t *)field(s, job) = (uint64_t)value;
	return 0;
}

static int set_word(const struct ri_setting *s, struct ri_job *job, const char *value,
    struct ri_err *e)
{
	RI_BUF all = { 0 };

	for (int i = 0; s->words[i]; i++) {
		if (strcmp(s->words[i], value) == 0) {
			*(int *)field(s, job) = i;
			return 0;
		}
		ri_buf_addf(&all, "%s%s", i > 0 ? ", " : "", s->words[i]);
	}
	if (ri_buf_check(&all, e) < 0)
		return -1;
	return ri_fail(e, RI_E_CONFIG, 0, "\"%.100s\" is not one of %s", value, all.p);
}

static int set_size(const struct ri_setting *s, struct ri_job *job, const char *value,
    struct ri_err *e)
{
	uint64_t bytes;

	if (ri_size_parse(value, &bytes, e) < 0)
		return -1;
	return ri_setting_set_int(s, job, bytes > INT64_MAX ? INT64_MAX : (long long)bytes, e);
}

static int set_string(const struct ri_setting *s, struct ri_job *job, const char *value,
    struct ri_err *e)
{
	char **f = field(s, job);
	char *copy;

	if (s->check && s->check(value, e) < 0)
		return -1;
	copy = strdup(value);
	if (!copy)
		return ri_nomem(e);
	free(*f);
	*f = copy;
	return 0;
}

int ri_setting_set_text(const struct ri_setting *s, struct ri_job *job, const char *value,
    struct ri_err *e)
{
	switch (s->kind) {
	case RI_SET_ENUM:
		return set_word(s, job, value, e);
	case RI_SET_SIZE:
		return set_size(s, job, value, e);
	case RI_SET_STRING:
		return set_string(s, job, value, e);
	case RI_SET_BOOL:
	case RI_SET_INT:
	case RI_SET_LIST:
		break;
	}
	return wrong_kind(s->kind, e);
}

int ri_setting_set_list(const struct ri_setting *s, struct ri_job *job, const struct ri_strv *value,
    struct ri_err *e)
{
	struct ri_strv *f = field(s, job), old;
	RI_STRV copy = { 0 };

	if (s->kind != RI_SET_LIST)
		return wrong_kind(s->kind, e);
	for (size_t i = 0; i < value->n; i++) {
		if (s->check && s->check(value->v[i], e) < 0)
			return -1;
		if (ri_strv_add(&copy, value->v[i], e) < 0)
			return -1;
	}
	old = *f;
	*f = copy;
	copy = old;
	return 0;
}
