// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* dpkg's list of packages. */
#include "fuzz.h"
#include "os/dpkg.h"

static void check_words(struct ri_span s, size_t most, const char *bytes)
{
	FUZZ_CHECK(s.n <= most);
	for (size_t i = 0; i < s.n; i++)
		FUZZ_CHECK((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'z') ||
			   (s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] && strchr(bytes, s.p[i])));
}

/* It is in the input; sizes add up to no more than there are bytes, so no field is another's. */
static size_t check_package(const struct ri_dpkg *p)
{
	FUZZ_CHECK(p->name.n > 0 && p->version.n > 0 && p->source.n > 0 && p->source_version.n > 0);
	check_words(p->name, 255, "+.-");
	check_words(p->version, 255, ".+-:~");
	check_words(p->arch, 63, "-");
	check_words(p->source, 255, "+.-");
	check_words(p->source_version, 255, ".+-:~");
	for (size_t i = 0; i < p->maintainer.n; i++)
		FUZZ_CHECK((unsigned char)p->maintainer.p[i] >= ' ');
	return p->name.n + p->version.n + p->arch.n + p->maintainer.n;
}

/* What was read, written anew, is read the same again. */
static void check_again(const struct ri_dpkgs *d)
{
	RI_ON_EXIT(ri_dpkgs_free) struct ri_dpkgs again = { 0 };
	struct ri_err e = { 0 };
	RI_BUF text = { 0 };

	for (size_t i = 0; i < d->n; i++) {
		ri_buf_addf(&text, "Package: %.*s\nVersion: %.*s\n", (int)d->v[i].name.n,
		    d->v[i].name.p, (int)d->v[i].version.n, d->v[i].version.p);
		ri_buf_addf(&text, "Architecture: %.*s\n\n", (int)d->v[i].arch.n,
		    d->v[i].arch.n > 0 ? d->v[i].arch.p : "");
	}
	FUZZ_CHECK(fuzz_ok(ri_dpkg_parse(ri_buf_span(&text), &again, &e), &e));
	FUZZ_CHECK(again.n == d->n && again.odd == 0 && !again.cut);
	for (size_t i = 0; i < d->n; i++)
		FUZZ_CHECK(ri_span_eq(again.v[i].name, d->v[i].name) &&
			   ri_span_eq(again.v[i].arch, d->v[i].arch) &&
			   ri_span_eq(again.v[i].version, d->v[i].version));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RI_ON_EXIT(ri_dpkgs_free) struct ri_dpkgs d = { 0 };
	struct ri_err e = { 0 };
	size_t used = 0;

	FUZZ_CHECK(fuzz_ok(ri_dpkg_parse(fuzz_input(data, size), &d, &e), &e));
	FUZZ_CHECK(d.n <= RI_DPKG_MAX && (!d.cut || d.n > 0));
	for (size_t i = 0; i < d.n; i++)
		used += check_package(&d.v[i]);
	FUZZ_CHECK(used <= size);
	check_again(&d);
	return 0;
}
