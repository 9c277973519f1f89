"""Two dozen structures in the manner of JAK inhibitors: six tails on four frames."""

_CORE = "c1ncnc2[nH]ccc12"
_TAILS = ("C(=O)CC#N", "C(=O)C8CC8", "S(=O)(=O)CC", "C(=O)NCC(F)(F)F", "c8ccc(F)cc8", "C(=O)CO")
_FRAMES = (
    "C[C@@H]1CCN({tail})C[C@@H]1N(C)" + _CORE,
    "N#CCC1(CN({tail})C1)n1cc(cn1)-" + _CORE,
    "CN([C@H]1C[C@@H](C1)N{tail})" + _CORE,
    "CC[C@@H]1CN({tail})C[C@@H]1c1cnc2cnc3[nH]ccc3n12",
)
JAK_LIKE = [frame.replace("{tail}", tail) for tail in _TAILS for frame in _FRAMES]
