"""What the title of one column says: a quantity, a unit, a scale, a condition, or no result.

A title is all that most exports say of a column. The rules are in the order in which they hold:
a percent sign goes before any other unit, a number in front of a unit makes it a condition, and a
word like SD or R2 makes the column something that stands beside a result.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from molagent.units import dimension_of, split_scale

__all__ = [
    "POTENCIES",
    "TitleWords",
    "is_logarithm",
    "is_potency",
    "quantity_dimension",
    "read_title",
]

#: Concentrations that have a p scale.
POTENCIES: Final = (
    *("Ki", "IC50", "EC50", "Kd", "AC50", "CC50", "XC50", "GI50", "TC50", "IC90", "EC90", "MIC90"),
    *("MIC50", "MIC"),
)
_P_WORDS: Final = "|".join((*POTENCIES, "chembl", "activity", "act"))
# Words of what was measured, and the dimension that its unit has to be of; the first that fits.
_MEASURED: Final[tuple[tuple[str, str, str], ...]] = (
    (r"(?:%|percent|pct)?\s*(?:inh(?:ibition|ib)?|hemmung)\b", "inhibition", "percent"),
    (r"activation|agonism|stimulation|efficacy|emax|viability|displacement|block", "", "percent"),
    (r"remaining|residual|of control|survival|recovery|bioavailability", "", "percent"),
    (r"ppbr?\b|hppb|rppb|plasma protein binding|protein binding|\bfu\b|unbound", "", "percent"),
    (r"k?sol\b|solubility|aqsol|log\s?s\b", "solubility", "amount_per_volume"),
    (r"clint|\bcl\b|clearance|cl int", "clearance", "clearance"),
    (r"half[\s-]?life|t\s?1/2|t½|residence time|metabolic stability", "half-life", "time"),
    (r"efflux|\ber\b", "efflux ratio", "ratio"),
    (r"papp|permeability|pampa|caco|mdck|apparent perm", "permeability", "permeability"),
    (r"selectivity|ratio", "", "ratio"),
    (r"log\s?d|log\s?p(?!app)|logbb|log\s?k", "", "logarithm"),
    (r"\btm\b|melting|thermal shift|dsf", "", "temperature"),
    (r"vd\s?ss|\bvd\b|\bvss\b|volume of distribution", "volume of distribution", "volume"),
    (r"ld50", "LD50", "dose"),
    (r"free energy|delta\s?g|\bdg\b", "free energy", "energy"),
    (r"signal|fluorescence|luminescence", "signal", "signal"),
    (r"activity|response|binding|potency", "", ""),
)
_DIMENSIONS_OF: Final = {
    "clearance": ("clearance_microsome", "clearance_cell", "clearance_body"),
    "volume": ("volume_per_weight",),
    "amount_per_volume": ("amount_per_volume", "concentration"),
}
# A bracketed text may be one of these units and mean something else: '(s)' is a plural, '(M)' a
# male, '(min)' a minimum, '(d)' a deuterium. They count only beside a word that asks for them.
_NEEDS_WORD: Final = frozenset({"time", "temperature", "ratio", "logarithm", "signal", "class"})
_SHORTEST_UNIT: Final = 2

_POTENCY: Final = re.compile(rf"(?<![a-z])({'|'.join(POTENCIES)})(?![a-z])", re.I)
_P_SCALE: Final = re.compile(rf"(?<![a-z0-9])p[\s_]?({_P_WORDS})(?![a-z])", re.I)
_MINUS_LOG: Final = re.compile(r"(?<!\w)[-\u2212]\s*log(?:10)?(?![a-z]{3})", re.I)
_LOG: Final = re.compile(r"(?<![a-z])log(?:10)?(?=[\s_(\[])", re.I)
_LOG_SOLUBILITY: Final = re.compile(r"(?<![a-z])log\s?s(?![a-z])", re.I)
_GLUED_LOG: Final = re.compile(r"(log(?:10)?)(?=(?:[ieax]c50|ki|kd)(?![a-z]))", re.I)
_CAPITALS: Final = re.compile(r"(?<![A-Za-z])[NU]M(?![A-Za-z])")  # IC50_NM
_SLASHED: Final = re.compile(r"\s*/\s*(?=(?:[munp\u00b5\u03bc]?M|%)$)")
_LN: Final = re.compile(r"(?<![a-z])ln[\s_(\[]", re.I)
_COMPUTED: Final = re.compile(
    r"(?<![a-z])(?:[acxsmiw]logp\d?|[acxs]logd|mlogp|calculated|calc|predicted|pred|computed|docked|tpsa|psa|hba|hbd|"
    r"rotb|qed|lle|lipe|le|fsp3|sa score|heavy atoms?)(?![a-z])",
    re.I,
)
# What is said of a value, whatever else the title names.
_STATISTIC: Final = re.compile(
    r"(?<![a-z])(?:s\.?d\.?|s\.?e\.?m?\.?|std|stdev|stddev|std\.? ?dev|std\.? ?err|stderr|"
    r"standard (?:deviation|error)|deviation|error|err|variance|cv|ci|c\.i\.|conf(?:idence)?|"
    r"lower|upper|low|high|count|counts|number|num|hill|slope|n ?h|r2|r\^2|r²|rsq|"
    r"r squared|chi2?|p ?value|z ?score|z'|outlier|modifier|min|max|minimum|maximum|range|rank|"
    r"inflection|top|bottom|conc|concentration|flag|comments?|remarks?|curve class|price|fit)"
    r"(?![a-z])",
    re.I,
)
# Of a potency these are how two of them compare, and none of their own.
_COMPARED: Final = re.compile(
    r"[\u0394\u2206]\s*p?(?=[a-z])|(?<![a-z])(?:delta|fold|shift|ratio|change|selectivity|kinact)(?![a-z])",
    re.I,
)
_LAST_N: Final = re.compile(r"(?:^|[\s_(\[#])[#]?n(?:\s?[)\]])?\s*$", re.I)
_NOT_STATISTIC: Final = re.compile(
    r"(?:inhibitory|effective|active|cytotoxic) conc(?:entration)?|p ?value(?= ?chembl)|"
    r"(?<=chembl) ?value|high ?throughput|low ?density|standard[_ ]?value",
    re.I,
)
# What is no result of an assay unless the title says that one was measured.
_NO_RESULT: Final = re.compile(
    r"(?<![a-z])(?:purity|reinheit|ausbeute|ee|de|e\.e\.|enantiomeric excess|retention|rt|tr|"
    r"r\.t\.|yield|mass|"
    r"weight|mw|amount|volume|dose|date|year|day|month|time|temp|temperature|ph|ids?|no|nr|"
    r"lot|batch|pmid|pubmed|pmcid|doi|gene|taxid|accessions?|page|row|well|plate|version|"
    r"chains?|score|rank|density|conductivity|optical rotation|mp|bp|melting point|kon|koff|"
    r"k ?on|k ?off|stoichiometry|equivalents?|eq|logmw|cas)(?![a-z])",
    re.I,
)
_SUMMARY: Final = re.compile(
    r"(?<![a-z])(?:geo(?:metric)?[\s_]?mean|mean|avg|average|median)(?![a-z])", re.I
)
_REPLICATE: Final = re.compile(
    r"[\s_(\[]*(?:#|(?:\b|_)(?:rep(?:licate|eat|l)?|run|exp(?:eriment)?|test|trial|measurement))"
    r"[\s_.#]*(\d{1,2}|[A-D])(?![a-z0-9])[)\]]?",
    re.I,
)
# A second SD field of one name, and how pandas tells two columns of one title apart.
_AGAIN: Final = re.compile(
    r"(?:\s\((\d{1,2})\)|(?:(?<=[^\W\d])|(?<=[\])])|(?<=[ieax]c50)|(?<=c90))\.(\d{1,2}))$", re.I
)
_BRACKET: Final = re.compile(r"[\[({]([^\[\](){}]*(?:\([^()]*\)[^\[\](){}]*)?)[\])}]")
_NUMBER: Final = r"\d+(?:[.,]\d+)?(?:e[+-]?\d+)?"
_AT: Final = re.compile(
    rf"(?:@|(?<![a-z])at(?![a-z])|=)?[\s_]*(?<![\w^.])({_NUMBER})[\s_-]*"
    r"([munp\u00b5\u03bc]?M|[munp\u00b5\u03bc]?mol/L|[mun\u00b5\u03bc]g/mL|mg/kg|%|h|hr|hrs|min|mins|s|d|"
    r"days?|hours?|°?C|K)(?![A-Za-z0-9/])"
    r"(?P<of>\s+(?:(?:human|mouse|rat|bovine)\s)?(?:serum|plasma|blood|fbs|fcs|bsa|hsa|dmso|atp|"
    r"pre-?inc\w*|inc\w*)(?![a-z])\.?)?",
    re.I,
)
_LOWERED: Final = str.maketrans(
    "\u2080\u2081\u2082\u2083\u2084\u2085\u2086\u2087\u2088\u2089\u1d62", "0123456789i"
)
_PARTED: Final = re.compile(r"(?<![a-z])(p?(?:[ieacxtg]c|gi|mic|ld))[\s-]+(?=[59]0(?!\d))", re.I)
_INDEXED: Final = re.compile(r"(?<![A-Za-z])(p?K) (?=[id](?![A-Za-z]))")  # K_i
_HALF_LIFE: Final = re.compile(r"(?<![a-z])t\s?(?:\u00bd|1/2)", re.I)
# 'Ki,app', 'IC50 (app.)', 'apparent Kd': a potency under the assay's own conditions.
_APPARENT: Final = re.compile(
    r"(?<![a-z])apparent[\s_]+(?=p?(?:[ieax]c50|ki|kd)(?![a-z]))|"
    r"(?<=ki|kd|50)(?:[\s_,.;^-]*app(?:arent)?\b\.?|\s*[(\[{]\s*app(?:arent|\.)?\s*[)\]}])",
    re.I,
)
_APP: Final = "app"
# Behind a value's title: its cells say '5 \u00b1 0.3'.
_SPREAD_OF: Final = (
    r"(?:\u00b1|\+/-|\+-)\s*"
    r"(?:s\.?d\.?|s\.?e\.?m?\.?|std(?:ev)?|std\.? ?(?:dev|err)|error|95 ?% ?ci|ci)?(?![a-z])"
)
_SPREAD: Final = re.compile(rf"(?<=\w|[)\]])\s*(?:[(\[]\s*{_SPREAD_OF}\s*[)\]]|{_SPREAD_OF})", re.I)
# What is said of a value and makes no other assay of it.
_COUNTED: Final = re.compile(
    r"[\s,;]*(?:[(\[]\s*n\s*=\s*\d+\s*[)\]]|(?<![a-z0-9])n\s*=\s*\d+)", re.I
)
_TARGET: Final = re.compile(r"^(?:target|protein|gene)\s*[:=]\s*", re.I)
_IN: Final = re.compile(r"\s+in\s*$|^\s*in\s+", re.I)  # 'IC50 in nM'
_EDGE: Final = re.compile(r"^[\s_:;,|./-]+|[\s_:;,|/-]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleWords:
    """What a title says of a column.

    Attributes
    ----------
    beside
        Why the column is no result, or ''.
    subject
        What is left when quantity, unit, replicate and condition are taken away: the target.
    target
        What stands in brackets and is no unit.
    quantity
        ``IC50``, ``inhibition``; '' where no word of it stands there.
    unit, scale
        '' and ``linear`` where the title says neither.
    dimension
        Of the value, where the unit alone would say another one.
    condition
        ``10 uM``, ``24 h``, ``app`` of an apparent Ki: it belongs to the name of the endpoint.
    tested_at
        The condition, where it is a concentration of a percentage.
    replicate
        Number or letter of a repeat, or ''.
    summary
        ``mean``, ``geomean``, ``median``, or ''.
    """

    title: str
    beside: str = ""
    subject: str = ""
    target: str = ""
    quantity: str = ""
    unit: str = ""
    scale: str = "linear"
    dimension: str = ""
    condition: str = ""
    tested_at: str = ""
    replicate: str = ""
    summary: str = ""

    @property
    def is_result(self) -> bool:
        """Whether a unit or a scale says how the numbers are read, and nothing speaks against."""
        return not self.beside and bool(self.unit or self.scale in ("p", "class"))

    @property
    def is_apparent(self) -> bool:
        """Whether it is a potency under the assay's own conditions, as ``Ki,app``."""
        return self.condition.split(",")[0] == _APP


