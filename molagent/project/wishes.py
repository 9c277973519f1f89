"""A chemist's words in ``[generate]``: leads, parts to keep or avoid, and sizes."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from molagent.campaign.parts import ProposalLimits
from molagent.campaign.sizes import SizeLimit, size_limit
from molagent.chem.molecules import readable_mol
from molagent.chem.standardize import standardize_smiles
from molagent.config import CampaignConfig
from molagent.errors import ConfigError, StructureError
from molagent.project.series_rules import campaign_series, knowledge_of, potency_frame
from molagent.records import SeedCompound
from molagent.store.database import Database

if TYPE_CHECKING:
    import pandas as pd

    from molagent.screen.wishes import Wishes

__all__ = [
    "campaign_leads",
    "campaign_limits",
    "campaign_size",
    "campaign_wishes",
    "size_of_series",
]

_NAMED = """
SELECT compound_id FROM compound WHERE compound_id = $name
UNION SELECT compound_id FROM compound_alias WHERE alias = $name
"""


def campaign_size(config: CampaignConfig, measured: "pd.DataFrame") -> SizeLimit:
    """Return the largest proposal of a campaign, and where the number is from."""
    return size_of_series(config, potency_frame(config, measured))


def size_of_series(config: CampaignConfig, frame: "pd.DataFrame") -> SizeLimit:
    """Return the same from the main endpoint's values: of the series of the leads that are drawn.

    Parameters
    ----------
    frame
        ``compound_id, smiles, p_value``; see :func:`molagent.sar.motifs.potent`.
    """
    from molagent.sar.motifs import potent

    if frame.empty:
        return size_limit(config.generate, frame)
    best = potent(frame)
    leads = [mol for mol in map(readable_mol, config.generate.lead) if mol is not None]
    if not leads:
        return size_limit(config.generate, best)
    knowledge = knowledge_of(frame)
    homes = [home for home, _ in map(knowledge.lost, leads) if home is not None]
    mine = best["compound_id"].isin([name for home in homes for name in home.compound_ids])
    return size_limit(config.generate, best[mine] if mine.any() else best)


def campaign_wishes(config: CampaignConfig, measured: "pd.DataFrame") -> "Wishes":
    """Return what the campaign file asks of every structure.

    Raises
    ------
    ConfigError
        If a part is neither SMILES nor SMARTS.
    """
    from molagent.screen.wishes import Wishes

    generate, size = config.generate, campaign_size(config, measured)
    wishes = Wishes(
        core=generate.core,
        protect=generate.protect,
        require=generate.require,
        forbid=generate.forbid,
        smallest=generate.min_heavy_atoms,
        largest=size.atoms,
        why_largest=f" ({size.why})",
    )
    wishes.check()
    return wishes


def campaign_limits(config: CampaignConfig, measured: "pd.DataFrame") -> ProposalLimits:
    """Return what generators are told of the campaign file's wishes."""
    from molagent.screen.wishes import pattern_of

    wishes, size = campaign_wishes(config, measured), campaign_size(config, measured)
    return ProposalLimits(
        core=wishes.core,
        required=wishes.required,
        forbidden=tuple(pattern_of(text, "forbid") for text in wishes.forbid),
        max_heavy_atoms=size.atoms,
        why_max=size.why,
        notes=tuple(_notes(config, measured)),
    )


def _notes(config: CampaignConfig, measured: "pd.DataFrame") -> Iterator[str]:
    """Say of each series how much of it is kept, without saying what."""
    if config.generate.motifs != "keep":
        return
    for each in campaign_series(config, measured).series:
        if each.rules:
            yield (
                f"series {each.series}, {len(each.smiles)} potent compounds: {len(each.rules)} "
                "cores and motifs that it never varied are kept; what lost one is held back"
            )


def campaign_leads(
    config: CampaignConfig, db: Database, measured: "pd.DataFrame"
) -> Sequence[SeedCompound]:
    """Return what the campaign starts from; one that is not in the data is ``lead-1`` and so on.

    Raises
    ------
    ConfigError
        If a lead is neither a SMILES nor a name or id of the data, or a name of several compounds.
    """
    ids = dict(zip(measured["smiles"], measured["compound_id"], strict=True))
    smiles_of = {name: smiles for smiles, name in ids.items()}
    leads = []
    for number, text in enumerate(config.generate.lead, start=1):
        found = [
            name for name in db.query(_NAMED, {"name": text})["compound_id"] if name in smiles_of
        ]
        if len(found) > 1:
            raise ConfigError(
                f"{text!r} names {len(found)} compounds of the data",
                place="[generate] lead",
                remedy=f"give the id of one: {', '.join(sorted(found))}",
            )
        smiles = smiles_of[found[0]] if found else _drawn(text)
        name = ids.get(smiles, f"lead-{number}")
        leads.append(SeedCompound(smiles=smiles, compound_id=name))
    return tuple(leads)


def _drawn(text: str) -> str:
    try:
        return standardize_smiles(text)
    except StructureError as error:
        raise ConfigError(
            f"{text!r} is neither a structure nor the name of a compound with a value",
            place="[generate] lead",
            remedy="give a SMILES, or a name or id as the data has it",
        ) from error
