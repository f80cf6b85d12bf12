#!/usr/bin/python3
"""Fine-tunes a model privately through the training API: what a program of yours would look like.

    LACE_BASE_URL=… LACE_API_KEY=… /usr/bin/python3 samples/private/finetune.py --model demo/tiny-llama --data gospels-acts.jsonl.gz \\
        --attestation lace-… --epsilon 8 --steps 300
"""
import argparse
import json
import math
import time

from lace.training import DatasetConfig, DPConfig, LoRAConfig, OptimizerConfig, ServiceClient, TrainingConfig

PROMPTS = ["And Jesus", "And it came to pass", "Then the disciples"]
LAYERS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
UNDER_WAY = 4  # steps sent ahead, so that the worker never waits for this program


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="folder below the service's models")
    parser.add_argument("--data", required=True, help="file below the service's datasets")
    parser.add_argument("--attestation", required=True, help="id of the attested dataset")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--batch", type=int, default=48, help="records a step, on average")
    parser.add_argument("--epsilon", type=float, default=8.0)
    parser.add_argument("--noise", type=float, required=True, help="noise multiplier; `lace budget` finds it")
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--out", required=True, help="file for the ids and figures")
    args = parser.parse_args()

    service = ServiceClient()
    tc = service.create_training_client(
        TrainingConfig(
            model_ref=args.model,
            lora_config=LoRAConfig(rank=args.rank, alpha=2 * args.rank, dropout=0.0, target_modules=LAYERS),
            optimizer=OptimizerConfig("adamw", learning_rate=args.lr, weight_decay=0.0),
            dp_config=DPConfig(noise_multiplier=args.noise, max_grad_norm=1.0, target_epsilon=args.epsilon, target_delta=1e-5),
            batch_size=args.batch,
            max_seq_length=128,
            max_steps=args.steps,  # the run ends with the last one
            dataset=DatasetConfig(path=args.data, field="text"),
            attestation_id=args.attestation,
            run=service.start_run(args.attestation),
        )
    )
    tell(args.out, tc)
    print(f"{tc.id}: {tc.model_ref}, run {tc.config['run']}", flush=True)
    show(tc, "Before")
    train(tc, args.steps)
    show(tc, "After")
    metrics = tc.get_dp_metrics()
    print(
        f"ε ≤ {up(metrics.accountants['rdp'])} by RDP, {up(metrics.accountants['pld'])} by PLD, of {metrics.target_epsilon:g}, "
        f"at δ = {metrics.delta:g} after {metrics.steps} steps ({metrics.privacy_level})"
    )
    saved = tc.save_state("gospels", metadata={"prompts": PROMPTS})
    print(f"{saved.artifact_id}: {saved.size_bytes:,} bytes, {saved.encryption.algorithm}")
    tell(args.out, tc, artifact=saved.artifact_id)


def train(tc, steps):
    begun, losses, under_way, sent = time.monotonic(), [], [], 0
    while sent < steps or under_way:
        while sent < steps and len(under_way) < UNDER_WAY:
            under_way.append(tc.train_step())
            sent += 1
        result = under_way.pop(0).result()
        losses.append(result.loss)
        if len(losses) % (steps // 10 or 1) == 0:
            recent = [loss for loss in losses[-steps // 10 :] if loss is not None]
            mean = sum(recent) / len(recent)
            print(f"step {len(losses):4d}/{steps}  loss {mean:.3f}  {time.monotonic() - begun:3.0f} s", flush=True)


def up(bound):
    """A bound that is printed smaller than it is would be none."""
    return math.ceil(bound * 1000) / 1000


def show(tc, when):
    print(f"{when}:")
    for sample in tc.sample(PROMPTS, max_tokens=28, temperature=0.6, seed=7).samples:
        print("  " + (sample.prompt + sample.completion).replace("\n", " "))


def tell(path, tc, **more):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(dict({"training_client": tc.id, "run": tc.config["run"]}, **more), file)


if __name__ == "__main__":
    main()
