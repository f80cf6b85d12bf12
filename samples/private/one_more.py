#!/usr/bin/python3
"""Goes on from a saved state in a new training client until the privacy budget refuses a step: what a state has spent goes with it.

    one_more.py TRAINING_CLIENT ARTIFACT

Ends with 0 if a step was refused and no more than the budget was spent.
"""
import sys

from lace.training import DPBudgetExceeded, ServiceClient, TrainingConfig

MOST = 200


def main():
    client, artifact = sys.argv[1:]
    service = ServiceClient()
    tc = service.create_training_client(TrainingConfig.of(service.get_training_client(client).config))
    loaded = tc.load_state(artifact)
    spent = tc.get_dp_metrics()
    print(f"{tc.id} goes on from {loaded.loaded_artifact_id}: step {loaded.step}, with ε {spent.epsilon_spent:.4f} spent already")
    for paid in range(MOST):
        try:
            tc.train_step()
        except DPBudgetExceeded as refused:
            metrics = tc.get_dp_metrics()
            print(f"{paid} more steps, then: {refused}")
            print(f"ε spent {metrics.epsilon_spent:.4f} of {metrics.target_epsilon:g} after {metrics.steps} steps")
            return 0 if metrics.epsilon_spent <= metrics.target_epsilon else 1
    print(f"{MOST} more steps and no end", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
