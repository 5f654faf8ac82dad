// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/spdx.h"
#include "host/hostfile.h"
#include "host/sha256.h"
#include "os/dpkg.h"
#include "report/json_internal.h"

#include <time.h>

/* SPDX 2.3, clause 5: for what nobody has looked at. */
#define UNKNOWN "NOASSERTION"
#define SYSTEM_ID "SPDXRef-OperatingSystem"
#define DOCUMENT_ID "SPDXRef-DOCUMENT"
/* What SPDX has for the documents of those who have no place of their own (clause 6.5). */
#define NAMESPACE "https://spdx.org/spdxdocs/ramimg-"

/* The last second that "YYYY-MM-DDThh:mm:ssZ" can say. */
#define LATEST INT64_C(253402300799)

static bool is_plain(char c, const char *more)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr(more, c));
}

/* As package URLs have it: all but these are bytes in hexadecimal. */
static void add_encoded(struct ri_buf *out, struct ri_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (is_plain(s.p[i], ".-_~:"))
			ri_buf_add(out, &s.p[i], 1);
		else
			ri_buf_addf(out, "%%%02X", (unsigned char)s.p[i]);
}

/* "pkg:deb/debian/bash@5.2.15-2?arch=amd64&distro=debian-12": https://github.com/package-url/purl-spec, type deb. */
static void add_purl(struct ri_buf *out, const struct ri_facts *f, const struct ri_dpkg *p)
{
	ri_buf_add_str(out, "pkg:deb/");
	add_encoded(out, ri_str(f->os.id));
	ri_buf_add_str(out, "/");
	add_encoded(out, p->name);
	ri_buf_add_str(out, "@");
	add_encoded(out, p->version);
	ri_buf_add_str(out, "?");
	if (p->arch.n > 0) {
		ri_buf_add_str(out, "arch=");
		add_encoded(out, p->arch);
		ri_buf_add_str(out, "&");
	}
	ri_buf_add_str(out, "distro=");
	add_encoded(out, ri_str(f->os.id));
	if (f->os.version_id[0]) {
		ri_buf_add_str(out, "-");
		add_encoded(out, ri_str(f->os.version_id));
	}
}

/*
 * An id of letters, digits, "." and "-" (clause 7.2), the same in each document that has the package. The sum keeps
 * those apart whose names differ in other bytes, or in the architecture or version alone.
 */
static void add_id(struct ri_buf *out, const struct ri_dpkg *p)
{
	const struct ri_span parts[] = { p->name, p->arch, p->version };
	char hex[RI_SHA256_HEX + 1];
	struct ri_sha256 d;

	ri_sha256_init(&d);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		ri_sha256_add(&d, parts[i].p, parts[i].n);
		ri_sha256_add(&d, "", 1);
	}
	ri_sha256_hex(&d, hex);
	ri_buf_add_str(out, "SPDXRef-Package-deb-");
	for (size_t i = 0; i < p->name.n; i++)
		ri_buf_add(out, is_plain(p->name.p[i], ".-") ? &p->name.p[i] : "-", 1);
	ri_buf_addf(out, "-%.16s", hex);
}

/* Debian's maintainers are people and groups, and the list does not say which: "Name <a@b>" becomes "Organization: Name (a@b)". */
static void add_supplier(struct ri_buf *out, struct ri_span maintainer)
{
	const char *open = maintainer.n > 0 ? memchr(maintainer.p, '<', maintainer.n) : NULL;
	size_t n = open ? (size_t)(open - maintainer.p) : maintainer.n;
	struct ri_span name = ri_span_trim(ri_span(maintainer.p, n));

	if (name.n == 0) {
		ri_buf_add_str(out, UNKNOWN);
		return;
	}
	ri_buf_add_str(out, "Organization: ");
	ri_buf_add_span(out, name);
	if (open && maintainer.p[maintainer.n - 1] == '>') {
		ri_buf_add_str(out, " (");
		ri_buf_add(out, open + 1, maintainer.n - n - 2);
		ri_buf_add_str(out, ")");
	}
}

static void add_source(struct ri_buf *out, const struct ri_dpkg *p)
{
	ri_buf_add_str(out, "built from the source package ");
	ri_buf_add_span(out, p->source);
	ri_buf_add_str(out, " ");
	ri_buf_add_span(out, p->source_version);
}

/* A text, or NULL where there was no memory for it. */
static json_t *text(const struct ri_buf *b)
{
	return b->oom ? NULL : ri_json_text(b->p ? b->p : "");
}

/* A package as SPDX has it, with what is unknown of each. */
static json_t *package_json(json_t *id, json_t *name, json_t *supplier)
{
	return json_pack("{s:o, s:o, s:o, s:s, s:b, s:s, s:s, s:s}", "SPDXID", id, "name", name,
	    "supplier", supplier, "downloadLocation", UNKNOWN, "filesAnalyzed", false,
	    "licenseConcluded", UNKNOWN, "licenseDeclared", UNKNOWN, "copyrightText", UNKNOWN);
}

static json_t *deb_json(const struct ri_facts *f, const struct ri_dpkg *p)
{
	RI_BUF id = { 0 };
	RI_BUF name = { 0 };
	RI_BUF version = { 0 };
	RI_BUF supplier = { 0 };
	RI_BUF purl = { 0 };
	RI_BUF source = { 0 };
	json_t *j;

	add_id(&id, p);
	ri_buf_add_span(&name, p->name);
	ri_buf_add_span(&version, p->version);
	add_supplier(&supplier, p->maintainer);
	add_purl(&purl, f, p);
	add_source(&source, p);
	j = package_json(text(&id), text(&name), text(&supplier));
	ri_json_add(&j, "versionInfo", text(&version));
	ri_json_add(&j, "sourceInfo", text(&source));
	ri_json_add(&j, "externalRefs",
	    json_pack("[{s:s, s:s, s:o}]", "referenceCategory", "PACKAGE-MANAGER", "referenceType",
		"purl", "referenceLocator", text(&purl)));
	return j;
}

