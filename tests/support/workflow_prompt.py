"""Convert a workflow, as the front end saves it, to the prompt that it sends to `/prompt`."""

from __future__ import annotations

from typing import Any

WIDGETS = {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"}


def as_prompt(workflow: dict[str, Any], nodes: dict[str, Any]) -> dict[str, Any]:
    """Return the prompt of a workflow. `nodes` is the content of `/object_info`."""
    links = {link[0]: [str(link[1]), link[2]] for link in workflow["links"]}
    prompt: dict[str, Any] = {}
    for node in workflow["nodes"]:
        if node["type"] in ("Note", "MarkdownNote"):
            continue
        given = nodes[node["type"]]["input"]
        values = iter(node.get("widgets_values") or ())
        inputs: dict[str, Any] = {}
        for name, (kind, *options) in ({**given.get("required", {}), **given.get("optional", {})}).items():
            settings = options[0] if options else {}
            if (isinstance(kind, list) or kind in WIDGETS) and not settings.get("forceInput"):
                inputs[name] = next(values, settings.get("default"))
                if settings.get("control_after_generate"):
                    next(values, None)  # the mode of the control, which only the browser uses
        for socket in node.get("inputs", ()):
            if socket.get("link") is not None:
                inputs[socket["name"]] = links[socket["link"]]
        prompt[str(node["id"])] = {"class_type": node["type"], "inputs": inputs}
    return prompt
