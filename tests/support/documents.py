# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What --json prints, against docs/json.md, which has a table of fields for each document.

A row is `field`, type, presence and meaning: "`volumes[].bytes`", "integer or null, bytes", "always" or when.
"""

import functools
import json
import os
import re

PAGE = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "docs", "json.md")
TYPES = {"string": str, "boolean": bool, "integer": int, "number": (int, float), "null": type(None)}
UNITS = {"bytes": "integer", "seconds": "number"}
# Documents that say what is wrong, so that a failure with one prints no error besides.
VERDICTS = ("ramimg.verify/1", "ramimg.check-migrate/1", "ramimg.doctor/1", "ramimg.test/1")


class Field:
    def __init__(self, types, always):
        self.types = types
        self.always = always


def _field(row):
    """A row's path and field."""
    cells = [cell.strip() for cell in row.strip().strip("|").split(" | ")]
    if len(cells) != 4 or not re.fullmatch(r"`[^`]+`", cells[0]):
        raise AssertionError(f"docs/json.md: not a field, a type, when it is present and what it is: {row!r}")
    path = cells[0].strip("`")
    types, _, unit = cells[1].partition(", ")
    types = types.split(" or ")
    if not set(types) <= TYPES.keys():
        raise AssertionError(f"docs/json.md: {path}: a type is one of {', '.join(TYPES)}, not {cells[1]!r}")
    if unit and UNITS.get(unit) not in types:
        raise AssertionError(f"docs/json.md: {path}: {unit!r} is no unit of {types}")
    if (unit == "bytes") != bool(re.search(r"(^|[._])bytes$", path)):
        raise AssertionError(f"docs/json.md: {path}: what ends in bytes is a number of bytes, and nothing else is")
    if not cells[2] or not cells[3]:
        raise AssertionError(f"docs/json.md: {path}: when it is present, and what it is, is missing")
    return path, Field(types, cells[2] == "always")


def read(text):
    """The page's documents by their formats, each with its fields by their paths."""
    found = {}
    for part in re.split(r"^## ", text, flags=re.M)[1:]:
        name = re.match(r"`(ramimg\.[a-z-]+/[0-9]+)`\n", part)
        if not name:
            raise AssertionError(f"docs/json.md: a heading that names no document: {part.splitlines()[0]!r}")
        table = re.search(r"^\| field \| type \| present \| what \|\n\| --- \| --- \| --- \| --- \|\n((?:\|.*\n)+)",
                          part, re.M)
        if not table:
            raise AssertionError(f"docs/json.md: {name[1]} has no table of fields")
        rows = [_field(row) for row in table[1].splitlines()]
        found[name[1]] = dict(rows)
        if len(found[name[1]]) != len(rows):
            raise AssertionError(f"docs/json.md: {name[1]} has a field twice")
    return found


@functools.cache
def tables():
    with open(PAGE, encoding="utf-8") as page:
        return read(page.read())


def _type(value):
    """The narrowest of TYPES."""
    return next(name for name, kind in TYPES.items() if isinstance(value, kind) and
                (kind is bool or not isinstance(value, bool)))


def _below(fields, path):
    """The names that fields have directly below a path ("" is the top), with whether each has to be there."""
    at, names = path + "." if path else "", {}
    for full, field in fields.items():
        if full.startswith(at):
            name = re.split(r"[.\[]", full[len(at):])[0]
            names[name] = names.get(name, False) or field.always
    return names


def _walk(value, path, fields, seen, faults):
    if isinstance(value, list) and any(full.startswith(path + "[]") for full in fields):
        for item in value:
            _walk(item, path + "[]", fields, seen, faults)
    elif isinstance(value, dict) and (names := _below(fields, path)):
        for name, item in value.items():
            if name in names:
                _walk(item, f"{path}.{name}" if path else name, fields, seen, faults)
            else:
                faults.append(f"{path + '.' if path else ''}{name} is not documented")
        faults += [f"{path + '.' if path else ''}{name} is missing" for name, always in names.items()
                   if always and name not in value]
    elif path not in fields:
        faults.append(f"{path} is {json.dumps(value)[:60]}, which is not documented")
    elif isinstance(value, (list, dict)):
        faults.append(f"{path} is {json.dumps(value)[:60]}, documented: {' or '.join(fields[path].types)}")
    else:
        types = [name for name in fields[path].types if name in ("number", _type(value)) and
                 isinstance(value, TYPES[name]) and not (name == "number" and isinstance(value, bool))]
        seen.update((path, name) for name in types)
        if not types:
            faults.append(f"{path} is {json.dumps(value)}, documented: {' or '.join(fields[path].types)}")


def look(document, known=None):
    """What is wrong with a document, and which (field, type) it shows."""
    known = known or tables()
    if not isinstance(document, dict) or document.get("format") not in known:
        return [f"no format that is documented: {json.dumps(document)[:100]}"], set()
    faults, seen = [], set()
    _walk({name: value for name, value in document.items() if name != "format"}, "", known[document["format"]],
          seen, faults)
    return faults, seen


def check(document):
    faults, _ = look(document)
    if faults:
        raise AssertionError(f"against docs/json.md: {'; '.join(faults)}: {json.dumps(document, indent=1)}")


def never_seen(documents, formats, known=None, each=True):
    """What of those formats none of the documents shows: a type of a field; @each false: a field that is always present."""
    known = known or tables()
    seen = {name: set() for name in formats}
    for document in documents:
        if document["format"] in seen:
            seen[document["format"]] |= look(document, known)[1]
    fields = [(name, path, field) for name in formats for path, field in known[name].items()]
    if not each:
        return [f"{name}: {path}" for name, path, field in fields
                if field.always and path not in {path for path, _ in seen[name]}]
    return [f"{name}: {path} is never {kind}" for name, path, field in fields
            for kind in field.types if (path, kind) not in seen[name]]


def _once(pairs):
    if len(dict(pairs)) != len(pairs):
        raise AssertionError(f"a name twice: {pairs}")
    return dict(pairs)


def _no_number(word):
    raise AssertionError(f"{word} is no JSON")


DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number)


def among(text):
    """The documents in a text, each from a line that is "{"."""
    return [DECODER.raw_decode(text, begin.start())[0] for begin in re.finditer(r"^\{$", text, re.M)]


def asked(args):
    """Whether a command line asks for a document."""
    options = args[:args.index("--")] if "--" in args else args
    return ("--json" in options or "-j" in options) and not {"--help", "-h"} & set(options)


def check_run(args, status, out):
    """The output of a run that ended by itself: one document where one was asked for, and the right one."""
    if not asked(args):
        return
    try:
        document = DECODER.decode(out)
    except ValueError as error:
        raise AssertionError(f"not one JSON document ({error}): {args}: {out!r}") from None
    check(document)
    if document["format"] == "ramimg.error/1":
        if document["error"]["status"] != status:
            raise AssertionError(f"it ended with {status}: {args}: {document}")
    elif status != 0 and document["format"] not in VERDICTS:
        raise AssertionError(f"a result, but status {status}: {args}: {document}")
