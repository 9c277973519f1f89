"""Makeable by construction: reaction templates, building blocks and routes.

* `templates` reactions as data, run forward or as a checked cut; `building_blocks` what they start
  from; `cuts` a structure taken apart; `routes` a synthesis as text, JSON and picture
* `replay` a route read back from its text
* `reactions` the generator; `analogues` the nearest makeable analogue of a proposal
* `aizynth` routes from AiZynthFinder, where a site has it

A route says that the reaction types exist, not that this synthesis works: nobody has run it.
"""
