// Voxweft in ComfyUI's front end: a player on nodes that speak, and an upload button on nodes that load files.

import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";
import { NodePlayer } from "./node-player.mjs";

const PLAYERS = new Set(["VoxweftSpeak", "VoxweftDub", "VoxweftNarrate", "VoxweftRegenerate"]);
const LOADERS = {
  VoxweftLoadText: ".txt,.md,.json,.csv,.yaml,.yml,.ssml,.xml",
  VoxweftLoadSubtitles: ".srt,.vtt,.ass,.ssa,.sbv,.lrc,.sub,.ttml,.dfxp,.scc,.stl",
  VoxweftNarrate: ".txt,.md,.epub",
};
const WIDGET = "voxweft_player";
const AUTOPLAY = "Voxweft.Playback.WhileItRuns";
const HEIGHT_PX = 76;

const playersByNode = new WeakMap();
const players = new Set();

function nodeById(id) {
  // The id of a node in a subgraph is the path of ids to it, separated by colons.
  let graph = app.rootGraph ?? app.graph;
  let node = null;
  for (const step of String(id).split(":")) {
    node = graph?.getNodeById(Number(step)) ?? graph?.getNodeById(step) ?? null;
    graph = node?.subgraph;
  }
  return node;
}

function addPlayer(node) {
  // With two copies of the pack installed, both see each node; the first one adds the player.
  if (node.widgets?.some((widget) => widget.name === WIDGET)) return;
  const player = new NodePlayer();
  const widget = node.addDOMWidget(WIDGET, "voxweft-player", player.element, {
    serialize: false,
    hideOnZoom: false,
    getMinHeight: () => HEIGHT_PX,
    getMaxHeight: () => HEIGHT_PX,
  });
  widget.serialize = false;
  playersByNode.set(node, player);
  players.add(player);
  const onExecuted = node.onExecuted;
  node.onExecuted = function (output) {
    onExecuted?.apply(this, arguments);
    const files = output?.voxweft;
    if (files?.length) player.finished(files.map(urlOf));
  };
  const onRemoved = node.onRemoved;
  node.onRemoved = function () {
    onRemoved?.apply(this, arguments);
    players.delete(player);
    player.close();
  };
}

function urlOf(file) {
  return api.apiURL(`/view?${new URLSearchParams(file)}`);
}

function addUpload(node, accept) {
  const file = node.widgets?.find((widget) => widget.name === "file");
  if (!file || node.widgets.some((widget) => widget.name === "upload")) return;
  const button = node.addWidget("button", "upload", null, () => {
    const chooser = document.createElement("input");
    chooser.type = "file";
    chooser.accept = accept;
    chooser.onchange = async () => {
      if (!chooser.files.length) return;
      const form = new FormData();
      form.append("image", chooser.files[0]); // ComfyUI's own route for any file of the input folder
      const response = await api.fetchApi("/upload/image", { method: "POST", body: form });
      if (!response.ok) {
        app.extensionManager?.toast?.add({
          severity: "error", summary: "Voxweft", detail: `The upload failed (HTTP ${response.status}).`, life: 8000,
        });
        return;
      }
      const { name } = await response.json();
      if (!file.options.values.includes(name)) file.options.values.push(name);
      file.value = name;
      file.callback?.(name);
      node.setDirtyCanvas?.(true, true);
    };
    chooser.click();
  });
  button.label = "choose file to upload";
  button.serialize = false;
}

function keepSeed(node) {
  // A new seed on every run would generate everything again, so the control starts as "fixed".
  const index = node.widgets?.findIndex((widget) => widget.name === "seed") ?? -1;
  const control = index < 0 ? null : node.widgets[index].linkedWidgets?.[0] ?? node.widgets[index + 1];
  if (control?.name === "control_after_generate") control.value = "fixed";
}

api.addEventListener("voxweft.live", ({ detail }) => {
  const node = nodeById(detail.node);
  const player = node && playersByNode.get(node);
  if (!player) return;
  const autoplay = app.extensionManager?.setting?.get(AUTOPLAY) ?? true;
  const otherPlays = [...players].some((other) => other !== player && other.playing);
  player.live(api.apiURL(detail.path), detail.sample_rate, detail.prompt_id, autoplay && !otherPlays);
});

app.registerExtension({
  // Unique per copy of the pack: the front end rejects two extensions of the same name.
  name: `Voxweft.${new URL(".", import.meta.url).pathname}`,
  settings: [
    {
      id: AUTOPLAY,
      category: ["Voxweft", "Playback", "WhileItRuns"],
      name: "Play speech while it is generated",
      type: "boolean",
      defaultValue: true,
    },
  ],
  nodeCreated(node) {
    const kind = node.comfyClass;
    if (!kind?.startsWith("Voxweft")) return;
    if (PLAYERS.has(kind)) addPlayer(node);
    if (LOADERS[kind]) addUpload(node, LOADERS[kind]);
    keepSeed(node);
  },
});
