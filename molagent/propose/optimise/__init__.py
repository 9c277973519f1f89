"""Online optimisation: the policy learns, call by call, what an objective rewards.

* what is wanted: `scores`, `objective`, `components`, `properties`, `tables`, `pareto`, `gate`
* components that hang or crash: `timeouts`, `isolated`, `trials`
* what has been seen: `buffer`, `diversity`
* learning: `agent`
* proposing: `proposer` asks the agent, `regrowth` and `breeding`; `operators` shares out,
  `bounds` keeps the constraints
* the run that joins them, resumable: `settings`, `optimiser`, `checkpoint`
"""
