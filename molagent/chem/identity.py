"""Identity of a structure at several depths."""

from rdkit import Chem, rdBase
from rdkit.Chem import RegistrationHash
from rdkit.Chem.RegistrationHash import HashLayer

from molagent.chem.interrupts import keep_interrupts
from molagent.chem.molecules import parse_smiles
from molagent.errors import StructureError

__all__ = ["connectivity_block", "identity_keys", "inchikey", "stereo_key", "tautomer_key"]


def inchikey(smiles: str) -> str:
    """Return the standard InChIKey.

    Raises
    ------
    StructureError
        If InChI cannot be computed.

    Examples
    --------
    >>> inchikey("CCO")
    'LFQSCWFLJHTTHZ-UHFFFAOYSA-N'
    """
    mol = parse_smiles(smiles)
    with rdBase.BlockLogs():
        key = Chem.MolToInchiKey(mol)  # type: ignore[no-untyped-call]
    if not key:
        raise StructureError(f"InChI fails on {smiles!r}", remedy="correct the structure")
    return str(key)


def connectivity_block(key: str) -> str:
    """Return the first block of an InChIKey: stereo and isotopes do not count.

    Examples
    --------
    >>> connectivity_block("LFQSCWFLJHTTHZ-UHFFFAOYSA-N")
    'LFQSCWFLJHTTHZ'
    """
    return key.split("-", 1)[0]


def stereo_key(smiles: str) -> str:
    """Return RDKit's registration hash without stereochemistry."""
    return str(_layers(smiles)[HashLayer.NO_STEREO_SMILES])


def tautomer_key(smiles: str) -> str:
    """Return RDKit's registration hash without stereochemistry and tautomeric state."""
    return str(_layers(smiles)[HashLayer.NO_STEREO_TAUTOMER_HASH])


def identity_keys(smiles: str) -> tuple[str, str]:
    """Return what :func:`stereo_key` and :func:`tautomer_key` give, computed once.

    Examples
    --------
    >>> identity_keys("Oc1ccccn1")[1] == identity_keys("O=c1cccc[nH]1")[1]
    True
    """
    layers = _layers(smiles)
    return str(layers[HashLayer.NO_STEREO_SMILES]), str(layers[HashLayer.NO_STEREO_TAUTOMER_HASH])


def _layers(smiles: str) -> dict[HashLayer, str]:
    with rdBase.BlockLogs(), keep_interrupts():
        layers: dict[HashLayer, str] = RegistrationHash.GetMolLayers(
            parse_smiles(smiles), enable_tautomer_hash_v2=True
        )
    return layers
