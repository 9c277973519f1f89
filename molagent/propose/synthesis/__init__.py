"""Makeable by construction: reaction templates, building blocks and routes.

* `templates`, `template_file` reactions as data, run forward or as a checked cut;
  `building_blocks` what they start from
* `routes` a synthesis as text, JSON and picture; `replay` a route read back from its text
* `cuts` a structure taken apart and put together again
* `reactions` the generator, with `assembly` from nothing and `exchange` from known compounds
* `analogues` the nearest makeable analogue of a proposal

A route says that the reaction types exist, not that this synthesis works: nobody has run it.
"""
