# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A document of SPDX 2.3 in JSON, against the specification: what must be there, of which form, and what leads where.

https://spdx.github.io/spdx-spec/v2.3/ and its schemas/spdx-schema.json. Of what ramimg never writes (files, snippets,
annotations) nothing is accepted.
"""

import re

UNKNOWN = "NOASSERTION"
ID = r"SPDXRef-[A-Za-z0-9.-]+"
AGENT = r"(Person|Organization): [^\n]+|NOASSERTION"
# Clause 7: a field's form, and whether it must be there. Without a verification code files are not analyzed.
PACKAGE = {
    "SPDXID": (ID, True), "name": (r"[^\n]+", True), "downloadLocation": (UNKNOWN, True),
    "filesAnalyzed": (None, True), "versionInfo": (r"[^\n]+", False), "supplier": (AGENT, True),
    "licenseConcluded": (UNKNOWN, True), "licenseDeclared": (UNKNOWN, True), "copyrightText": (UNKNOWN, True),
    "sourceInfo": (r"[^\n]+", False), "primaryPackagePurpose": ("OPERATING-SYSTEM", False),
    "packageFileName": (r"[^/\n]+", False), "checksums": (None, False), "externalRefs": (None, False),
}
DOCUMENT = {
    "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": r"[^\n]+",
    "documentNamespace": r"https://[A-Za-z0-9._~/-]+", "comment": r"(?s).+",
}
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
# https://github.com/package-url/purl-spec: qualifiers in the order of their names.
PURL = r"pkg:deb/[^/@?#]+/[^/@?#]+@[^/@?#]+\?(arch=[a-z0-9-]+&)?distro=[^&#]+"


class Bad(Exception):
    pass


def _expect(good, what):
    if not good:
        raise Bad(what)


def _text(where, value, form):
    _expect(isinstance(value, str) and re.fullmatch(form, value), f"{where} is {value!r}")


def _package(package):
    name = f"the package {package.get('name')!r}"
    _expect(set(package) <= set(PACKAGE), f"{name}: SPDX 2.3 has no {sorted(set(package) - set(PACKAGE))}")
    for field, (form, must) in PACKAGE.items():
        _expect(field in package or not must, f"{name} has no {field}")
        if form and field in package:
            _text(f"{field} of {name}", package[field], form)
    _expect(package["filesAnalyzed"] is False, f"{name}: no file of it was looked at")
    for checksum in package.get("checksums", []):
        _expect(set(checksum) == {"algorithm", "checksumValue"}, f"a checksum of {name}")
        _expect(checksum["algorithm"] == "SHA256", checksum)
        _text(f"a checksum of {name}", checksum["checksumValue"], r"[0-9a-f]{64}")
    for ref in package.get("externalRefs", []):
        _expect(set(ref) == {"referenceCategory", "referenceType", "referenceLocator"}, f"a reference of {name}")
        _expect((ref["referenceCategory"], ref["referenceType"]) == ("PACKAGE-MANAGER", "purl"), ref)
        _text(f"the purl of {name}", ref["referenceLocator"], PURL)


def check(document):
    """Raise Bad where it is none. The described package and the others come back."""
    _expect(set(document) == set(DOCUMENT) | {"creationInfo", "packages", "relationships"},
            f"the document has {sorted(document)}")
    for field, form in DOCUMENT.items():
        _text(field, document[field], form)
    made = document["creationInfo"]
    _expect(set(made) == {"created", "creators"}, made)
    _text("created", made["created"], TIME)
    _expect(len(made["creators"]) > 0, "there is no creator")
    for creator in made["creators"]:
        _text("a creator", creator, r"Tool: ramimg-[0-9.]+")
    packages = document["packages"]
    for package in packages:
        _package(package)
    ids = {package["SPDXID"]: package for package in packages}
    _expect(len(ids) == len(packages), "two packages have one id")
    relations = [(r["spdxElementId"], r["relationshipType"], r["relatedSpdxElement"]) for r in document["relationships"]
                 if set(r) == {"spdxElementId", "relationshipType", "relatedSpdxElement"}]
    _expect(len(relations) == len(document["relationships"]), "a relationship with other fields")
    described = [to for of, how, to in relations if (of, how) == ("SPDXRef-DOCUMENT", "DESCRIBES")]
    _expect(len(described) == 1 and described[0] in ids, f"it describes {described}")
    contained = [to for of, how, to in relations if (of, how) == (described[0], "CONTAINS")]
    _expect(len(relations) == 1 + len(contained), "a relationship that nobody knows")
    _expect(sorted([*contained, *described]) == sorted(ids), "what is contained is not what is there")
    return ids[described[0]], [ids[one] for one in contained]
