"""The tables of docs/performance.md, made of the figures of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """A figure of a table. `target` is empty for a figure that explains another one."""

    title: str
    name: str
    target: str
    unit: str


ROWS = (
    Row("Chunk of 48 kB, time between arrivals, p50", "chunk_p50_us", "≤ 60", "µs"),
    Row("p99", "chunk_p99_us", "≤ 1000", "µs"),
    Row("mean (cost of a chunk)", "chunk_mean_us", "", "µs"),
    Row("processor time of parent and worker per chunk", "chunk_cpu_us", "", "µs"),
    Row("bare pipe between two processes, mean", "bare_pipe_mean_us", "", "µs"),
    Row("First audio, eSpeak NG loaded, p50", "first_audio_warm_p50_ms", "≤ 10", "ms"),
    Row("p99", "first_audio_warm_p99_ms", "", "ms"),
    Row("First audio from a cold start, including the worker", "first_audio_cold_ms", "≤ 500", "ms"),
    Row("start of the program itself before that", "first_audio_cold_parent_ms", "", "ms"),
    Row("Dubbing from the cache", "cached_cues_per_minute", "≥ 10000", "cues/min"),
    Row("dubbing without cached segments, one worker", "uncached_cues_per_minute", "", "cues/min"),
    Row("seconds of speech per second, eSpeak NG", "espeak_realtime_factor", "", ""),
    Row("Growth of the parent's peak memory from 100 to 10,000 segments", "memory_growth_mib", "≤ 64", "MiB"),
    Row("Cancel to the end of events, p99", "cancel_p99_ms", "≤ 250", "ms"),
    Row("cancel to the worker's next job, p99", "cancel_worker_free_p99_ms", "", "ms"),
    Row("Import of the pack, entry point and node list", "import_ms", "≤ 50", "ms"),
)


KOKORO_ROWS = (
    Row("First audio of the phrase, relative to the package", "first_audio_ratio", "≤ 0.25", ""),
    Row("with low latency", "first_audio_low_latency_ratio", "", ""),
    Row("engine", "first_audio_ms", "", "ms"),
    Row("package", "baseline_first_audio_ms", "", "ms"),
    Row(
        "First audio of a book that starts with the phrase, minus the phrase's",
        "book_first_audio_extra_ms",
        "≤ 50",
        "ms",
    ),
    Row("as a job", "book_job_first_audio_extra_ms", "", "ms"),
    Row("book with another first sentence", "book_ordinary_first_audio_extra_ms", "", "ms"),
    Row("that book with low latency", "book_ordinary_low_latency_first_audio_extra_ms", "", "ms"),
    Row("Throughput in the worker, relative to the package", "throughput_ratio", "≥ 1.3", ""),
    Row("processor time of the package, relative to ours", "throughput_cpu_ratio", "", ""),
    Row("seconds of speech per second, ours", "throughput_audio_s_per_s", "", ""),
    Row("package", "baseline_audio_s_per_s", "", ""),
    Row("Largest difference of a sample, same durations and pitch", "max_abs_difference", "≤ 0.001", ""),
    Row("from symbols only", "max_abs_difference_end_to_end", "", ""),
    Row("Share of throughput that isolation costs", "isolation_ratio", "≤ 0.02", ""),
    Row("share of processor time", "isolation_cpu_ratio", "", ""),
    Row("Share of a load's memory released by unloading, minimum", "released_ratio", "≥ 0.95", ""),
    Row("memory of a load", "loaded_mib", "", "MiB"),
    Row("growth of the parent process over all loads", "parent_growth_mib", "", "MiB"),
    Row("Error of estimated durations, p95", "duration_error_p95", "≤ 0.02", ""),
    Row("Processor time of estimating, relative to speaking", "duration_cost_ratio", "≤ 0.2", ""),
    Row("wall-clock time", "duration_cost_wall_ratio", "", ""),
    Row("Cancel in a full pass to the worker's next job, p95", "cancel_stop_ms", "", "ms"),
    Row("Cancel to the last event, maximum", "cancel_last_event_ms", "≤ 250", "ms"),
)


ENVIRONMENT_ROWS = (
    Row("Start of a worker in its own environment, relative to the host's", "start_ratio", "≤ 1", ""),
    Row("own environment", "start_own_ms", "", "ms"),
    Row("host's environment", "start_host_ms", "", "ms"),
    Row("Resolving an engine's environment, for each job", "resolve_us", "", "µs"),
    Row("`engines install kokoro` with cached wheels, relative to uv alone", "install_ratio", "≤ 1.1", ""),
    Row("the command", "install_s", "", "s"),
    Row("`uv venv` and `uv pip install`", "install_uv_s", "", "s"),
    Row("number of packages", "installed_packages", "", ""),
)

ASR_ROWS = (
    Row("A file, relative to `WhisperModel.transcribe`: time", "file_time_ratio", "≤ 1.02", ""),
    Row("processor time", "file_cpu_ratio", "", ""),
    Row("same text and times of segments (1: yes)", "file_text_equal", "1", ""),
    Row("Model of whisper-small's size: time", "small_file_time_ratio", "≤ 1.02", ""),
    Row("processor time", "small_file_cpu_ratio", "", ""),
    Row("same text and times (1: yes)", "small_file_text_equal", "1", ""),
    Row("Word error rate, live", "live_wer", "file's + 0.02", ""),
    Row("same recording as a file", "file_wer", "", ""),
    Row("share of the file's correct words missing in live", "live_lost_words", "", ""),
    Row("share of live's correct words missing in the file", "file_lost_words", "", ""),
    Row("Lag of committed words after their end, real time, p50", "committed_lag_p50_s", "≤ 1.5", "s"),
    Row("p95", "committed_lag_p95_s", "≤ 3", "s"),
    Row("with processor time as the clock, p50", "clock_lag_p50_s", "", "s"),
    Row("p95", "clock_lag_p95_s", "", "s"),
    Row("plain agreement, with processor time, p50", "plain_lag_p50_s", "", "s"),
    Row("p95", "plain_lag_p95_s", "", "s"),
    Row("word error rate of plain agreement", "plain_wer", "", ""),
    Row("Encoder passes, relative to plain agreement", "encoder_pass_ratio", "≤ 0.6", ""),
    Row("Decoder output tokens, relative to plain agreement", "decoder_token_ratio", "≤ 0.6", ""),
    Row("prompt tokens, relative to plain agreement", "decoder_prompt_ratio", "", ""),
    Row("Growth of memory, maximum of the two below", "memory_growth_mib", "≤ 64", "MiB"),
    Row("over a long live stream", "live_memory_growth_mib", "", "MiB"),
    Row("over a long file", "file_memory_growth_mib", "", "MiB"),
    Row("duration of the live stream", "live_long_s", "", "s"),
    Row("Growth of the lag over it", "live_lag_growth_s", "", "s"),
    Row(
        "Word error rate of a long file in short parts minus whole, points",
        "long_file_wer_points",
        "≤ 0.5",
        "",
    ),
    Row("missed or wrong words only, points", "long_file_missed_points", "≤ 0.5", ""),
    Row("duration of that file", "file_long_s", "", "s"),
    Row("Load average (1 minute) at the start of real time", "load_average", "", ""),
)

JOB_ROWS = (
    Row("Script to sentences with voices and offsets", "markup_mb_per_s", "≥ 2", "MB/s"),
    Row("10,000 cues fitted and reported, without synthesis", "fit_10k_cues_s", "≤ 5", "s"),
    Row("Share of a film's cues that fit without time-stretching", "fit_unstretched_share", "≥ 0.9", ""),
    Row("Narrating a book to WAV, relative to the engine alone", "book_rate_ratio", "≥ 0.8", ""),
    Row("seconds of speech per second, narration", "book_audio_s_per_s", "", ""),
    Row("engine alone", "book_engine_audio_s_per_s", "", ""),
    Row("processor time of the narration, relative to the engine alone", "book_cpu_ratio", "", ""),
    Row("peak memory of the parent process", "book_peak_mib", "", "MiB"),
    Row("Narrating to mp3, Opus or M4B, relative to the slowest stage, minimum", "encoded_rate_ratio", "≥ 0.8", ""),
    Row("mp3", "encoded_mp3_rate_ratio", "", ""),
    Row("Opus", "encoded_opus_rate_ratio", "", ""),
    Row("M4B", "encoded_m4b_rate_ratio", "", ""),
    Row("seconds of speech per second, encoding mp3 alone", "encoded_mp3_alone_audio_s_per_s", "", ""),
    Row("Opus alone", "encoded_opus_alone_audio_s_per_s", "", ""),
    Row("M4B alone", "encoded_m4b_alone_audio_s_per_s", "", ""),
)

SERVER_ROWS = (
    Row("Two-sentence phrase by Kokoro, first byte relative to the whole time", "first_byte_ratio", "≤ 0.30", ""),
    Row("the same through nginx with its defaults", "first_byte_ratio_nginx", "≤ 0.35", ""),
    Row("first byte", "first_byte_ms", "", "ms"),
    Row("whole body", "whole_ms", "", "ms"),
    Row("number of parts", "arrivals", "", ""),
    Row("Engine's first chunk to the client of `/ws/tts/live`", "ws_extra_ms", "≤ 10", "ms"),
    Row("Load: incomplete responses, or a status other than 200 and 429", "load_errors", "0", ""),
    Row("responses with 429", "load_refused", "", ""),
    Row("all responses", "load_requests", "", ""),
    Row("spoken requests per second", "load_requests_per_s", "", ""),
    Row("`/health` under load, p99", "health_p99_ms", "≤ 50", "ms"),
    Row("p50", "health_p50_ms", "", "ms"),
    Row("maximum", "health_max_ms", "", "ms"),
    Row("First audio under load, p99", "first_audio_p99_ms", "", "ms"),
    Row("Growth of memory of server and workers, from the first sixth to the end", "memory_growth_mib", "", "MiB"),
    Row("growth of the number of processes", "process_growth", "0", ""),
    Row("Worker killed under load: incomplete responses", "killed_errors", "0", ""),
    Row("longest time to first audio then", "killed_longest_ms", "", "ms"),
    Row("Client's disconnect to its job's end, maximum of 20", "gone_max_ms", "≤ 250", "ms"),
    Row("p50", "gone_p50_ms", "", "ms"),
    Row("Jobs left by clients that disconnected", "leaked_jobs", "0", ""),
    Row("workers", "leaked_workers", "0", ""),
    Row("descriptors", "leaked_descriptors", "0", ""),
    Row(
        "Four clients beside one with the worst texts: median time of responses, to that alone",
        "worst_texts_slowdown",
        "≤ 3",
        "",
    ),
    Row("beside 300 sockets that send nothing", "idle_sockets_slowdown", "1.0", ""),
    Row("incomplete or refused responses then", "disturbed_errors", "0", ""),
)

NODE_ROWS = (
    Row("Overhead of a node over its job, all from the cache", "node_overhead_ms", "≤ 30", "ms"),
    Row("node", "node_ms", "", "ms"),
    Row("job", "plain_job_ms", "", "ms"),
    Row("Queueing to the first sample at the audio output, eSpeak NG loaded", "first_sound_ms", "≤ 300", "ms"),
    Row("p95", "first_sound_p95_ms", "", "ms"),
    Row("Cancel to ComfyUI's message of the interruption, Speak", "cancel_ms", "≤ 500", "ms"),
    Row("p95", "cancel_p95_ms", "", "ms"),
    Row("the same, Transcribe", "cancel_transcribe_ms", "≤ 500", "ms"),
    Row("p95", "cancel_transcribe_p95_ms", "", "ms"),
)

CLONING_ROWS = (
    Row("ChatterBox's own loop draws the package's codes (1: yes)", "t3_tokens_equal", "1", ""),
    Row("Eight segments together, relative to one after the other", "batch8_ratio", "≤ 0.6", ""),
    Row("speech codes alone, without their decoding", "t3_batch8_ratio", "", ""),
    Row("share of the codes in the time of the eight one after the other", "t3_share", "", ""),
    Row("Second use of a voice, relative to the first", "second_use_of_voice_ratio", "≤ 0.2", ""),
    Row("First audio of three sentences, relative to all, by clauses", "first_audio_clauses_ratio", "≤ 0.35", ""),
    Row("by tokens", "first_audio_tokens_ratio", "≤ 0.15", ""),
    Row("Growth of the worker's memory per segment, 20 voices in turn", "growth_bytes_per_segment", "", "B"),
    Row("Share of the worker's memory released by unloading", "released_ratio", "≥ 0.95", ""),
    Row("Pocket-TTS: difference of streamed frames from the whole", "window_error", "≤ 1e-05", ""),
    Row("first audio of three sentences, relative to all", "pocket_first_audio_ratio", "≤ 0.35", ""),
    Row("a frame of 80 ms, weights of the real size", "pocket_frame_s", "", "s"),
    Row("loading them", "pocket_load_s", "", "s"),
    Row("peak memory of the worker with them", "pocket_memory_bytes", "", "B"),
    Row("F5-TTS: difference of a segment in a batch from the same alone", "f5_batch_error", "≤ 1e-04", ""),
    Row("share of a film's cues in their slot or the gap after it, unstretched", "f5_slot_hit_share", "≥ 0.98", ""),
    Row("the same for a slow speaker", "f5_slot_hit_share_slow", "", ""),
    Row("largest difference of a cue's length from the one asked for", "f5_length_error_s", "≤ 0.02", "s"),
    Row(
        "MiraTTS: difference of windows with 20 tokens ahead from one decode, by the mean level",
        "mira_window_error",
        "≤ 2e-03",
        "",
    ),
    Row("with 60 tokens ahead", "mira_window_error_60", "≤ 1e-05", ""),
    Row("with 20 tokens ahead, at 48 kHz", "mira_wide_error", "≤ 2e-03", ""),
    Row(
        "first audio of three sentences, relative to all, with `--low-latency`",
        "mira_first_audio_ratio",
        "≤ 0.15",
        "",
    ),
    Row("60 s of speech, relative to 15 s", "mira_linear", "≤ 4.4", ""),
)

DUBBING_ROWS = (
    Row("Cues on time, unstretched, in slot or gap", "dub_on_time_share", "≥ 0.95", ""),
    Row("Cues too long at 1.25 for slot and gap", "dub_too_long_share", "", ""),
    Row("Jumps of the speed by 0.2 or more", "dub_jump_share", "≤ 0.08", ""),
    Row("Cues at an end of the range, or beyond it", "dub_range_end_share", "≤ 0.1", ""),
    Row("Cues more than 0.5 s late", "dub_late_share", "≤ 0.003", ""),
    Row("longest delay", "dub_worst_late_s", "≤ 1", "s"),
    Row("Cues on time in slot or gap, engine that takes a duration", "dub_duration_in_slot_share", "≥ 0.98", ""),
    Row("cues of it too long at 1.25 for slot and gap", "dub_duration_too_long_share", "", ""),
    Row("10,000 cues planned, processor time", "plan_10k_cues_s", "≤ 5", "s"),
    Row("Characters a second of the films, mean", "dub_film_cps_mean", "", ""),
    Row("95th percentile", "dub_film_cps_p95", "", ""),
    Row("share of cues above 20", "dub_film_above_20_cps_share", "", ""),
)

TABLES = {
    "core": ROWS,
    "kokoro": KOKORO_ROWS,
    "environments": ENVIRONMENT_ROWS,
    "asr": ASR_ROWS,
    "jobs": JOB_ROWS,
    "server": SERVER_ROWS,
    "nodes": NODE_ROWS,
    "cloning": CLONING_ROWS,
    "dubbing": DUBBING_ROWS,
}


def markdown_table(figures: Mapping[str, float], rows: Sequence[Row] = ROWS) -> str:
    """Return the Markdown table of a run's figures; a spread is shown in parentheses.

    Raises:
        KeyError: A figure of `rows` is missing.
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
