"""Which files a commit of this working tree would hold. Caches are no part of the template."""

import subprocess
from pathlib import Path


def tracked(folder: Path) -> list[str]:
    """The paths of these files below a folder, in their order."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, encoding="utf-8", check=True
    )
    return sorted(path for path in listed.stdout.split("\0") if (folder / path).is_file())
