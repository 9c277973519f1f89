"""Online optimisation: the policy learns, call by call, what an objective rewards.

* what is wanted: `scores`, `objective`
* what has been seen: `buffer`, `diversity`
* learning and proposing: `agent`, `breeding`
* the run that joins them, resumable: `optimiser`
"""
