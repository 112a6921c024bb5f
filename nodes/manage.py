"""The nodes that show and release resources: loaded engines, and the cache on disk."""

from __future__ import annotations

from typing import Any

from comfy_api.v0_0_2 import io

from .common.inputs import check_option
from .common.schema import ANYTHING, schema

CACHE_ACTIONS = ["show", "verify", "clear"]


def _after_input() -> Any:
    return ANYTHING.Input("after", optional=True, tooltip="Any output: this node runs after the node it comes from.")


class VoxweftUnload(io.ComfyNode):
    """Unload engines from memory."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "Unload",
            "Unload engines",
            "Manage",
            "Stops the engines' worker processes, which frees all their memory. They start again when needed.",
            aliases=("free memory", "free vram", "unload model"),
            inputs=[
                io.String.Input(
                    "engine", default="", tooltip="The engine to unload (kokoro, faster_whisper). Empty: all engines."
                ),
                _after_input(),
            ],
            outputs=[
                io.String.Output(
                    "report", display_name="report", tooltip="The unloaded engines and the memory that each released."
                )
            ],
            is_output_node=True,
        )

    @classmethod
    def fingerprint_inputs(cls, **_: Any) -> float:
        """Return NaN, which equals nothing: the node runs every time."""
        return float("nan")

    @classmethod
    def execute(cls, engine: str, after: Any = None) -> io.NodeOutput:
        """Unload the engine. UnknownEngineError if no engine has that name."""
        from ..utils.streaming.runtime import shared_runtime

        runtime = shared_runtime()
        name = engine.strip()
        if name:
            runtime.registry.get(name)
        unloaded = runtime.run(runtime.unload(name or None))
        lines = [f"{engine.engine}: {engine.released_bytes / (1 << 20):.0f} MiB released" for engine in unloaded]
        report = "\n".join(lines) or "no engine was loaded"
        return io.NodeOutput(report, ui={"text": [report]})


class VoxweftCache(io.ComfyNode):
    """Show, verify or clear the segment cache."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "Cache",
            "Cache",
            "Manage",
            "Shows the size of the segment cache on disk, verifies its entries, or clears it.",
            aliases=("clear cache", "disk space"),
            inputs=[
                io.Combo.Input(
                    "action",
                    options=CACHE_ACTIONS,
                    default=CACHE_ACTIONS[0],
                    tooltip=(
                        "show: statistics. verify: read every entry and remove damaged ones. clear: remove all entries."
                    ),
                ),
                _after_input(),
            ],
            outputs=[io.String.Output("report", display_name="report", tooltip="JSON: entries, bytes, hits, misses.")],
            is_output_node=True,
        )

    @classmethod
    def fingerprint_inputs(cls, **_: Any) -> float:
        """Return NaN, which equals nothing: the node runs every time."""
        return float("nan")

    @classmethod
    def execute(cls, action: str, after: Any = None) -> io.NodeOutput:
        """Show, verify or clear the cache."""
        import msgspec

        from ..utils.streaming.runtime import shared_runtime

        check_option("action", action, CACHE_ACTIONS)
        cache = shared_runtime().cache
        result: dict[str, Any] = {"off": "the cache is disabled (VOXWEFT_CACHE_BYTES is 0)"}
        if cache is not None:
            result = {}
            if action == "clear":
                result["removed"] = cache.clear()
            elif action == "verify":
                result["verified"] = msgspec.to_builtins(cache.verify())
            result |= msgspec.to_builtins(cache.stats())
        report = msgspec.json.encode(result).decode()
        return io.NodeOutput(report, ui={"text": [report]})


class VoxweftStatus(io.ComfyNode):
    """List the engines and their state."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "Status",
            "Status",
            "Manage",
            "Lists all engines: whether each is ready, what is missing and the command that fixes it, and the memory "
            "of loaded ones.",
            aliases=("list engines", "doctor", "memory"),
            inputs=[_after_input()],
            outputs=[
                io.String.Output("report", display_name="report", tooltip="The list as text, one engine per line."),
                io.String.Output("details", display_name="details", tooltip="JSON: the same list, for other programs."),
            ],
            is_output_node=True,
        )

    @classmethod
    def fingerprint_inputs(cls, **_: Any) -> float:
        """Return NaN, which equals nothing: the node runs every time."""
        return float("nan")

    @classmethod
    def execute(cls, after: Any = None) -> io.NodeOutput:
        """List the engines. Starts and downloads nothing."""
        from .execute.status import status

        report, details = status()
        return io.NodeOutput(report, details, ui={"text": [report]})
