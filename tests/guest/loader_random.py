# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random trees, packed by ramimg's own packer and loaded by ramload, come back equal in everything."""
import os
import shutil
import subprocess
import tempfile
import unittest

import loader_grow
import loader_pack
import loader_run
import loader_tree

RAMLOAD = os.environ["RAMLOAD"]
SEED = int(os.environ.get("RAMIMG_TEST_SEED", "5"))
TREES = int(os.environ.get("LOADER_TREES", "40"))


class Random(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="ramload-random-")
        self.addCleanup(shutil.rmtree, self.dir)
        # A tmpfs, so that the tree has all that a tmpfs can hold and nothing else.
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2G,nr_inodes=500k", "trees", self.dir],
                       check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.dir], check=True)

    def there_and_back(self, compression, tree):
        packed = loader_run.Packed(self.dir, loader_pack.tar_tree(tree), compression)
        with loader_run.machine(RAMLOAD) as m:
            m.mount_disk()
            result = m.run("load", packed)
            self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""),
                             m.console())
            self.assertEqual(loader_tree.differences(loader_tree.listing(tree),
                                                     loader_tree.listing(m.root)), [])
            self.assertEqual(set(m.status()["dropped"].values()), {0})

    def test_small_trees(self):
        for seed in range(SEED, SEED + TREES):
            compression = ("gzip", "zstd", "lz4")[seed % 3]
            with self.subTest(seed=seed, compression=compression):
                tree = os.path.join(self.dir, str(seed))
                os.mkdir(tree)
                loader_grow.grow(tree, seed)
                self.there_and_back(compression, tree)
                shutil.rmtree(tree)

    def edges(self, compression):
        tree = os.path.join(self.dir, "edges")
        os.mkdir(tree)
        loader_grow.edges(tree, SEED)
        self.there_and_back(compression, tree)

    @unittest.skipIf("sanitized" in RAMLOAD, "takes minutes there and tells no more than small trees")
    def test_edges_gzip(self):
        self.edges("gzip")

    @unittest.skipIf("sanitized" in RAMLOAD, "takes minutes there and tells no more than small trees")
    def test_edges_zstd(self):
        self.edges("zstd")


if __name__ == "__main__":
    print(f"RAMIMG_TEST_SEED={SEED}", flush=True)
    unittest.main()
