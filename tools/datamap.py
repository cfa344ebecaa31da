"""Shows whether `datamap.lock.json` covers the declarations, and renews it with an entry that says why.

python -m tools.datamap
python -m tools.datamap --policy 2 --editorial --what "a count of tries, nothing new about anybody"
"""

import argparse
import sys

from mcmeet.privacy.datamap import LOCK_FILE, datamap, lock_gaps, read_lock, write_lock
from mcmeet.privacy.policies import CURRENT, Kind, versions
from mcmeet.privacy.stores import every_store, every_table
from mcmeet.registry import FEATURES


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--policy", help="version of the privacy policy in force, which covers the change")
    parser.add_argument("--what", help="what changed, in a few words")
    materiality = parser.add_mutually_exclusive_group()
    materiality.add_argument("--material", action="store_true", help="clause 6: consent is asked anew")
    materiality.add_argument("--editorial", action="store_true", help="nothing that clause 6 names changed")
    options = parser.parse_args()

    found = datamap(every_table(), every_store(FEATURES))
    known = versions(Kind.PRIVACY)
    if options.what:
        in_force = CURRENT[Kind.PRIVACY]
        if options.policy != in_force or not (options.material or options.editorial):
            parser.error(f"--what needs --policy {in_force} and --material or --editorial")
        write_lock(
            found, policy_version=options.policy, material=options.material, what=options.what, file=LOCK_FILE
        )
    gaps = lock_gaps(read_lock(), found, known) if LOCK_FILE.is_file() else ["there is no lock file"]
    for gap in gaps:
        print(gap)
    return 1 if gaps else 0


if __name__ == "__main__":
    sys.exit(main())
