"""The figures as the tables of the documentation: `python -m voxweft.benchmarks.table FILE [NAME]` prints one."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Row(NamedTuple):
    """A figure of the table. `target` is empty for one that only explains another."""

    title: str
    name: str
    target: str
    unit: str


ROWS = (
    Row("Chunk of 48 kB, time between arrivals, p50", "chunk_p50_us", "≤ 60", "µs"),
    Row("the same, p99", "chunk_p99_us", "≤ 1000", "µs"),
    Row("the same, mean: what a chunk costs", "chunk_mean_us", "", "µs"),
    Row("CPU time of parent and worker for a chunk", "chunk_cpu_us", "", "µs"),
    Row("a bare pipe between two processes, mean", "bare_pipe_mean_us", "", "µs"),
    Row("First audio, eSpeak NG loaded, p50", "first_audio_warm_p50_ms", "≤ 10", "ms"),
    Row("the same, p99", "first_audio_warm_p99_ms", "", "ms"),
    Row("First audio from nothing, worker start included", "first_audio_cold_ms", "≤ 500", "ms"),
    Row("the program's own start before that", "first_audio_cold_parent_ms", "", "ms"),
    Row("Dubbing again, from the cache", "cached_cues_per_minute", "≥ 10000", "cues/min"),
    Row("Dubbing for the first time, one worker", "uncached_cues_per_minute", "", "cues/min"),
    Row("eSpeak NG, seconds of speech per second", "espeak_realtime_factor", "", ""),
    Row("Parent's peak memory, 10 000 segments over 100", "memory_growth_mib", "≤ 64", "MiB"),
    Row("Cancel to no more events, p99", "cancel_p99_ms", "≤ 250", "ms"),
    Row("Cancel to the worker's next job, p99", "cancel_worker_free_p99_ms", "", "ms"),
    Row("Import of the pack, entry point and node list", "import_ms", "≤ 50", "ms"),
)


KOKORO_ROWS = (
    Row("First audio of the phrase, by the package's", "first_audio_ratio", "≤ 0.25", ""),
    Row("the same with low latency", "first_audio_low_latency_ratio", "", ""),
    Row("the engine's", "first_audio_ms", "", "ms"),
    Row("the package's", "baseline_first_audio_ms", "", "ms"),
    Row(
        "First audio of a book that begins with the phrase, beyond the phrase's",
        "book_first_audio_extra_ms",
        "≤ 50",
        "ms",
    ),
    Row("the same, spoken as a job", "book_job_first_audio_extra_ms", "", "ms"),
    Row("of a book with an ordinary first sentence", "book_ordinary_first_audio_extra_ms", "", "ms"),
    Row("the same with low latency", "book_ordinary_low_latency_first_audio_extra_ms", "", "ms"),
    Row("Throughput in the worker, by the package's", "throughput_ratio", "≥ 1.3", ""),
    Row("the package's processor time, by ours", "throughput_cpu_ratio", "", ""),
    Row("seconds of speech per second, ours", "throughput_audio_s_per_s", "", ""),
    Row("the package's", "baseline_audio_s_per_s", "", ""),
    Row("Largest difference of a sample, same durations and pitch", "max_abs_difference", "≤ 0.001", ""),
    Row("the same from symbols alone", "max_abs_difference_end_to_end", "", ""),
    Row("Share of throughput that isolation costs", "isolation_ratio", "≤ 0.02", ""),
    Row("the same of processor time", "isolation_cpu_ratio", "", ""),
    Row("Share of a load's memory that comes back, smallest", "released_ratio", "≥ 0.95", ""),
    Row("what a load takes", "loaded_mib", "", "MiB"),
    Row("growth of the process in front over all loads", "parent_growth_mib", "", "MiB"),
    Row("Error of estimated durations, p95", "duration_error_p95", "≤ 0.02", ""),
    Row("Processor time of estimating, by that of speaking", "duration_cost_ratio", "≤ 0.2", ""),
    Row("the same on the clock", "duration_cost_wall_ratio", "", ""),
    Row("Cancel in a full pass to the worker's next job, p95", "cancel_stop_ms", "", "ms"),
    Row("Cancel to the last event, longest", "cancel_last_event_ms", "≤ 250", "ms"),
)


ENVIRONMENT_ROWS = (
    Row("Start of a worker in its own environment, by the host's", "start_ratio", "≤ 1", ""),
    Row("the start in its own environment", "start_own_ms", "", "ms"),
    Row("in the host's", "start_host_ms", "", "ms"),
    Row("Settling where an engine runs, for each job", "placing_us", "", "µs"),
    Row("`engines install kokoro` with warm wheels, by uv alone", "install_ratio", "≤ 1.1", ""),
    Row("the command", "install_s", "", "s"),
    Row("`uv venv` and `uv pip install`", "install_uv_s", "", "s"),
    Row("packages of the set", "installed_packages", "", ""),
)

ASR_ROWS = (
    Row("A file, by `WhisperModel.transcribe` called directly: time", "file_time_ratio", "≤ 1.02", ""),
    Row("the same, processor time", "file_cpu_ratio", "", ""),
    Row("the same text and times of segments (1: yes)", "file_text_equal", "1", ""),
    Row("with a model of whisper-small's size: time", "small_file_time_ratio", "≤ 1.02", ""),
    Row("processor time", "small_file_cpu_ratio", "", ""),
    Row("the same text and times (1: yes)", "small_file_text_equal", "1", ""),
    Row("Word error rate, live", "live_wer", "file's + 0.02", ""),
    Row("of the same recording as a file", "file_wer", "", ""),
    Row("Share of the file's right words that live lacks", "live_lost_words", "", ""),
    Row("and of live's that the file lacks", "file_lost_words", "", ""),
    Row("Lag of certain words behind their end, in real time, p50", "committed_lag_p50_s", "≤ 1.5", "s"),
    Row("p95", "committed_lag_p95_s", "≤ 3", "s"),
    Row("with work counted in processor time, p50", "clock_lag_p50_s", "", "s"),
    Row("p95", "clock_lag_p95_s", "", "s"),
    Row("plain agreement's, counted so, p50", "plain_lag_p50_s", "", "s"),
    Row("p95", "plain_lag_p95_s", "", "s"),
    Row("plain agreement's word error rate", "plain_wer", "", ""),
    Row("Encoder passes, by plain agreement's", "encoder_pass_ratio", "≤ 0.6", ""),
    Row("Decoder tokens written, by plain agreement's", "decoder_token_ratio", "≤ 0.6", ""),
    Row("Tokens of prompts, by plain agreement's", "decoder_prompt_ratio", "", ""),
    Row("Growth of memory, the larger of the two below", "memory_growth_mib", "≤ 64", "MiB"),
    Row("over a long live stream", "live_memory_growth_mib", "", "MiB"),
    Row("over a long file", "file_memory_growth_mib", "", "MiB"),
    Row("how long the live stream was", "live_long_s", "", "s"),
    Row("Growth of the lag over it", "live_lag_growth_s", "", "s"),
    Row(
        "Word error rate of a long file in short parts less that of it whole, points",
        "long_file_wer_points",
        "≤ 0.5",
        "",
    ),
    Row("the same of words that are missed or wrong", "long_file_missed_points", "≤ 0.5", ""),
    Row("how long that file was", "file_long_s", "", "s"),
    Row("Load of the machine (1 minute) when real time began", "load_average", "", ""),
)

JOB_ROWS = (
    Row("Script read to its sentences, with their voices and places", "markup_mb_per_s", "≥ 2", "MB/s"),
    Row("10 000 cues fitted and reported, without speaking them", "fit_10k_cues_s", "≤ 5", "s"),
    Row("Share of a film's cues in slot and gap with no stretching", "fit_unstretched_share", "≥ 0.9", ""),
    Row("Narrating a book to WAV, by the engine alone", "book_rate_ratio", "≥ 0.8", ""),
    Row("seconds of speech per second, narrated", "book_audio_s_per_s", "", ""),
    Row("the engine alone", "book_engine_audio_s_per_s", "", ""),
    Row("processor time of the narration, by the engine's alone", "book_cpu_ratio", "", ""),
    Row("peak memory of the process in front", "book_peak_mib", "", "MiB"),
    Row("Narrating to mp3, Opus or M4B, by the slowest stage alone: the least", "encoded_rate_ratio", "≥ 0.8", ""),
    Row("mp3", "encoded_mp3_rate_ratio", "", ""),
    Row("Opus", "encoded_opus_rate_ratio", "", ""),
    Row("M4B", "encoded_m4b_rate_ratio", "", ""),
    Row("seconds of speech per second that mp3 alone takes", "encoded_mp3_alone_audio_s_per_s", "", ""),
    Row("Opus alone", "encoded_opus_alone_audio_s_per_s", "", ""),
    Row("M4B alone", "encoded_m4b_alone_audio_s_per_s", "", ""),
)

SERVER_ROWS = (
    Row("Two-sentence phrase by Kokoro, first byte by the whole time", "first_byte_ratio", "≤ 0.35", ""),
    Row("the first byte", "first_byte_ms", "", "ms"),
    Row("all of it", "whole_ms", "", "ms"),
    Row("in how many pieces", "arrivals", "", ""),
    Row("From the engine's first chunk to the client of `/ws/tts/live`", "ws_extra_ms", "≤ 20", "ms"),
    Row("Load: answers that were neither 200 nor 429, or broke off", "load_errors", "0", ""),
    Row("answers with 429", "load_refused", "", ""),
    Row("all answers", "load_requests", "", ""),
    Row("spoken requests a second", "load_requests_per_s", "", ""),
    Row("`/health` under that load, p99", "health_p99_ms", "≤ 50", "ms"),
    Row("the same, p50", "health_p50_ms", "", "ms"),
    Row("the slowest of all", "health_max_ms", "", "ms"),
    Row("First audio under that load, p99", "first_audio_p99_ms", "", "ms"),
    Row("Memory of server and workers, from a sixth of the time to its end", "memory_growth_mib", "", "MiB"),
    Row("processes, from the begin to the end", "process_growth", "0", ""),
    Row("Worker killed under load: answers that weren't whole", "killed_errors", "0", ""),
    Row("the longest wait for a first sound then", "killed_longest_ms", "", "ms"),
    Row("Client gone to its job's end, the slowest of 20", "gone_max_ms", "≤ 250", "ms"),
    Row("the same, p50", "gone_p50_ms", "", "ms"),
    Row("Jobs left by clients that vanished", "leaked_jobs", "0", ""),
    Row("workers", "leaked_workers", "0", ""),
    Row("descriptors", "leaked_descriptors", "0", ""),
)

NODE_ROWS = (
    Row("A node beyond its job, all from the cache", "node_overhead_ms", "≤ 30", "ms"),
    Row("the node", "node_ms", "", "ms"),
    Row("its job", "plain_job_ms", "", "ms"),
    Row("From queueing to the first sample at the loudspeaker, eSpeak NG loaded", "first_sound_ms", "≤ 300", "ms"),
    Row("the same, p95", "first_sound_p95_ms", "", "ms"),
    Row("From Cancel to the host's word that Speak was interrupted", "cancel_ms", "≤ 500", "ms"),
    Row("the same, p95", "cancel_p95_ms", "", "ms"),
    Row("that Transcribe was", "cancel_transcribe_ms", "≤ 500", "ms"),
    Row("the same, p95", "cancel_transcribe_p95_ms", "", "ms"),
)

TABLES = {
    "core": ROWS,
    "kokoro": KOKORO_ROWS,
    "environments": ENVIRONMENT_ROWS,
    "asr": ASR_ROWS,
    "jobs": JOB_ROWS,
    "server": SERVER_ROWS,
    "nodes": NODE_ROWS,
}


def markdown_table(figures: Mapping[str, float], rows: Sequence[Row] = ROWS) -> str:
    """Return the table for the figures of a run with its rows, `run_core` by default. KeyError for a missing one.

    A figure that comes with its spread has it in brackets.
    """
    lines = ["| Figure | Name in the JSON | Target | Measured |", "|---|---|---:|---:|"]
    for row in rows:
        target = f"{row.target} {row.unit}".strip() if row.target else ""
        value = _three_digits(figures[row.name])
        if f"{row.name}_low" in figures:
            low, high = (_three_digits(figures[f"{row.name}_{end}"]) for end in ("low", "high"))
            value = f"{value} ({low} to {high})"
        lines.append(f"| {row.title} | `{row.name}` | {target} | {f'{value} {row.unit}'.strip()} |")
    return "\n".join(lines) + "\n"


def _three_digits(value: float) -> str:
    if 0 < abs(value) < 0.1:
        return f"{value:.2g}"
    decimals = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{decimals}f}"


if __name__ == "__main__":
    _file, _name = [*sys.argv[1:], "core"][:2]
    _figures = json.loads(Path(_file).read_text(encoding="utf-8"))
    sys.stdout.write(markdown_table(_figures, TABLES[_name]))
