"""Online optimisation: the policy learns, call by call, what an objective rewards.

* what is wanted: `scores`, `components`, `properties`, `objective`, `pareto`, `gate`, `tables`
* asking for it, whatever a component does: `trials`, `timeouts`, `isolated`
* what has been seen: `buffer`, `diversity`
* learning and proposing: `agent`, `breeding`
* the run that joins them, resumable: `optimiser`
"""