/* What the document describes: what is in the archive. */
static json_t *system_json(const struct ri_facts *f, const struct ri_payload *pl)
{
	json_t *j =
	    package_json(json_string(SYSTEM_ID), ri_json_text(f->os.name), json_string(UNKNOWN));

	if (f->os.version_id[0])
		ri_json_add(&j, "versionInfo", ri_json_text(f->os.version_id));
	ri_json_add(&j, "primaryPackagePurpose", json_string("OPERATING-SYSTEM"));
	ri_json_add(&j, "packageFileName", ri_json_text(ri_file_base(pl->archive)));
	ri_json_add(&j, "checksums",
	    json_pack("[{s:s, s:s}]", "algorithm", "SHA256", "checksumValue",
		pl->pack.archive_sha256));
	return j;
}

static json_t *relation(const char *from, const char *how, json_t *to)
{
	return json_pack("{s:s, s:s, s:o}", "spdxElementId", from, "relationshipType", how,
	    "relatedSpdxElement", to);
}

/* The lists of both, filled; NULL when out of memory. */
static void list(const struct ri_facts *f, const struct ri_payload *pl, const struct ri_dpkgs *d,
    json_t **packages, json_t **relations)
{
	*packages = json_array();
	*relations = json_array();
	ri_json_append(packages, system_json(f, pl));
	ri_json_append(relations, relation(DOCUMENT_ID, "DESCRIBES", json_string(SYSTEM_ID)));
	for (size_t i = 0; i < d->n; i++) {
		RI_BUF id = { 0 };

		add_id(&id, &d->v[i]);
		ri_json_append(packages, deb_json(f, &d->v[i]));
		ri_json_append(relations, relation(SYSTEM_ID, "CONTAINS", text(&id)));
	}
}

/* What of the guest's packages is not in the list. */
static void add_comment(struct ri_buf *out, const struct ri_payload *pl, const struct ri_dpkgs *d)
{
	ri_buf_add_str(out,
	    "The packages are those of the guest's own list, dpkg's, as it was when the archive was made. "
	    "Nothing was looked for in its files, and no license was determined.");
	if (pl->packages.dpkg.n == 0)
		ri_buf_add_str(out, " The guest has no such list.");
	if (d->odd > 0)
		ri_buf_addf(out, " %zu entries are left out that have no valid name or version.",
		    d->odd);
	if (d->cut || pl->packages.more)
		ri_buf_add_str(out,
		    " The list is longer than what is read of it, or no file; the rest is left out.");
	if (pl->packages.rpm)
		ri_buf_add_str(out,
		    " The guest has a database of rpm, whose packages are not listed.");
}

/* "2023-06-10T09:00:00Z" */
static void add_time(struct ri_buf *out, int64_t when)
{
	time_t t = when < 0 ? 0 : when > LATEST ? LATEST : when;
	struct tm tm = { 0 };

	gmtime_r(&t, &tm);
	ri_buf_addf(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
	    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static json_t *document(const struct ri_job *job, const struct ri_facts *f,
    const struct ri_payload *pl, const struct ri_dpkgs *d)
{
	json_t *packages, *relations, *name;
	RI_BUF comment = { 0 };
	RI_BUF created = { 0 };

	add_comment(&comment, pl, d);
	add_time(&created, job->dated ? job->source_date : pl->pack.dated);
	name = ri_json_text(f->os.pretty_name[0] ? f->os.pretty_name : f->os.name);
	list(f, pl, d, &packages, &relations);
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:{s:o, s:[s]}, s:o, s:o}", "spdxVersion",
	    "SPDX-2.3", "dataLicense", "CC0-1.0", "SPDXID", DOCUMENT_ID, "name", name, "comment",
	    text(&comment), "creationInfo", "created", text(&created), "creators",
	    "Tool: ramimg-" RAMIMG_VERSION, "packages", packages, "relationships", relations);
}

/* Of one namespace there may be one document (clause 6.5): so its name has the sum of the rest. */
static int name_it(json_t **j, const struct ri_payload *pl, struct ri_err *e)
{
	char hex[RI_SHA256_HEX + 1];
	RI_BUF uri = { 0 };
	RI_BUF rest = { 0 };

	if (ri_json_dump(*j, &rest, e) < 0)
		return -1;
	ri_sha256_span(ri_buf_span(&rest), hex);
	ri_buf_addf(&uri, NAMESPACE "%s-%.16s", pl->manifest.build_id, hex);
	ri_json_add(j, "documentNamespace", text(&uri));
	return *j ? 0 : ri_nomem(e);
}

int ri_report_spdx(const struct ri_job *job, const struct ri_facts *f, const struct ri_payload *pl,
    struct ri_buf *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_dpkgs_free) struct ri_dpkgs d = { 0 };
	RI_JSON j = NULL;

	if (ri_dpkg_parse(ri_buf_span(&pl->packages.dpkg), &d, e) < 0)
		return -1;
	j = document(job, f, pl, &d);
	if (name_it(&j, pl, e) < 0)
		return -1;
	return ri_json_dump(j, out, e);
}
