"""Systematic chemical names in text: words that are made of nothing but the pieces of such names.

A name of a compound is a structure in words. Which words are one is a written rule: each run of
letters falls into roots and endings of nomenclature, and there are locants, or roots enough.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

__all__ = ["find_names"]
_WORD: Final = re.compile(r"\S+")
_ROOTS: Final = frozenset(
    _WORD.findall(
        """
    meth eth prop but pent hex hept oct nonan dec undec dodec hexadec octadec allyl vinyl
    propargyl phenyl phen phenoxy benz benzo benzyl benzoyl benzhydr tolu toluen tolyl xylen
    xylyl anilin anilino anisol styr naphth naphthal anthrac fluoren biphenyl adamant
    norborn pyrid pyridin pyridazin pyrimid pyrimidin pyrazin triazin pyrrol pyrrolo
    pyrrolid pyrrolidin pyraz pyrazol pyrazolo imidaz imidazol imidazo thiaz thiazol
    thiazolo oxaz oxazol oxazolo isoxaz isoxazol isothiaz isothiazol triaz triazol triazolo
    tetraz tetrazol oxadiaz oxadiazol thiadiaz thiadiazol fur furan furo furyl thien thieno
    thienyl thioph thiophen indol indolin indolo indaz indazol indan inden isoindol
    isoindolin quinol quinolin isoquinol isoquinolin quinazolin quinoxalin cinnolin
    phthalazin naphthyridin purin pteridin carbazol acridin phenothiazin phenazin chromen
    chroman coumarin xanthen benzimidazol benzothiazol benzoxazol benzofuran benzothiophen
    benzodiazepin piperid piperidin piperidyl piperaz piperazin morphol morpholin morpholino
    thiomorpholin azetidin azetid aziridin azep azepan azepin azocan diazepan diazepin
    oxetan oxiran oxiranyl oxan oxolan dioxol dioxolan dioxan thian thiolan pyran pyrano
    tropan quinuclidin tetrahydro dihydro hexahydro octahydro perhydro hydro cyclo bicyclo
    tricyclo spiro amino amin amine amid amide amido anilid carboxamid carboxamide carbox
    carboxyl carboxylic carbonyl carbaldehyd carbam carbamoyl carbamat carbonitril nitril
    nitrile cyano cyanid isocyanat isocyan isothiocyan nitro nitroso hydrazin hydrazid
    hydrazon hydroxy hydroxyl methoxy ethoxy oxy oxo oxid thioxo sulfon sulfonyl sulfonamid
    sulfin sulfinyl sulfam sulfamoyl sulfanyl sulfo sulfid sulfoxid thio thiol mercapto
    phosph phosphon phosphoryl phosphat boron borol silyl silan stann halo fluoro fluor
    chloro chlor bromo brom iodo iod trifluoro difluoro acet acetic aceto acetyl acetoxy
    acetamid acetat form formyl formamid acryl acrylo acrylamid croton malon succin
    succinimid glutar adip fumar male oxal citr tartr lact lacton lactam salicyl phthal
    phthalimid cinnam ure urea ureido thiourea guanid guanidin amidin imino imin imid azido
    azo diazo keton aldehyd ester ether anhydrid epoxy peroxy glucos ribos guanin adenin
    adenosin cytosin thymin thymidin uracil uridin xanthin cholest pregn androst estr penam
    cephem barbitur hydantoin thiazolidin oxazolidin oxazolidinon imidazolidin glycin alanin
    valin leucin prolin serin tyrosin tryptoph lysin arginin histidin
    """
    )
)
_ENDINGS: Final = frozenset(
    _WORD.findall(
        """
    yl ylidene yliden idene ane an ene en yne yn ol one on al oic ic oyl ate at ide id ine
    in ium io ol ole olo ino acid o a e di tri tetra penta hexa bis tris mono per iso neo
    tert sec cis trans endo exo alpha beta gamma nor des deutero
    """
    )
)
_LONGEST: Final = max(map(len, _ROOTS))
_TOKEN: Final = re.compile(r"[A-Za-z0-9(\[{](?:[A-Za-z0-9()\[\]{},'.+*^~]|-(?:[ \t]*\r?\n)?)+")
_LETTERS: Final = re.compile(r"[A-Za-z]+")
_LOCANT: Final = re.compile(r"\d[a-z]?'?[,\-)\]]|[-,(\[]\d|\((?:[RSEZrsez],?\d*)+\)|\b[NOS]-")
_NOT_A_WORD: Final = 80  # no word has so many letters
_WITH_LOCANTS: Final = 7
_WITHOUT: Final = 10


def find_names(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of what reads as a systematic name.

    Examples
    --------
    >>> text = "as in 7H-pyrrolo[2,3-d]pyrimidine, a 5-membered ring beside a C1-4 alkyl"
    >>> [text[start:end] for start, end in find_names(text)]
    ['7H-pyrrolo[2,3-d]pyrimidine,']
    """
    for match in _TOKEN.finditer(text):
        if _is_name(match.group()):
            yield match.span()


@lru_cache(maxsize=8192)
def _is_name(token: str) -> bool:
    words = [word for word in _LETTERS.findall(token) if len(word) > 2]
    if any(len(word) > _NOT_A_WORD for word in words):
        return True
    letters = sum(map(len, words))
    if letters < _WITH_LOCANTS:
        return False
    roots = [_roots(word.lower()) for word in words]
    chemical = sum(len(word) for word, n in zip(words, roots, strict=True) if n >= 0)
    n_roots = sum(n for n in roots if n > 0)
    if _LOCANT.search(token):
        return n_roots >= 1 and chemical >= _WITH_LOCANTS and 10 * chemical >= 6 * letters
    return n_roots >= 2 and letters >= _WITHOUT and chemical == letters


@lru_cache(maxsize=8192)
def _roots(word: str) -> int:
    """Return the most roots that a word falls into with endings between them, -1 if it does not."""
    most = [-1] * (len(word) + 1)
    most[0] = 0
    for start in range(len(word)):
        if most[start] < 0:
            continue
        for end in range(start + 1, min(len(word), start + _LONGEST) + 1):
            piece = word[start:end]
            if piece in _ROOTS:
                most[end] = max(most[end], most[start] + 1)
            elif piece in _ENDINGS:
                most[end] = max(most[end], most[start])
    return most[len(word)]
