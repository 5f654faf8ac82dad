// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "qemu/qemu_args.h"
#include "host/hostfile.h"
#include "host/json.h"

#define ARGS_MAX ((size_t)4 << 20)

int ri_qemu_args_read(int pid, struct ri_strv *out, struct ri_err *e)
{
	RI_BUF text = { 0 };
	char path[40];

	snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
	if (ri_file_read(path, ARGS_MAX, &text, e) < 0)
		return -1;
	for (size_t at = 0; at < text.n; at += strlen(text.p + at) + 1)
		if (ri_strv_add(out, text.p + at, e) < 0)
			return -1;
	return out->n > 0 ? 0 : ri_fail(e, RI_E_IO, 0, "process %d has ended", pid);
}

static bool json_is(const char *value, const char *id)
{
	RI_JSON o = json_loads(value, 0, NULL);
	const char *keys[] = { "id", "node-name" };

	for (size_t i = 0; i < 2; i++) {
		const char *s = json_string_value(json_object_get(o, keys[i]));

		if (s && strcmp(s, id) == 0)
			return true;
	}
	return false;
}

static bool words_are(const char *value, const char *id)
{
	size_t n = strlen(id);

	for (const char *at = strstr(value, "id="); at; at = strstr(at + 1, "id="))
		if ((at == value || at[-1] == ',') && strncmp(at + 3, id, n) == 0 &&
		    (at[3 + n] == ',' || at[3 + n] == '\0'))
			return true;
	return false;
}

const char *ri_qemu_args_find(const struct ri_strv *argv, const char *name, const char *id)
{
	for (size_t i = 0; i + 1 < argv->n; i++) {
		const char *value = argv->v[i + 1];

		if (strcmp(argv->v[i], name) == 0 &&
		    (*value == '{' ? json_is(value, id) : words_are(value, id)))
			return value;
	}
	return NULL;
}

/* The lowest of a graph's nodes. */
static void file_of_graph(json_t *o, struct ri_buf *out)
{
	const char *name, *pool, *space, *image;

	while (json_is_object(json_object_get(o, "file")))
		o = json_object_get(o, "file");
	name = json_string_value(json_object_get(o, "filename"));
	pool = json_string_value(json_object_get(o, "pool"));
	space = json_string_value(json_object_get(o, "namespace"));
	image = json_string_value(json_object_get(o, "image"));
	if (name)
		ri_buf_add_str(out, name);
	else if (pool && image)
		ri_buf_addf(out, "rbd:%s/%s%s%s", pool, space ? space : "", space ? "/" : "",
		    image);
}

/* "file=NAME,if=none": a comma of the name is there twice. Behind rbd:'s name come its options. */
static void file_of_words(const char *value, struct ri_buf *out)
{
	const char *at = strncmp(value, "file=", 5) == 0 ? value : strstr(value, ",file=");

	if (!at)
		return;
	at += *at == ',' ? 6 : 5;
	for (bool rbd = strncmp(at, "rbd:", 4) == 0; *at && !(rbd && out->n > 3 && *at == ':');
	     at++) {
		if (*at == ',' && *++at != ',')
			return;
		ri_buf_add(out, at, 1);
	}
}

void ri_qemu_args_file(const char *value, struct ri_buf *out)
{
	RI_JSON o = *value == '{' ? json_loads(value, 0, NULL) : NULL;

	if (o)
		file_of_graph(o, out);
	else
		file_of_words(value, out);
}
