# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Debian read by the appliance gives what the direct reader gave: facts, plan and archive."""

import gzip
import hashlib
import json
import os

import common
from command import run

ID_HEADER = 1024    # the pax header in front that names the build: no two have the same


def digest(path):
    """Of the tar stream, less the build's id."""
    found = hashlib.sha256()
    with gzip.open(path) as tar:
        tar.read(ID_HEADER)
        while piece := tar.read(1 << 20):
            found.update(piece)
    return found.hexdigest()


class Equal(common.E2eTest):
    def ramimg(self, *args, direct):
        path = common.config()
        with open(path, "a", encoding="utf-8") as out:
            out.write(f"reader: {{ direct = {str(direct).lower()}; }};\n")
        result = run(*args, work=common.workdir(), config=path)
        self.assertEqual(result.status, 0, result)
        self.assertNotIn("not read directly", result.err)
        return result

    def test_1_plan(self):
        """A built guest's facts and plan, which take all of its texts."""
        plans = [json.loads(self.ramimg("build", "--dry-run", "--json", common.built("built.raw"),
                                        direct=direct).out) for direct in (True, False)]
        self.assertEqual(plans[0], plans[1])

    def test_2_archive(self):
        out, image = common.in_workdir("artifacts"), common.in_workdir("equal.qcow2")
        result = self.ramimg("build", "-v", "--force", "--out", out, "--output", image, common.fixture(),
                             direct=False)
        self.assertIn("reading in the appliance", result.err)   # by the tree disk
        print(f"\nbuild, read by the appliance: {result.seconds:.0f} s")
        os.unlink(image)
        self.assertEqual(digest(os.path.join(out, "ram.tar.gz")),
                         digest(common.built("artifacts/ram.tar.gz")))


if __name__ == "__main__":
    common.main()
