# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The recipes in configs/ci: what each of them runs, in order, as they themselves say."""

import os
import re
import shlex
import sys

try:
    import yaml
except ImportError:
    # A Python beside Debian's does not look where python3-yaml is.
    sys.path.append("/usr/lib/python3/dist-packages")
    import yaml

CONFIGS = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "configs")
CI = os.path.join(CONFIGS, "ci")


def _text(name):
    with open(os.path.join(CI, name), encoding="utf-8") as file:
        return file.read()


def containerfile():
    """RUN when the image is made, CMD when it is started."""
    lines = re.findall(r"^(FROM|WORKDIR|COPY|RUN|CMD) (.+)$", _text("Containerfile"), re.M)
    rest = [line for line in _text("Containerfile").splitlines() if line and not line.startswith("#")]
    if len(rest) != len(lines):
        raise ValueError(f"Containerfile: a line that nobody knows: {rest}")
    return [part for word, line in lines if word in ("RUN", "CMD") for part in line.split(" && ")]


def github():
    [job] = yaml.safe_load(_text("github.yml"))["jobs"].values()
    return [step["run"] for step in job["steps"] if "run" in step]


def gitlab():
    [job] = yaml.safe_load(_text("gitlab-ci.yml")).values()
    return job["script"]


RECIPES = {"Containerfile": containerfile, "github.yml": github, "gitlab-ci.yml": gitlab}


def image(name):
    """What container a recipe runs in."""
    if name == "Containerfile":
        return re.search(r"^FROM (\S+)$", _text(name), re.M)[1]
    [job] = (yaml.safe_load(_text(name))["jobs"] if name == "github.yml" else yaml.safe_load(_text(name))).values()
    return job["container"]["image"] if name == "github.yml" else job["image"]


def scripts():
    """The steps' scripts, by their names."""
    return {name: _text(f"steps/{name}") for name in sorted(os.listdir(os.path.join(CI, "steps")))}


def ramimg_calls(text):
    """The command lines of ramimg's in a script, each as its words."""
    joined = text.replace("\\\n", " ")
    lines = [line.strip() for line in joined.splitlines() if re.match(r"\s*ramimg ", line)]
    # An option that is there only with a variable is an option.
    return [shlex.split(re.sub(r"\$\{\w+:\+([^}]*)\}", r"\1", line)) for line in lines]
