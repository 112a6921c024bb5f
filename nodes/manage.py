"""The nodes that show and clear what the pack holds: engines in memory, and the cache on disk."""

from __future__ import annotations

from typing import Any

from comfy_api.v0_0_2 import io

from .common.inputs import check_option
from .common.schema import ANYTHING, schema

CACHE_ACTIONS = ["show", "verify", "clear"]


def _after_input() -> Any:
    return ANYTHING.Input("after", optional=True, tooltip="Anything: this node runs when that is there.")


class VoxweftUnload(io.ComfyNode):
    """Engines out of memory."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "Unload",
            "Unload engines",
            "Manage",
            "Ends the engines' processes, which gives all their memory back. They start again when they are needed.",
            aliases=("free memory", "free vram", "unload model"),
            inputs=[
                io.String.Input(
                    "engine", default="", tooltip="The engine's name (kokoro, faster_whisper); empty: all of them."
                ),
                _after_input(),
            ],
            outputs=[
                io.String.Output("report", display_name="report", tooltip="What was unloaded, and how much came back.")
            ],
            is_output_node=True,
        )

    @classmethod
    def fingerprint_inputs(cls, **_: Any) -> float:
        """Return what is never the same: this runs whenever the graph does."""
        return float("nan")

    @classmethod
    def execute(cls, engine: str, after: Any = None) -> io.NodeOutput:
        """Unload. UnknownEngineError for an engine that there isn't."""
        from ..utils.streaming.runtime import shared_runtime

        runtime = shared_runtime()
        name = engine.strip()
        if name:
            runtime.registry.get(name)
        released = runtime.run(runtime.unload(name or None))
        lines = [f"{one.engine}: {one.released_bytes / (1 << 20):.0f} MiB given back" for one in released]
        report = "\n".join(lines) or "nothing was loaded"
        return io.NodeOutput(report, ui={"text": [report]})


class VoxweftCache(io.ComfyNode):
    """The segment cache."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "Cache",
            "Cache",
            "Manage",
            "Shows what the cache of spoken segments holds, checks it, or clears it.",
            aliases=("clear cache", "disk space"),
            inputs=[
                io.Combo.Input(
                    "action",
                    options=CACHE_ACTIONS,
                    default=CACHE_ACTIONS[0],
                    tooltip=(
                        "show: its figures. verify: read every entry and drop damaged ones. clear: remove all of it."
                    ),
                ),
                _after_input(),
            ],
            outputs=[io.String.Output("report", display_name="report", tooltip="JSON: entries, bytes, hits, misses.")],
            is_output_node=True,
        )

    @classmethod
    def fingerprint_inputs(cls, **_: Any) -> float:
        """Return what is never the same: this runs whenever the graph does."""
        return float("nan")

    @classmethod
    def execute(cls, action: str, after: Any = None) -> io.NodeOutput:
        """Show, verify or clear."""
        import msgspec

        from ..utils.streaming.runtime import shared_runtime

        check_option("action", action, CACHE_ACTIONS)
        cache = shared_runtime().cache
        told: dict[str, Any] = {"off": "VOXWEFT_CACHE_BYTES is 0: there is no cache"}
        if cache is not None:
            told = {}
            if action == "clear":
                told["removed"] = cache.clear()
            elif action == "verify":
                told["verified"] = msgspec.to_builtins(cache.verify())
            told |= msgspec.to_builtins(cache.stats())
        report = msgspec.json.encode(told).decode()
        return io.NodeOutput(report, ui={"text": [report]})


class VoxweftStatus(io.ComfyNode):
    """What there is."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "Status",
            "Status",
            "Manage",
            "Lists the engines found here, what each lacks, which are loaded and how much memory they hold.",
            aliases=("list engines", "doctor", "memory"),
            inputs=[_after_input()],
            outputs=[
                io.String.Output("report", display_name="report", tooltip="The list, for people."),
                io.String.Output("details", display_name="details", tooltip="JSON: the same, for programs."),
            ],
            is_output_node=True,
        )

    @classmethod
    def fingerprint_inputs(cls, **_: Any) -> float:
        """Return what is never the same: this runs whenever the graph does."""
        return float("nan")

    @classmethod
    def execute(cls, after: Any = None) -> io.NodeOutput:
        """Look around. Nothing is started or downloaded."""
        from .execute.status import status

        report, details = status()
        return io.NodeOutput(report, details, ui={"text": [report]})
