"""A worker that takes the place of a real one: it hangs and crashes when it is told to."""

PROGRAM = """
import json, os, sys, time
print("[]", flush=True)
for line in sys.stdin:
    smiles = json.loads(line)
    if smiles == "STUCK":
        time.sleep(600)
    if smiles == "CRASH":
        os._exit(7)
    print(json.dumps(ANSWER), flush=True)
"""


def fake_worker(answer: str) -> str:
    """Return the program; `answer` is the expression of what it says of `smiles`."""
    return PROGRAM.replace("ANSWER", answer)