def is_potency(quantity: str) -> bool:
    """Return whether a quantity is a concentration that has a p scale.

    Examples
    --------
    >>> is_potency("ic50"), is_potency("solubility")
    (True, False)
    """
    return quantity.strip().lower() in {name.lower() for name in POTENCIES}


@lru_cache(maxsize=1_024)
def is_logarithm(quantity: str) -> bool:
    """Return whether a quantity is a logarithm by its name, so that no unit stands beside it.

    Examples
    --------
    >>> is_logarithm("LogD pH 7.4"), is_logarithm("logS"), is_logarithm("CLint")
    (True, False, False)
    """
    return _quantity(quantity)[1] == "logarithm" and not _LN.search(quantity)


@lru_cache(maxsize=1_024)
def quantity_dimension(quantity: str, unit: str) -> str:
    """Return the dimension of a quantity where its unit alone would say another one, else ''.

    Examples
    --------
    >>> quantity_dimension("Solubility", "uM"), quantity_dimension("MIC", "ug/mL")
    ('amount_per_volume', 'concentration')
    """
    found = dimension_of(split_scale(unit)[1])
    if found == "concentration" and re.search(_MEASURED[4][0], quantity, re.I):
        return "amount_per_volume"
    if found == "amount_per_volume" and is_potency(quantity):
        return "concentration"
    return ""


