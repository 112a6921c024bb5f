"""The command line: the steps of the training, each imported only when it runs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from .stages import DEFAULT_STAGES, Step, read_stages

STEPS = ("pool", "train", "convert", "eval")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tiny_whisper",
        description="Train a tiny Whisper on eSpeak NG's English and write it as faster-whisper loads it.",
    )
    parser.add_argument(
        "--work", type=Path, default=Path("tiny-whisper-work"), help="speech, weights, report (%(default)s)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("tiny-whisper-en"), help="the folder to write or to check (%(default)s)"
    )
    parser.add_argument("--only", choices=STEPS, nargs="+", default=STEPS, help="these steps only")
    parser.add_argument("--seed", type=int, default=7, help="what all draws depend on (%(default)s)")
    parser.add_argument("--pool", type=int, default=24000, help="sentences to speak, a multiple of 500 (%(default)s)")
    parser.add_argument(
        "--stages",
        type=_stages,
        default=DEFAULT_STAGES,
        help="sessions with / between, of stages with , between: KIND STEPSxFRAMESxBATCH@RATE-RATE without a space; "
        "kind e (the encoder only) or j (all), 100 frames a second, rates multiply --lr; a session starts anew",
    )
    parser.add_argument("--resume", action="store_true", help="train: start from the weights in --work")
    parser.add_argument(
        "--first-session", type=int, default=0, help="the first session's number; with --resume one not used yet"
    )
    parser.add_argument("--lr", type=float, default=2e-3, help="learning rate (%(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="of the training and the evaluation (%(default)s)")
    parser.add_argument("--fp32", action="store_true", help="train without bfloat16")
    parser.add_argument("--quantization", default="int8", help="of the weights in the folder (%(default)s)")
    parser.add_argument("--compute-type", default="int8", help="eval: CTranslate2's (%(default)s)")
    parser.add_argument("--eval-n", type=int, default=200, help="eval: sentences (%(default)s)")
    parser.add_argument("--untrained", action="store_true", help="convert: random weights, to check the way")
    return parser


def _stages(text: str) -> list[list[Step]]:
    try:
        return read_stages(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the steps that are asked for. What is wrong with the arguments or missing in --work ends the program."""
    options = _parser().parse_args(arguments)
    options.work.mkdir(parents=True, exist_ok=True)
    try:
        for step in STEPS:
            if step in options.only:
                _RUN[step](options)
    except FileNotFoundError as error:
        sys.exit(f"tiny_whisper: {error.filename} is missing: an earlier step makes it, so run without --only")
    except ValueError as error:
        sys.exit(f"tiny_whisper: {error}")


def _pool_file(options: argparse.Namespace) -> Path:
    work: Path = options.work
    return work / f"pool-{options.seed}-{options.pool}.npz"


def _pool(options: argparse.Namespace) -> None:
    from .pool import make_pool

    if not _pool_file(options).exists():
        make_pool(_pool_file(options), options.seed, options.pool)
        print(f"pool: {options.pool} sentences", flush=True)


def _train(options: argparse.Namespace) -> None:
    from .pool import SpeechPool
    from .training import TrainingOptions, train

    train(
        options.work,
        SpeechPool(_pool_file(options)),
        options.stages,
        TrainingOptions(
            seed=options.seed,
            learning_rate=options.lr,
            threads=options.threads,
            resume=options.resume,
            first_session=options.first_session,
            float32=options.fp32,
        ),
    )


def _convert(options: argparse.Namespace) -> None:
    import torch

    from .conversion import convert
    from .net import TaughtWhisper
    from .training import load_net

    torch.manual_seed(options.seed)
    net = TaughtWhisper() if options.untrained else load_net(options.work)
    print(convert(net, options.work, options.out, options.quantization))


def _evaluate(options: argparse.Namespace) -> None:
    from .evaluation import evaluate

    report = json.dumps(
        evaluate(options.out, options.seed, options.eval_n, options.compute_type, options.threads), indent=1
    )
    print(report)
    (options.work / "report.json").write_text(report, encoding="utf-8")


_RUN = dict(zip(STEPS, (_pool, _train, _convert, _evaluate), strict=True))
