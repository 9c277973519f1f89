"""The wheel: cycles of fit, propose, screen, rank and decide over one store.

Runs without agents, torch or network; what it needs is handed to it as protocols.
"""
