# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The documents of SPDX that the report's unit tests write, against the specification; and that spdx.py finds faults.

Environment: UNIT_REPORT (those unit tests).
"""

import copy
import json
import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import spdx  # noqa: E402


def written():
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run([os.environ["UNIT_REPORT"], "spdx"], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, env=os.environ | {"RAMIMG_DOCUMENTS": scratch})
        found = []
        for name in sorted(os.listdir(scratch)):
            with open(os.path.join(scratch, name), encoding="utf-8") as text:
                found.append(json.load(text))
        return found


class Documents(unittest.TestCase):
    def test_each(self):
        found = written()
        self.assertGreaterEqual(len(found), 3)
        names = set()
        for document in found:
            system, packages = spdx.check(document)
            self.assertEqual(system["primaryPackagePurpose"], "OPERATING-SYSTEM")
            names.add(document["documentNamespace"])
            for package in packages:
                self.assertEqual(len(package["externalRefs"]), 1)
        self.assertGreater(max(len(document["packages"]) for document in found), 3)
        # One namespace for each that is another.
        self.assertEqual(len(names), len({json.dumps(document, sort_keys=True) for document in found}))

    def test_each_fault(self):
        good = max(written(), key=lambda document: len(document["packages"]))

        def fault(change):
            bad = copy.deepcopy(good)
            change(bad)
            with self.assertRaises((spdx.Bad, KeyError)):
                spdx.check(bad)

        for field in good:
            fault(lambda d, field=field: d.pop(field))
        for field in ("SPDXID", "name", "downloadLocation", "filesAnalyzed", "supplier"):
            fault(lambda d, field=field: d["packages"][1].pop(field))
        fault(lambda d: d["packages"][1].update(SPDXID="SPDXRef-a+b"))
        fault(lambda d: d["packages"][1].update(SPDXID=d["packages"][2]["SPDXID"]))
        fault(lambda d: d["packages"][1].update(filesAnalyzed=True))
        fault(lambda d: d["packages"][1].update(supplier="Debian"))
        fault(lambda d: d["packages"][1].update(architecture="amd64"))
        fault(lambda d: d["packages"][1]["externalRefs"][0].update(referenceLocator="pkg:deb/a b"))
        fault(lambda d: d["packages"].pop())
        fault(lambda d: d["relationships"].pop(0))
        fault(lambda d: d["relationships"].pop())
        fault(lambda d: d["creationInfo"].update(created="2023-06-10"))
        fault(lambda d: d["creationInfo"].update(creators=[]))
        fault(lambda d: d.update(format="ramimg.build/1"))
        fault(lambda d: d.update(documentNamespace="https://a.example/#b"))


if __name__ == "__main__":
    unittest.main()