def read_title(title: str) -> TitleWords:
    """Read one title.

    Examples
    --------
    >>> words = read_title("hERG % inhibition @ 10 µM")
    >>> words.subject, words.quantity, words.unit, words.tested_at
    ('hERG', 'inhibition', '%', '10 µM')
    >>> read_title("IC50 (nM) [JAK2]").target, read_title("EC50 nM rep 2").replicate
    ('JAK2', '2')
    >>> read_title("Target A pIC50 StDev").beside, read_title("PubMed ID(s)").is_result
    ('StDev', False)
    """
    plain = _GLUED_LOG.sub(r"\1 ", _written_plainly(title.replace("_", " ").strip()))
    apparent = bool(_APPARENT.search(plain))
    plain = _APPARENT.sub("", plain)
    if _POTENCY.search(plain):
        plain = _CAPITALS.sub(lambda match: f"{match[0][0].lower()}M", plain)
    text, replicate = _without_replicate(_SLASHED.sub(" ", plain))
    unit, scale, rest, asides = _without_units(text)
    rest, condition, tested = _without_conditions(rest)
    if "%" in rest or re.search(r"(?<![a-z])(?:percent|pct)(?![a-z])", rest, re.I):
        unit, scale = "%", "linear"
        rest = re.sub(r"%|(?<![a-z])(?:percent|pct)(?![a-z])", " ", rest, flags=re.I)
    if not unit and scale == "linear":
        unit, rest = _bare_unit(rest)
    scale, unit, rest = _scaled(scale, unit, rest)
    quantity, kind, subject = _quantity(rest)
    beside = _beside(title, rest, quantity, asides)
    if _LN.search(text):
        beside = beside or "natural logarithm"
    found = dimension_of(unit) if unit else ""
    if not beside and unit and not _fits(found, unit, quantity, kind):
        unit = ""
    target = next((aside for aside in asides if aside), "")
    summary = _summary(subject)
    subject = _trimmed(_SUMMARY.sub(" ", subject)) if quantity else _trimmed(subject)
    if quantity and subject.isdecimal() and not replicate:
        subject, replicate = "", subject  # pKi_1, pKi_2
    return TitleWords(
        title=title,
        beside=beside,
        subject=subject,
        target="" if endpoint_like(target) in endpoint_like(subject) else target,
        quantity=quantity,
        unit=unit,
        scale=scale,
        dimension=_dimension(kind, quantity, found, scale),
        condition=", ".join(filter(None, [_APP if apparent else "", condition])),
        tested_at=tested if unit == "%" else "",
        replicate=replicate,
        summary=summary,
    )


