"""Golden traces: spikes of every layer, made by really running snnTorch, SpikingJelly and Norse on small networks.

    python3 -m venv venv && venv/bin/pip install -r scripts/traces/requirements.txt
    venv/bin/python scripts/traces/make.py [folder]

The folder is test/convert/traces unless given. Networks come as the frameworks save them (state dicts, NIR graphs),
spikes as bits. Weights lie on a grid on which all sums are exact, so that potentials land on the threshold again and
again, or they are continuous. A framework that is not installed is left out, which is said.
"""

import importlib.util
import sys
from pathlib import Path

FRAMEWORKS = {
    "pytorch": ["torch", "numpy"],
    "snntorch": ["torch", "numpy", "snntorch", "nir", "nirtorch"],
    "spikingjelly": ["torch", "numpy", "spikingjelly", "nir", "nirtorch"],
    "norse": ["torch", "numpy", "norse", "nir"],
}


def main():
    here = Path(__file__).resolve().parent
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else here.parent.parent / "test" / "convert" / "traces"
    folder.mkdir(parents=True, exist_ok=True)
    made = 0
    for framework, packages in FRAMEWORKS.items():
        missing = [name for name in packages if importlib.util.find_spec(name) is None]
        if missing:
            print(f"{framework}: left out, not installed: {', '.join(missing)} (see {here / 'requirements.txt'})")
            continue
        made += importlib.import_module(f"{framework}_traces").write_all(folder)
    if made == 0:
        sys.exit("traces: nothing was made")


if __name__ == "__main__":
    main()
