// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The job: everything that configuration and command line decide, ranges already checked.
 */
#include "format/manifest.h"

#include <stdint.h>

/** Whether the appliance runs with KVM; also the order of the words of appliance.kvm. */
enum ri_kvm {
	RI_KVM_AUTO, /* where it can be opened and has not hung; without it where it fails */
	RI_KVM_NO,   /* it is not tried */
	RI_KVM_YES,  /* with it or not at all */
};

/** What becomes of a build where the VM's memory is too little; also the order of the words of ram.check. */
enum ri_ram_check {
	RI_RAM_CHECK_REFUSE,
	RI_RAM_CHECK_WARN,
	RI_RAM_CHECK_OFF,
};

/** How a qcow2 of --output is compressed; also the order of the words of output.compress. */
enum ri_output_compress {
	RI_OUTPUT_PLAIN,
	RI_OUTPUT_ZLIB, /* which any QEMU reads */
	RI_OUTPUT_ZSTD, /* QEMU 5.1 and later */
};
extern const char *const ri_output_compress_words[];

/** What ends a VM without a root on a disk, if it does not get into RAM; as the manifest has it. */
extern const char *const ri_on_failure_words[];

/** What the root is in RAM; also the order of the words of root.form. */
enum ri_form {
	RI_TMPFS,      /* each file in a tmpfs */
	RI_COMPRESSED, /* a compressed image, and a tmpfs above it for what is written */
};
extern const char *const ri_form_words[];

/** The word for the form of what was built. */
static inline const char *ri_form_of(const struct ri_manifest *m)
{
	return ri_form_words[m->form ? RI_COMPRESSED : RI_TMPFS];
}

#define RI_ZRAM_OFF "off"

/** A word of archive.compression behind those of enum ri_compression: what suits the form. */
#define RI_COMPRESSION_AUTO (RI_LZ4 + 1)
extern const char *const ri_compression_words[];

struct ri_job {
	/* root */
	int form;            /* enum ri_form */
	char *upper_size;    /* of an image: mount option size= of the tmpfs above it */
	uint64_t block_size; /* of an image: bytes that are compressed together, a power of two */
	char *zram;          /* of an image: "off", or the size of a zram device to swap to */
	/* archive */
	int compression; /* enum ri_compression; until ri_job_settle also RI_COMPRESSION_AUTO */
	int gzip_level;  /* ISA-L: 0..3 */
	int zstd_level;  /* 1..19 */
	int lz4_level;   /* 1..12; from 3 on LZ4HC's */
	struct ri_strv exclude; /* rules beside the built-in ones of plan/rules.h */
	struct ri_strv keep;    /* built-in rules that are switched off, as written there */
	/* ram */
	char *tmpfs_size; /* mount option size= of the RAM root: "100%", "2G" */
	uint64_t reserve; /* bytes of RAM that must stay free beside the root */
	int ram_check;    /* enum ri_ram_check: where the VM has too little memory */
	/* loader */
	uint64_t loader_memory; /* bytes of RAM that unpacking may take beside the root */
	bool loader_sha256;     /* compare the whole archive's SHA-256 at each boot */
	/* boot */
	bool grub_default;  /* the RAM entry is the default one */
	bool boot_counting; /* after two failures in a row it is not */
	char *kernel; /* the version that the RAM entry boots; "": plan/kernel_choice.h decides */
	bool release; /* the guest releases its disk once it runs from RAM */
	/* output */
	int output_compress; /* enum ri_output_compress */
	char *sign;     /* the private key's file that manifest.json is signed with; "": none */
	bool slim;      /* --slim: the new image has the RAM set alone, and no root */
	int on_failure; /* of it, and without a disk: an index into ri_on_failure_words */
	bool diskless;  /* --diskless: also what boots the root without a disk */
	/* host */
	int kvm;             /* enum ri_kvm */
	bool reader_direct;  /* read without the appliance where that is possible */
	bool stage_undo;     /* a commit keeps what it overwrites, for recover --undo */
	char *stage_dir;     /* where overlays live while a build runs; ri_job_for_user */
	char *old_stage_dir; /* where they were in earlier versions, and a record may be; or NULL */
	int detach_way;      /* enum ri_detach_way: what becomes of the configuration */
	int detach_backup;   /* 0: said; 1: refused, where a scheduled backup covers the VM */
	int detach_wait;     /* seconds that --wait waits for the guest */
	int detach_guest;    /* seconds that the guest has to answer an unplug */
	bool
	    untested; /* --untested: a guest of a kind that nobody has seen work is built (plan/unseen.h) */
	/* The environment's SOURCE_DATE_EPOCH, if it is set: the time of what a build changes on the disk. */
	bool dated;
	int64_t source_date;
	/* What has set each of ri_settings, in that order, NULL: nothing has; NULL itself at first. plan/origin.h */
	char **origins;
};

