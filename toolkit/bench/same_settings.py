"""A folder of results that belongs to one set of options."""

import json
import sys
from pathlib import Path


def require(folder, options):
    """Notes the options in a new folder. Ends the program if the folder holds results of others.

    options: the parsed arguments, without those that do not change a result.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    noted = folder / "settings.json"
    now = json.loads(json.dumps(options, default=str))
    before = json.loads(noted.read_text()) if noted.exists() else now
    different = sorted(key for key in {*now, *before} if now.get(key) != before.get(key))
    if different:
        words = ", ".join(f"{key} {before.get(key)} there, {now.get(key)} here" for key in different)
        sys.exit(f"{folder} holds results of other options ({words}). Give another folder.")
    noted.write_text(json.dumps(now, indent=1) + "\n")
