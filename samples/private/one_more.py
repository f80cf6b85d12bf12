#!/usr/bin/python3
"""Asks for steps until the privacy budget refuses one, and says how many it still paid for. Ends with 0 if it was refused."""
import sys

from lace.training import DPBudgetExceeded, ServiceClient

MOST = 200


def main():
    tc = ServiceClient().get_training_client(sys.argv[1])
    for paid in range(MOST):
        try:
            tc.train_step()
        except DPBudgetExceeded as refused:
            metrics = tc.get_dp_metrics()
            print(f"{paid} more steps, then: {refused}")
            print(f"ε spent {metrics.epsilon_spent:.4f} of {metrics.target_epsilon:g}, {metrics.steps} steps, {metrics.sampling} sampling")
            return 0 if metrics.epsilon_spent <= metrics.target_epsilon else 1
    print(f"{MOST} more steps and no end", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