def _written_plainly(text: str) -> str:
    """Return a title without subscripts, spreads and counts: ``IC50 +/- SD (nM), n=2``."""
    plain = _INDEXED.sub(r"\1", _PARTED.sub(r"\1", text.translate(_LOWERED)))
    return _COUNTED.sub("", _SPREAD.sub("", _HALF_LIFE.sub("half-life", plain)))


def endpoint_like(text: str) -> str:
    """Return a text's letters and digits, to compare names."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _without_replicate(text: str) -> tuple[str, str]:
    again = _AGAIN.search(text)
    if again:
        return text[: again.start()].strip(), again[1] or str(int(again[2]) + 1)
    match = _REPLICATE.search(text)
    if match is None:
        return text, ""
    return f"{text[: match.start()]} {text[match.end() :]}".strip(), match[1]


def _without_units(text: str) -> tuple[str, str, str, tuple[str, ...]]:
    """Return the unit and scale that stand in brackets, the rest, and what else brackets hold."""
    unit, scale = "", "linear"
    asides: list[str] = []
    rest, end = "", 0
    for match in _BRACKET.finditer(text):
        inside = match[1].strip()
        spoken, inner, others = _unit_inside(inside)
        known = spoken == "p" or bool(inner)
        rest += text[end : match.start()]
        end = match.end()
        if known and not (unit or scale != "linear"):
            unit, scale = inner if spoken != "p" else "", spoken
            rest += f" {others} "
        elif known:
            rest += " "
        elif (
            _POTENCY.search(inside)
            or _AT.search(inside)
            or _STATISTIC.search(inside)
            or "%" in inside
        ):
            rest += f" {inside} "
        elif match.start() > 0 and text[match.start() - 1].isalpha() and len(inside) == 1:
            rest += " "  # a plural: ID(s)
        else:
            asides.append(_TARGET.sub("", inside))
            rest += " "
    rest += text[end:]
    return unit, scale, rest, tuple(asides)


def _unit_inside(inside: str) -> tuple[str, str, str]:
    """Return the scale and the unit in one pair of brackets, and what stands beside them."""
    parts = [part.strip() for part in re.split(r"[,;]\s", inside) if part.strip()]
    for part in parts:
        spoken, inner = split_scale(part)
        if spoken == "p" or dimension_of(inner):
            return spoken, inner, " ".join(other for other in parts if other != part)
    return "linear", "", ""


def _without_conditions(text: str) -> tuple[str, str, str]:
    """Return a text without what was held constant, all of that, and the concentration in it."""
    found = list(_AT.finditer(text))
    said = [f"{match[1]} {match[2]}{(match['of'] or '').rstrip('.')}" for match in found]
    molar = [f"{m[1]} {m[2]}" for m in found if dimension_of(m[2]) in _TESTED]
    return _AT.sub(" ", text), ", ".join(said), molar[0] if molar else ""


_TESTED: Final = ("concentration",)


def _bare_unit(text: str) -> tuple[str, str]:
    """Return a unit that stands as a word of its own: ``EC50 nM``, ``KSOL ug/mL``."""
    for match in re.finditer(r"(?<=\s)\S+", text):
        word = match[0]
        long = len(word) >= _SHORTEST_UNIT or (word == "M" and text.endswith(" M"))
        found = dimension_of(word) if long else ""
        if found and found not in _NEEDS_WORD:
            return word, f"{text[: match.start()]} {text[match.end() :]}"
    return "", text


def _scaled(scale: str, unit: str, text: str) -> tuple[str, str, str]:
    """Return the scale that words say: ``pIC50``, ``-log10 IC50``, ``LOG CLint``."""
    if scale != "linear":
        return scale, unit, text
    if _P_SCALE.search(text):
        return "p", "", text
    if _MINUS_LOG.search(text) and _POTENCY.search(text):
        return "p", "", _MINUS_LOG.sub(" ", text)
    if _LOG_SOLUBILITY.search(text) and unit != "log":
        return "log10", unit, text
    if _LOG.search(text) and unit and unit != "log":
        return "log10", unit, _LOG.sub(" ", text)
    return scale, unit, text


def _quantity(text: str) -> tuple[str, str, str]:
    """Return what was measured, the dimension that it has, and the text without it."""
    match = _P_SCALE.search(text)
    if match:
        return _spelled(match[1]), "concentration", _cut(text, match)
    match = _POTENCY.search(text)
    if match:
        return _spelled(match[1]), "concentration", _cut(text, match)
    for pattern, name, dimension in _MEASURED:
        found = re.search(rf"(?<![a-z])(?:{pattern})", text, re.I)
        if found:
            named = name or _trimmed(found[0])
            # 'Trypsin: Inhibition' is of trypsin; 'HLM CLint' is one name.
            cut = _cut(text, found) if name == "inhibition" else text
            return named, dimension, cut
    return "", "", text


def _cut(text: str, match: re.Match[str]) -> str:
    return f"{text[: match.start()]} {text[match.end() :]}"


def _summary(text: str) -> str:
    match = _SUMMARY.search(text)
    word = endpoint_like(match[0]) if match else ""
    return {"avg": "mean", "average": "mean", "geometricmean": "geomean"}.get(word, word)


def _beside(title: str, text: str, quantity: str, asides: tuple[str, ...]) -> str:
    plain = _NOT_STATISTIC.sub(" ", " ".join((text, *asides)))
    for pattern in (_COMPUTED, _STATISTIC, _LAST_N):
        if found := pattern.search(plain):
            return found[0].strip(" _()[]#") or "n"
    if is_potency(quantity) and (found := _COMPARED.search(plain)):
        return found[0].strip()
    words = re.sub(r"[^A-Za-z0-9.]+", " ", title)
    if not quantity and (found := _NO_RESULT.search(words)):
        return found[0]
    return ""


def _fits(found: str, unit: str, quantity: str, kind: str) -> bool:
    """Return whether a unit is one, beside what the title says was measured."""
    if found in _NEEDS_WORD or (len(unit.strip()) < _SHORTEST_UNIT and unit != "%"):
        wanted = _DIMENSIONS_OF.get(kind, (kind,))
        return bool(quantity) and found in wanted
    return bool(found)


def _dimension(kind: str, quantity: str, found: str, scale: str) -> str:
    if kind == "amount_per_volume" and found == "concentration":
        return "amount_per_volume"
    if is_potency(quantity) and found == "amount_per_volume" and scale != "p":
        return "concentration"
    return ""


def _spelled(word: str) -> str:
    return next((name for name in POTENCIES if name.lower() == word.lower()), word)


def _trimmed(text: str) -> str:
    return _EDGE.sub("", re.sub(r"\s+", " ", _IN.sub("", text)))
