"""Practical molecular optimisation: 23 oracles and a budget of 10,000 calls.

Gao, Fu, Sun and Coley 2022, doi:10.48550/arXiv.2206.12411.
"""
