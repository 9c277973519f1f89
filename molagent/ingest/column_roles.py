"""Which columns of a table are no values: names, batches, relations, units, targets, assays."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from molagent.ingest.cells import NO_WARNING
from molagent.ingest.potencies import is_relation
from molagent.ingest.title_words import endpoint_like, read_title
from molagent.ingest.titles import plain_title

__all__ = ["ColumnRoles", "find_roles"]

# As `plain_title` writes them; earlier ones win. All but the first are further names.
_NAMES: Final = (
    *("proposalid", "compoundid", "corporateid", "moleculename", "compoundname", "moleculeid"),
    *("moleculechemblid", "chemblid", "canonicalposteraid", "compound", "cddname", "name"),
    *("bindingdbligandname", "ligandname", "drugname", "drugid", "regid", "regno", "regnumber"),
    *("registrationid", "registrationnumber", "corpid", "internalid", "externalid", "id", "ids"),
    *("cid", "molname", "molid", "substanceid", "substancename", "ligand", "ligandid", "title"),
    *("pubchemcid", "pubchemsid", "sid", "vendorid", "supplierid", "suppliercode", "vendorcode"),
    *("catalogid", "catalogno", "catalognumber", "catalogueno", "cataloguenumber", "catno"),
    *("zincid", "enamineid", "casnumber", "casno", "casrn", "cas", "synonym", "synonyms", "alias"),
    *("bindingdbmonomerid", "commonname", "genericname", "compoundcode", "code", "cmpdid", "cmpd"),
    *("cpd", "cpdid", "cmpd#", "cpd#", "compound#"),
    *("substanz", "substanzname", "substanznummer", "verbindung", "verbindungsname", "wirkstoff"),
    *("substance", "moleculecode", "sampleid", "samplename", "sample", "reactantsetid"),
)
_NAME_TAIL: Final = re.compile(
    r"(?:compound|molecule|cmpd|cpd|corporate|vendor|supplier|cat(?:alog(?:ue)?)?\.?|substance|drug|"
    r"ligand)[\s_.\-]*(?:id|ids|name|no\.?|nr\.?|number|code|key|#)$",
    re.I,
)
# An id of any other house, 'BROAD_ID': its cells are told from those of an id of something else.
_OWN_ID: Final = re.compile(r"^([A-Za-z]+)[\s_.\-]*ID$")
_ID_OF_ELSE: Final = frozenset(
    (
        *("result", "experiment", "exp", "run", "plate", "well", "assay", "protocol", "document"),
        *("target", "row", "record", "measurement", "file", "project", "user", "operator", "curve"),
        *("batch", "lot", "pubmed", "paper", "reference", "ref", "source", "cell", "test", "study"),
        *(
            "activity",
            "request",
            "order",
            "screen",
            "series",
            "cluster",
            "group",
            "protein",
            "gene",
        ),
        *("tube", "vial", "barcode", "container", "rack", "box", "job", "request", "data", "entry"),
    )
)
_CODE: Final = re.compile(r"^(?=\S*[A-Za-z])(?=\S*\d)[\w.\-/:]{4,}$")
_BATCHES: Final = (
    *("batch", "batchid", "batchname", "batchno", "batchnumber", "batchcode", "lot", "lotid"),
    *("lotno", "lotno.", "lotnumber", "lotname", "salesbatch", "compoundbatch", "batchref"),
)
_ORGANISMS: Final = (
    *("targetorganism", "organism", "species", "assayorganism", "targetspecies"),
    "targetsourceorganismaccordingtocuratorordatasource",
)
_TARGETS: Final = (
    *("targetchemblid", "targetname", "target", "targetid", "protein", "proteinname", "genesymbol"),
    "targetnameassignedbycuratorordatasource",
    *("gene", "enzyme", "receptor", "kinase", "uniprot", "uniprotid", "targetprefname", "isoform"),
)
_ASSAY_IDS: Final = ("assaychemblid", "assayid", "aid", "pubchemaid", "assaycode", "protocolid")
_ASSAYS: Final = (
    *("assay", "assayname", "assaydescription", "protocol", "protocolname", "assaytitle"),
    *("testname", "experimentname", "assaylabel", "assaytype"),
)
# Beside a target or alone: values of two variants are values of two targets.
_VARIANTS: Final = ("mutant", "mutation", "mutations", "variant", "genotype", "allele")
_CELLS: Final = ("cellline", "cell", "cells", "celltype", "cellname", "strain")
# What was held constant in a row: values under two conditions are never pooled.
_CONDITIONS: Final = (
    *("timepoint", "timepoints", "time", "exposuretime", "treatmenttime", "duration", "assaytime"),
    *("incubationtime", "preincubationtime", "incubation"),
    *("preincubation", "tissue", "organ", "matrix", "medium", "media", "buffer", "substrate"),
    *("condition", "conditions", "assaycondition", "assayconditions"),
)
# Many tables carry them along as no more than a remark.
_MEDIUM: Final = ("ph", "assayph", "temp", "temperature", "assaytemperature")
_TYPES: Final = (
    *("standardtype", "type", "activitytype", "measurementtype", "readout", "readouttype"),
    *("resulttype", "parameter", "endpoint", "endpointname", "measure", "measurement", "metric"),
    *("quantity", "property", "standardactivitytype", "bioactivitytype", "affinitytype"),
)
_DOSES: Final = re.compile(
    r"^(?:test(?:ed)?|assay|screening|compound)?[\s_]*(?:conc(?:entration|\.)?|dose)[\s_]*"
    r"(?:test(?:ed)?)?$",
    re.I,
)
_WARNINGS: Final = ("datavaliditycomment", "datavaliditydescription", "potentialduplicate")
# A laboratory's own verdicts count where their column holds nothing but such words.
_VERDICTS: Final = (
    *("exclude", "excluded", "invalid", "masked", "knockedout", "qc", "qcflag", "qcstatus"),
    *("qcresult", "qcoutcome", "curveqc", "passfail", "pass/fail", "rejected"),
)
_AGAINST: Final = frozenset(
    (
        *("fail", "failed", "bad", "reject", "rejected", "exclude", "excluded", "invalid", "x"),
        *("masked", "ko", "flag", "flagged", "yes", "y", "true", "1"),
    )
)
_UPPER: Final = ("standarduppervalue", "uppervalue")
_DOCUMENTS: Final = ("documentchemblid", "doi", "articledoi", "patentnumber", "documentid")
_RELATION_WORDS: Final = (
    r"(?:relation(?:ship)?|operator|oper|op|prefix|sign|symbol|qualifier|modifier|rel|mod|"
    r"qual|censor(?:ed|ing)?|inequality|comparator)"
)
# Behind what it is the relation of, or before it; what may stand there follows in brackets.
_RELATION: Final = re.compile(
    rf"(?:^|[\s_\-.(\[]){_RELATION_WORDS}[)\]]?(?:\s*[(\[][^)\]]*[)\]])?$", re.I
)
_RELATION_OF: Final = re.compile(rf"^{_RELATION_WORDS}[\s_]+(?:of[\s_]+)?", re.I)
_PERSON: Final = re.compile(r"^(?:operator|op|oper)\.?$", re.I)
_SIGNS: Final = frozenset(
    ["=", "<", ">", "<=", ">=", "=<", "=>", "==", "<<", ">>", "~", "≤", "≥", "≈"]
)
_UNIT: Final = re.compile(r"(?:^|[\s_\-.(\[])units?[)\]]?$", re.I)
_NOISE: Final = re.compile(r"^(?:standard|std|value|result|activity|measurement|measured|data)+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRoles:
    """Titles by what they are; '' or empty where the table has none.

    Attributes
    ----------
    relations, units
        Title to the words it begins with: what it is the relation, or unit, of; '' for any.
    split
        Columns whose texts tell assays apart: an assay's id, or assay, target, organism and cell.
    conditions
        Columns that tell them apart further: a mutant of the target, a time, a substrate.
    medium
        pH and temperature, which tell assays apart where one compound's rows differ in them.
    type
        Column that says what was measured.
    dose, dose_unit
        Column of test concentrations.
    warnings, upper
        What the source itself says against a value.
    """

    name: str
    aliases: tuple[str, ...]
    batch: str
    relations: Mapping[str, str]
    units: Mapping[str, str]
    split: tuple[str, ...]
    conditions: tuple[str, ...]
    medium: tuple[str, ...]
    target: str
    organism: str
    type: str
    dose: str
    dose_unit: str
    document: str
    warnings: tuple[str, ...]
    upper: str

    @property
    def titles(self) -> frozenset[str]:
        """Every title that has a role."""
        single = (self.name, self.batch, self.target, self.organism, self.type, self.dose)
        lists = (*self.aliases, *self.relations, *self.units, *self.split, *self.warnings)
        lists = (*lists, *self.conditions)
        return frozenset(filter(None, (*single, *lists, self.upper, self.document)))


def find_roles(
    header: Sequence[str], samples: Mapping[str, Sequence[str]] | None = None
) -> ColumnRoles:
    """Return what the columns are that hold no values.

    Parameters
    ----------
    samples
        Title to the texts in the first rows: a column in which nothing stands has no role, and one
        that holds nothing but signs is a relation, whatever it is called.

    Examples
    --------
    >>> roles = find_roles(["Corporate ID", "SMILES", "IC50 Operator", "IC50 (nM)", "Target"])
    >>> roles.name, dict(roles.relations), roles.split
    ('Corporate ID', {'IC50 Operator': 'IC50'}, ('Target',))
    """
    texts = samples or {}
    blank = {title for title, some in texts.items() if some and not any(some)}
    plain = {plain_title(title): title for title in reversed(header) if title not in blank}

    def first(names: Sequence[str]) -> str:
        return next((plain[name] for name in names if name in plain), "")

    named = [plain[name] for name in _NAMES if name in plain]
    named += [t for t in header if _NAME_TAIL.search(t) and t not in named and t not in blank]
    named += [t for t in header if t not in named and _is_own_id(t, texts.get(t, ()))]
    assay_id, organism, target = first(_ASSAY_IDS), first(_ORGANISMS), first(_TARGETS)
    split = (assay_id,) if assay_id else (first(_ASSAYS), target, organism, first(_CELLS))
    held = {t: plain_title(_without_unit(t)) for t in header if t not in blank and not assay_id}
    doses = [title for title in header if _DOSES.match(_without_unit(title))]
    return ColumnRoles(
        name=named[0] if named else "",
        aliases=tuple(named[1:]),
        batch=first(_BATCHES),
        relations=_relations(header, texts),
        units=_with_stem(header, _UNIT),
        split=tuple(dict.fromkeys(filter(None, split))),
        conditions=tuple(title for title in held if held[title] in (*_VARIANTS, *_CONDITIONS)),
        medium=tuple(title for title in held if held[title] in _MEDIUM),
        target=target,
        organism=organism,
        type=first(_TYPES),
        dose=doses[0] if len(doses) == 1 else "",
        dose_unit=read_title(doses[0]).unit if len(doses) == 1 else "",
        document=first(_DOCUMENTS),
        warnings=tuple(plain[name] for name in _WARNINGS if name in plain)
        + tuple(t for t in header if _is_verdict(t, texts.get(t, ()))),
        upper=first(_UPPER),
    )


def _is_verdict(title: str, texts: Sequence[str]) -> bool:
    """Return whether a column says of each row whether its value is to be used."""
    said = {text.lower() for text in texts} - {""}
    return plain_title(title) in _VERDICTS and bool(said) and said <= (_AGAINST | NO_WARNING)


def _is_own_id(title: str, texts: Sequence[str]) -> bool:
    """Return whether a column holds the codes by which some house knows its compounds."""
    match = _OWN_ID.match(title.strip())
    said = [text for text in texts if text]
    return (
        match is not None
        and match[1].lower() not in _ID_OF_ELSE
        and len(set(said)) == len(said) > 0
        and all(_CODE.match(text) for text in said)
    )


def _relations(header: Sequence[str], samples: Mapping[str, Sequence[str]]) -> dict[str, str]:
    found = _with_stem(header, _RELATION)
    for title in [title for title in found if _PERSON.match(title.strip())]:
        texts = [text for text in samples.get(title, ()) if text]
        if texts and not any(is_relation(text) for text in texts):
            del found[title]  # who ran the assay
    for title in header:
        if title not in found and (match := _RELATION_OF.match(title)):
            found[title] = title[match.end() :]
        said = {text.strip("'\" ") for text in samples.get(title, ())} - {""}
        if title not in found and said and said <= _SIGNS:
            found[title] = title if read_title(title).quantity else ""
    return {title: found[title] for title in header if title in found}


def _with_stem(header: Sequence[str], word: re.Pattern[str]) -> dict[str, str]:
    found = {}
    for title in header:
        match = word.search(title)
        if match:
            stem = title[: match.start()].strip(" _-.:")
            found[title] = "" if _NOISE.match(endpoint_like(stem)) else stem
    return found


def _without_unit(title: str) -> str:
    return re.sub(r"\s*[\[(][^\])]*[\])]\s*$|[\s_](?:[munp\u00b5\u03bc]?M)$", "", title).strip()