/** The last second that ext4 can hold (Documentation/filesystems/ext4/inodes.rst, "Inode Timestamps"). */
#define RI_DATE_MAX INT64_C(15032385535)

/** The built-in defaults, equal to configs/ramimg.conf. @return 0; -1 RI_E_NOMEM. */
int ri_job_defaults(struct ri_job *job, struct ri_err *e) RI_MUST_CHECK;
void ri_job_free(struct ri_job *job);

/**
 * Once the settings are read: what depends on more than one of them. Compression "auto" becomes the form's own: gzip
 * for an archive, zstd for an image.
 */
void ri_job_settle(struct ri_job *job);

/**
 * Whether a build can follow @job, which is settled. Of no concern to what only reads or reverts a built guest: the
 * settings may have changed since.
 * @return 0; -1 RI_E_CONFIG: two of them contradict each other.
 */
int ri_job_check(const struct ri_job *job, struct ri_err *e) RI_MUST_CHECK;

/**
 * How hard @job, which is settled, compresses: what archive.gzip_level, zstd_level or lz4_level says, as the compressor
 * of the form counts. Of an archive gzip is ISA-L's, 0 to 3; of an image zlib's, for which they are 1, 4, 6 and 9. Of an
 * image lz4 has two: 0, and 1 for what LZ4HC's levels are in an archive.
 */
int ri_job_level(const struct ri_job *job);

/**
 * Once the settings are read: a stage.dir that is still the default becomes @uid's own, unless @uid is
 * root's: "ramimg" below @state, or below .local/state of @home (the environment's XDG_STATE_HOME and HOME,
 * or NULL; XDG Base Directory Specification). What one user left there must neither stop another user nor be
 * trusted by them.
 * @return 0; -1 RI_E_CONFIG: neither is an absolute path; RI_E_NOMEM.
 */
int ri_job_for_user(struct ri_job *job, unsigned uid, const char *state, const char *home,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Take @text, the environment's SOURCE_DATE_EPOCH or NULL, for the job's date. Empty is as good as unset.
 * https://reproducible-builds.org/specs/source-date-epoch/
 * @return 0; -1 RI_E_CONFIG: it is no number of seconds, or more than RI_DATE_MAX.
 */
int ri_job_date(struct ri_job *job, const char *text, struct ri_err *e) RI_MUST_CHECK;

enum ri_setting_kind {
	RI_SET_BOOL,
	RI_SET_INT,
	RI_SET_SIZE,
	RI_SET_STRING,
	RI_SET_ENUM,
	RI_SET_LIST
};

/** One configuration setting: the libconfig path, the field, the allowed values. */
struct ri_setting {
	const char *path; /* "archive.compression" */
	enum ri_setting_kind kind;
	size_t offset;            /* in struct ri_job */
	long long min, max;       /* RI_SET_INT and RI_SET_SIZE */
	bool power_of_two;        /* RI_SET_SIZE: nothing else is taken */
	const char *const *words; /* RI_SET_ENUM: NULL-terminated, the index is the value */
	/* For a string and each element of a list; may be NULL. */
	int (*check)(const char *value, struct ri_err *e);
	const char *help;
};
extern const struct ri_setting ri_settings[];
extern const size_t ri_settings_n;

/** The setting at @path, or NULL. */
const struct ri_setting *ri_setting_find(const char *path);
/** What a value of that kind looks like: "a whole number". */
const char *ri_setting_kind_name(enum ri_setting_kind kind);
/*
 * Give a setting its value, checked against its row. The message does not name the setting, which
 * its caller does together with the place it came from. On failure the field is as it was.
 * @return 0; -1 RI_E_CONFIG (also where the setting is of another kind), RI_E_NOMEM.
 */
/** For RI_SET_BOOL. */
int ri_setting_set_bool(const struct ri_setting *s, struct ri_job *job, bool value,
    struct ri_err *e) RI_MUST_CHECK;
/** For RI_SET_INT and, in bytes, RI_SET_SIZE. */
int ri_setting_set_int(const struct ri_setting *s, struct ri_job *job, long long value,
    struct ri_err *e) RI_MUST_CHECK;
/** For RI_SET_STRING, RI_SET_ENUM (the word) and RI_SET_SIZE ("64M"). */
int ri_setting_set_text(const struct ri_setting *s, struct ri_job *job, const char *value,
    struct ri_err *e) RI_MUST_CHECK;
/** For RI_SET_LIST: a copy of @value replaces the old list. */
int ri_setting_set_list(const struct ri_setting *s, struct ri_job *job, const struct ri_strv *value,
    struct ri_err *e) RI_MUST_CHECK;
